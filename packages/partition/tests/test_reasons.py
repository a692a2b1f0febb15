# SPDX-License-Identifier: Apache-2.0
"""Twenty-three questions without an answer: the reason is true, and each suggestion, read from the message and applied, is feasible."""

import re

import msgspec
import pytest
from partition_questions import ALL_STORES, question, settings, small_cluster
from partition_reference import exhaustive
from partition_toys import FREE_NETWORK, WHOLE, delivering, fold, line, network, stream, toy

from levada.core.errors import InfeasibleError
from levada.core.manifests import LayerAnchor, Record
from levada.core.resources import Fractions
from levada.partition.ilp import Ilp
from levada.partition.planning import plan
from levada.partition.question import Question
from levada.partition.topologies import Loop
from levada.partition.wishes import FOLDINGS, Weights, anchor_text, limits

replace = msgspec.structs.replace
ONE = toy(slrs=1)


class Case(Record, frozen=True, kw_only=True):
    """A question, the number of cards it is asked for, what the reason must say, and the flag that must be suggested."""

    asked: Question
    reason: str
    flag: str
    cards: int = 1


def limited(**fractions: float) -> Fractions:
    return replace(WHOLE, **fractions)


def short_of(name, flag):
    """Return a case of one layer that takes 60 % of a resource of which half is allowed."""
    size = 600 if name == "lut" else 60
    asked = question(line(fold(**{"lut": 10, name: size})), board=ONE, settings=settings(limits=limited(**{name: 0.5})))
    return Case(
        asked=asked, reason=f"card 1 'u280-1' would need {size} {flag}, {size // 6} more", flag=f"--limit {flag}=0.6"
    )


def held(layer, card):
    return LayerAnchor(layer=layer, card=card)


def forked(cards, most):
    """Return a question about two branches side by side, with at most so many streams in a cut."""
    pairs = ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")
    dataflow = network(dict.fromkeys("abcd", fold(lut=600)), *(stream(*pair) for pair in pairs))
    return question(dataflow, cards=cards, board=ONE, settings=settings(streams_per_cut=most))


QUICK_OR_SMALL = [fold(lut=700, cycles=50), fold(lut=400, cycles=300)]
LARGE_OR_SMALL = [fold(lut=1200, cycles=50), fold(lut=400, cycles=400)]
TWO_LARGE = line(fold(lut=800), fold(lut=800))
FASTEST = FOLDINGS["fastest"]

CASES = {
    "card short of lut": short_of("lut", "lut"),
    "card short of bram18": short_of("bram18", "bram"),
    "card short of uram": short_of("uram", "uram"),
    "card short of dsp": short_of("dsp", "dsp"),
    "SLR short": Case(
        asked=question(line(fold(lut=300)), settings=settings(slr_limits=limited(lut=0.2))),
        reason=r"SLR [01] of card 1 'u280-1' would need 300 lut, 100 more than the 200 allowed",
        flag="--slr-limit lut=0.3",
    ),
    "one card of two": Case(
        asked=question(TWO_LARGE, cards=2, board=ONE),
        reason="card 1 'u280-1' would need 1600 lut, 600 more than the 1000 allowed",
        flag="--cards 2",
    ),
    "cluster of one card": Case(
        asked=question(TWO_LARGE, board=ONE),
        reason="card 1 'u280-1' would need 1600 lut, 600 more",
        flag="--cards 2 on a cluster with one more such card",
    ),
    "fewer layers than cards": Case(
        asked=question(line(fold(), fold()), cards=3),
        cards=3,
        reason="3 cards need a layer each, and there are 2 layers",
        flag="--cards 2",
    ),
    "streams that cannot be cut": Case(
        asked=question(line(fold(), fold(), fold(), cuttable=False), cards=2),
        cards=2,
        reason="streams that cannot be cut hold the layers together",
        flag="--cards 1",
    ),
    "loop without a tail": Case(
        asked=question(line(fold(), fold()), cards=2, topology=Loop()),
        cards=2,
        reason="the loop's last layer must lie in its last part",
        flag="--cards 1",
    ),
    "weights in one store": Case(
        asked=question(line(*[fold(lut=10, weights=(512 * 50, 36))] * 3), board=ONE),
        reason=r"card 1 'u280-1' would need 150 bram, 50 more than the 100 allowed",
        flag="--weights auto",
    ),
    "folding too large": Case(
        asked=question(line(LARGE_OR_SMALL), board=ONE),
        reason="card 1 'u280-1' would need 1200 lut, 200 more",
        flag="--folding fastest, which reaches 250000 images/s",
    ),
    "rate beyond a layer": Case(
        asked=question(line(QUICK_OR_SMALL), board=ONE, folding=FASTEST, settings=settings(fps=4e6)),
        reason="layer 'a' takes at least 50 cycles, but the rate that is asked for leaves 25 at 100 MHz",
        flag="--fps 2000000",
    ),
    "rate beyond a layer's words": Case(
        asked=question(
            line([fold(lut=10, cycles=300, weights=(8, 36)), fold(lut=10, cycles=50, weights=(8, 72))]),
            board=ONE,
            folding=FASTEST,
            settings=settings(fps=1e6, weight_stream_bits=36),
        ),
        reason="layer 'a' takes at least 300 cycles, but the rate that is asked for leaves 100 at 100 MHz",
        flag="--weight-stream-bits 72",
    ),
    "rate beyond the cards": Case(
        asked=question(line(QUICK_OR_SMALL, QUICK_OR_SMALL), board=ONE, folding=FASTEST, settings=settings(fps=1e6)),
        reason="card 1 'u280-1' would need 1400 lut, 400 more",
        flag="--fps 333333.333",
    ),
    "rate beyond the line": Case(
        asked=question(
            TWO_LARGE,
            cards=2,
            board=ONE,
            network=replace(FREE_NETWORK, line_gbps=0.1),
            settings=settings(fps=1e6),
        ),
        cards=2,
        reason="although every resource suffices; the network's streams per card or its rate forbid it",
        flag="--fps ",
    ),
    "weights beyond a port": Case(
        asked=question(
            line(fold(cycles=100, weights=(100, 512))),
            board=delivering(ONE, ports=4, gbytes_per_s=4 * 3.2),
            stores=ALL_STORES,
            weights=Weights(store="external"),
            settings=settings(fps=1e6),
        ),
        reason=r"layer 'a' reads 6400 bytes of weights from outside per inference, 6.4 GB/s at the 1000000 images/s that are asked for, but "
        r"a port of the memory of card 1 'u280-1' \(board 'toy'\) delivers 3.2 GB/s",
        flag="--weights auto",
    ),
    "more readers than ports": Case(
        asked=question(
            line(*[fold(lut=10, weights=(100, 36))] * 3),
            board=delivering(ONE, ports=4, gbytes_per_s=40.0),
            stores=ALL_STORES,
            weights=Weights(store="external"),
        ),
        reason=r"card 1 'u280-1' would need 5 ports of its memories, 1 more than the 4 that there are \(2 go to images and answers\)",
        flag="--weights auto",
    ),
    "streams per cut": Case(
        asked=forked(cards=4, most=1),
        cards=4,
        reason="no placement keeps every cut to 1 of its streams",
        flag="--streams-per-cut 2",
    ),
    "anchors against the stream": Case(
        asked=question(line(*[fold()] * 4), cards=2, settings=settings(anchors=(held("b", 2), held("c", 1)))),
        cards=2,
        reason=r"layers 'b', 'c' together cannot lie where asked \(--anchor b=2 --anchor c=1\), whatever the room",
        flag="leaving out --anchor b=2",
    ),
    "anchor beyond the room": Case(
        asked=question(line(*[fold(lut=400)] * 4), cards=2, board=ONE, settings=settings(anchors=(held("c", 1),))),
        cards=2,
        reason="card 1 'u280-1' would need 1200 lut, 200 more than the 1000 allowed",
        flag="leaving out --anchor c=1",
    ),
    "anchor on a card that is not asked for": Case(
        asked=question(line(fold(), fold()), cards=2, settings=settings(anchors=(held("b", 2),))),
        reason="layer 'b' is anchored on card 2; use as many cards",
        flag="leaving out --anchor b=2",
    ),
    "weight word too wide": Case(
        asked=question(
            line(fold(lut=10, weights=(8, 100)), fold(lut=10, weights=(8, 60))),
            board=ONE,
            settings=settings(weight_stream_bits=36),
        ),
        reason=r"layer 'a' has no folding with a weight stream of at most 36 bits: the narrowest .* is 100",
        flag="--weight-stream-bits 100",
    ),
}


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def refused(case):
    with pytest.raises(InfeasibleError) as caught:
        plan(case.asked, (case.cards,), Ilp())
    return str(caught.value)


