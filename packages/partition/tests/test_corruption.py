# SPDX-License-Identifier: Apache-2.0
"""The judge refuses every kind of corrupted plan, made from plans that the planner made: one card, a chain, a loop, and a re-folded one."""

import re

import msgspec
import pytest
from partition_faults import FAULTS
from partition_questions import ALL_STORES, question, settings
from partition_toys import FREE_NETWORK, TOPOLOGIES, delivering, fold, network, stream, toy

from levada.core.boards import Overhead
from levada.core.manifests import Fifo, LayerAnchor
from levada.core.resources import Fractions, Resources
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.judge import RULES, judge
from levada.partition.planning import plan
from levada.partition.stage import ground_of
from levada.partition.wishes import Weights, any_folding, default_folding

replace = msgspec.structs.replace


def a_network():
    """Return a branch, a join, a stream that is rigid, FIFOs, and layers that leave a choice."""
    quick, slow = (fold(lut=300 // n, cycles=200 * n, pe=4 // n, weights=(512, 36), bram18=4) for n in (1, 2))
    foldings = {
        "a": (quick, slow),
        "b": fold(lut=200, pe=2),
        "c": fold(lut=150),
        "d": (quick, slow),
        "e": (quick, slow),
        "f": quick,
    }
    deep = Fifo(depth=300, status="rule")
    pairs = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("e", "f")]
    return network(
        foldings, *(stream(*pair, fifo=deep) for pair in pairs), stream("d", "e", cuttable=False, rigid=True)
    )


def a_board():
    shell = tuple(
        Overhead(function="shell", slr=slr, resources=Resources(lut=20 + slr), origin="test") for slr in (0, 1)
    )
    plain = replace(delivering(toy(lut=3000), ports=4, gbytes_per_s=4 * 5.0), shell=shell, dma=Resources(lut=7))
    device = [
        replace(each, resources=Resources(lut=3500)) for each in plain.slrs[0].capacities if each.basis == "device"
    ]
    others = [each for each in plain.slrs[0].capacities if each.basis != "device"]
    return replace(plain, slrs=tuple(replace(slr, capacities=(*others, *device)) for slr in plain.slrs))


def asked(cards, topology, *, free=False):
    chosen = settings(limits=Fractions(lut=0.9, ff=1.0, bram18=0.9, uram=0.9, dsp=0.9), fps=300_000.0 if free else None)
    return question(
        a_network(),
        cards=cards,
        board=a_board(),
        network=replace(FREE_NETWORK, overhead=Resources(lut=11)),
        topology=TOPOLOGIES[topology](),
        stores=ALL_STORES,
        weights=Weights(store="auto" if free else "bram", layers={} if free else {"f": "external"}),
        folding=any_folding if free else default_folding,
        settings=chosen,
    )


@pytest.fixture(scope="module")
def sound():
    """Return questions with the plans that answer them."""
    questions = [asked(1, "chain"), asked(3, "chain"), asked(2, "loop"), asked(2, "chain", free=True)]
    return [(each, assemble(each, plan(each, (len(each.boards),), Ilp()))) for each in questions]


def broken(asked_for, made):
    """Return the rules that a plan breaks."""
    verdict = judge(made, asked_for.dataflow, ground_of(asked_for))
    return {check.rule: check.detail for check in verdict.checks if not check.passed}


def test_uncorrupted_they_pass(sound):
    assert [broken(asked_for, made) for asked_for, made in sound] == [{}] * 4


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_corrupted_plan_is_refused_by_the_rule_that_it_breaks(fault, sound):
    corrupted = [(asked_for, fault.corrupt(made)) for asked_for, made in sound]
    told = [fault.rule in broken(asked_for, made) for asked_for, made in corrupted if made is not None]
    assert told
    assert all(told)


def wished(made, **wish):
    return replace(made, asked=replace(made.asked, anchors=(LayerAnchor(**wish),)))


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"layer": "a", "card": 2}, "layer 'a' lies on card 1, but was to lie on card 2"),
        ({"layer": "a", "card": 1, "slr": 5}, "layer 'a' lies in SLR . of card 1, but was to lie in SLR 5"),
        ({"layer": "z", "card": 2}, "layer 'z', which was to lie on card 2, is not placed"),
    ],
)
def test_a_wish_that_is_not_granted_is_told(sound, wish, word):
    told = [broken(each, wished(made, **wish))["anchored layers lie where asked"] for each, made in sound]
    assert all(re.fullmatch(word, each) for each in told)


def test_wishes_that_are_granted_are_no_fault(sound):
    for asked_for, made in sound:
        held = tuple(LayerAnchor(layer=each.name, card=each.card, slr=each.slr) for each in made.layers)
        assert broken(asked_for, replace(made, asked=replace(made.asked, anchors=held))) == {}


def test_every_rule_is_broken_by_some_fault(sound):
    """But two that their own tests in ``test_judge`` break: no edit of a plan alone does."""
    assert set(RULES) - {fault.rule for fault in FAULTS} == {
        "layers follow their segment's SLRs",
        "the network carries them",
    }


def test_faults_have_names_of_their_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 20
