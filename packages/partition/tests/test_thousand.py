# SPDX-License-Identifier: Apache-2.0
"""Twelve hundred random small questions: the planner finds what trying every placement finds, proves it, and its judge agrees."""

from collections import Counter

import msgspec
import pytest
from partition_agreement import disagreement, minimal, told, unbounded
from partition_instances import drawn
from partition_reference import Reference

from levada.core.errors import InfeasibleError
from levada.core.manifests import Proof
from levada.partition import decomposed
from levada.partition.ilp import Ilp, IlpAlone

FAMILIES = {"series-parallel": 300, "general": 300, "loop": 200, "variants": 200, "anchored": 200}
AT_ONCE = 25
BLOCKS = [(family, first) for family, count in FAMILIES.items() for first in range(0, count, AT_ONCE)]


@pytest.mark.parametrize(("family", "first"), BLOCKS)
def test_the_planner_agrees_with_trying_everything(family, first):
    for seed in range(first, first + AT_ONCE):
        question, cards = drawn(family, seed)
        why = disagreement(question, cards)
        if why:
            small = minimal(question, cards)
            pytest.fail(f"drawn({family!r}, {seed}), {cards} cards: {why}\nthe least that differs:\n{told(small)}")


class ByHighs(IlpAlone):
    """The program alone, solved by HiGHS."""

    def place(self, request):
        """Return the best placement."""
        return super().place(msgspec.structs.replace(request, solver="highs"))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("planner", [IlpAlone, ByHighs])
def test_the_program_alone_agrees_with_trying_everything(planner, family):
    """Without the dynamic programme; a sample, since all of them take a minute for each solver."""
    assert {seed: disagreement(*drawn(family, seed), planner) for seed in range(0, 60, 4)} == dict.fromkeys(
        range(0, 60, 4), ""
    )


@pytest.mark.parametrize(("family", "first"), [block for block in BLOCKS if block[0] in ("variants", "anchored")])
def test_what_the_decomposition_bounds_cannot_be_beaten(family, first, monkeypatch):
    """Where choices are few one program answers; here the decomposition that answers for many has to."""
    monkeypatch.setattr(decomposed, "MOST_CHOICES", 0)
    for seed in range(first, first + AT_ONCE):
        question, cards = drawn(family, seed)
        why = unbounded(question, cards)
        if why:
            small = minimal(question, cards, unbounded)
            pytest.fail(f"drawn({family!r}, {seed}), {cards} cards: {why}\nthe least that is wrong:\n{told(small)}")


@pytest.mark.parametrize("family", FAMILIES)
def test_both_answers_are_asked_for(family):
    """What a family draws is neither nearly always possible nor nearly never."""
    asked = [drawn(family, seed) for seed in range(60)]
    possible = Counter(Reference(question.request(cards)).optimum() is not None for question, cards in asked)
    assert min(possible[True], possible[False]) >= 15


class Hasty(Ilp):
    """A planner that takes the first card for the best: what the enumeration has to notice."""

    def place(self, request):
        """Return a placement with a layer moved by one SLR, and the proof of the right one."""
        placement = super().place(request)
        first = placement.choices[0]
        slrs = request.route.segments[first.segment].slrs
        moved = msgspec.structs.replace(first, slr=slrs[-1] if first.slr == slrs[0] else slrs[0])
        return msgspec.structs.replace(placement, choices=(moved, *placement.choices[1:]))


class Timid(Ilp):
    """A planner that refuses everything."""

    def place(self, request):
        """Raise InfeasibleError."""
        raise InfeasibleError("nothing fits")


class Boastful(Ilp):
    """A planner whose proof speaks of half of the bytes."""

    def place(self, request):
        """Return the right placement with another proof."""
        placement = super().place(request)
        halved = [
            msgspec.structs.replace(each, value=each.value / 2, bound=each.bound / 2)
            for each in placement.proof.objectives
        ]
        proof: Proof = msgspec.structs.replace(placement.proof, objectives=tuple(halved))
        return msgspec.structs.replace(placement, proof=proof)


@pytest.mark.parametrize(
    ("planner", "word"), [(Hasty, "is the best"), (Timid, "can be had"), (Boastful, "the proof says")]
)
def test_a_planner_that_errs_is_noticed(planner, word):
    said = [disagreement(*drawn("series-parallel", seed), planner) for seed in range(20)]
    assert any(word in each for each in said)


def test_what_differs_is_shrunk_to_what_makes_it_differ():
    question, cards = next(q for q in (drawn("general", seed) for seed in range(9)) if len(q[0].dataflow.layers) > 4)
    small = minimal(question, cards, lambda each, _: any(layer.name == "b" for layer in each.dataflow.layers))
    assert [layer.name for layer in small.dataflow.layers] == ["b"]