def suggested(text):
    """Return the suggestions of a message, one string of flags each."""
    raised = re.search(r"it would fit with (.*?) \(tried\)", text)
    others = re.search(r"what else would do: (.*) \((?:each )?tried\)", text)
    return ([raised.group(1)] if raised else []) + (others.group(1).split(", or ") if others else [])


def applied(case, suggestion):
    """Return the case's question and number of cards with the flags of a suggestion in effect."""
    asked, cards = case.asked, case.cards
    for flag, value in re.findall(r"--([a-z-]+) ([^ ]+)", suggestion):
        if flag == "cards":
            cards = int(value)
        else:
            asked = CHANGES[flag](asked, value.rstrip(","))
    if "one more such card" in suggestion:
        asked = replace(asked, boards=asked.boards[:1] * cards, cluster=small_cluster(cards))
    return asked, cards


def with_settings(asked, **changes):
    return replace(asked, settings=replace(asked.settings, **changes))


def with_weights(asked, value):
    store, *single = value.split(",")
    return replace(asked, weights=Weights(store=store, layers=dict(each.split("=") for each in single)))


CHANGES = {
    "anchor": lambda q, v: with_settings(q, anchors=tuple(a for a in q.settings.anchors if anchor_text(a) != v)),
    "limit": lambda q, v: with_settings(q, limits=limits([v], "--limit", q.settings.limits).fractions),
    "slr-limit": lambda q, v: with_settings(q, slr_limits=limits([v], "--slr-limit", q.settings.slr_limits).fractions),
    "fps": lambda q, v: with_settings(replace(q, folding=FASTEST), fps=float(v)),
    "streams-per-cut": lambda q, v: with_settings(q, streams_per_cut=int(v)),
    "weight-stream-bits": lambda q, v: with_settings(q, weight_stream_bits=int(v)),
    "folding": lambda q, v: with_settings(replace(q, folding=FOLDINGS[v]), fps=None),
    "weights": with_weights,
}


def test_the_reason_is_stated(case):
    assert re.search(case.reason, refused(case))


def test_the_change_that_helps_is_suggested(case):
    assert any(each.startswith(case.flag) for each in suggested(refused(case)))


def test_every_suggestion_applied_is_feasible(case):
    for suggestion in suggested(refused(case)):
        asked, cards = applied(case, suggestion)
        assert plan(asked, (cards,), Ilp()).cards == cards


def test_no_placement_at_all_answers_the_question(case):
    """Listing every placement finds none, so that the refusal itself is true."""
    if case.flag.startswith("--weight-stream-bits") or "is anchored on card" in case.reason:
        return  # without candidates, or for a card that is not asked for, there is no request to list placements of
    assert exhaustive(case.asked.request(case.cards)) is None
