# SPDX-License-Identifier: Apache-2.0
"""What limits the rate of a plan, in words that are true of it."""

import msgspec
import pytest
from partition_questions import ALL_STORES, question, settings
from partition_toys import FREE_NETWORK, WHOLE, delivering, fold, line, network, stream, toy

from levada.partition.assembly import assemble
from levada.partition.bottleneck import Answer, least_cycles
from levada.partition.ilp import Ilp
from levada.partition.planning import plan
from levada.partition.wishes import FOLDINGS, Weights

replace = msgspec.structs.replace
ONE = toy(slrs=1)
EITHER = [fold(lut=300, cycles=400), fold(lut=700, cycles=100)]
WIDENING = [
    fold(cycles=400, weights=(512, 36)),
    fold(cycles=200, weights=(256, 72)),
    fold(cycles=100, weights=(128, 144)),
]


def answer(dataflow, cards=1, **fields):
    asked = question(dataflow, cards=cards, **{"board": ONE, **fields})
    return Answer(question=asked, plan=assemble(asked, plan(asked, (cards,), Ilp())))


def free(dataflow, cards=1, **fields):
    return answer(dataflow, cards, folding=FOLDINGS["fastest"], **fields)


def test_a_demanded_rate_is_said_to_be_demanded():
    found = free(line(EITHER), settings=settings(fps=250_000.0)).limit()
    assert found == "the rate is demanded: 250000 images/s (--fps), with the least hardware that reaches it"


def test_a_folding_that_was_asked_for_is_named_with_its_layer():
    found = answer(line(fold(cycles=90), EITHER)).limit()
    assert found == "layer b takes 400 cycles in the folding asked for; --folding fastest leaves foldings open"


def test_of_several_foldings_asked_for_it_is_the_fastest():
    three = [*EITHER, fold(lut=10, cycles=800)]
    found = answer(line(three), folding=lambda _: (0, 2)).limit()
    assert found.startswith("layer a takes 400 cycles in the fastest of the foldings asked for; ")


@pytest.mark.parametrize("folding", ["default", "fastest"])
def test_a_layer_without_a_faster_folding_is_named(folding):
    found = answer(line([fold(cycles=400), fold(cycles=800)], EITHER), folding=FOLDINGS[folding]).limit()
    assert found == "layer a takes 400 cycles in its fastest folding"


def test_a_layer_that_nothing_makes_faster_is_named_before_one_that_may_be_freed():
    assert answer(line(EITHER, fold(cycles=400))).limit() == "layer b takes 400 cycles in its fastest folding"


def test_the_width_of_words_that_would_let_the_slowest_layer_be_faster_is_told():
    found = free(line(fold(), WIDENING), settings=settings(weight_stream_bits=71)).limit()
    assert found == (
        "layer b takes 400 cycles, the fastest with weight words of at most 71 bits; "
        "words of 72 bits would let it be faster (--weight-stream-bits 72)"
    )


def test_of_layers_as_slow_the_one_that_needs_the_widest_words_is_told():
    others = [fold(cycles=400, weights=(512, 36)), fold(cycles=300, weights=(256, 99))]
    found = free(line(WIDENING, others), settings=settings(weight_stream_bits=36)).limit()
    assert found.startswith("layer b takes 400 cycles")
    assert found.endswith("(--weight-stream-bits 99)")


@pytest.mark.parametrize(("bits", "cycles"), [(71, 400), (72, 200), (144, 100)])
def test_words_of_the_width_that_is_told_do_make_it_faster(bits, cycles):
    assert least_cycles(free(line(WIDENING), settings=settings(weight_stream_bits=bits)).question) == cycles


def test_the_line_is_named_with_what_it_carries():
    """From a to b there is more to send than from b to c."""
    pairs = (stream("a", "b", shape=(4, 4, 8)), stream("b", "c", shape=(1, 1, 8)))
    wide = network(dict.fromkeys("abc", fold(lut=700)), *pairs)
    found = answer(wide, cards=3, network=replace(FREE_NETWORK, line_gbps=0.5))
    assert found.limit() == (
        "the network's line: 0.5 Gb/s leave card 1, all that it carries; the layers alone would reach 1000000.0 images/s"
    )


def test_memory_is_named_with_the_layer_that_waits_for_it():
    reader = fold(cycles=1000, weights=(1000, 64))
    slow = delivering(ONE, ports=4, gbytes_per_s=4 * 0.4)
    found = answer(line(reader), board=slow, weights=Weights(store="external"), stores=ALL_STORES)
    assert found.limit() == (
        "memory: the weights of layer a come through one port of card 1 at 0.4 GB/s, all that it delivers; the layers alone would reach "
        "100000.0 images/s"
    )


def test_room_is_told_by_the_resource_that_is_nearest_to_its_limit():
    limits = replace(WHOLE, lut=0.8, bram18=0.1)
    either = [fold(lut=400, cycles=200, bram18=9), fold(lut=900, cycles=100)]
    found = free(line(either), settings=settings(limits=limits)).limit()
    assert found.startswith("what fits together on 1 card: the fullest is bram of card 1 at 90.0% of its limit; ")


def test_room_of_an_slr_is_told_as_such():
    tight = settings(slr_limits=replace(WHOLE, lut=0.8))
    found = free(line([fold(lut=400, cycles=200), fold(lut=900, cycles=100)]), settings=tight).limit()
    assert "the fullest is lut of SLR 0 of card 1 at 50.0% of its limit" in found


def test_fewer_cycles_that_are_proven_impossible_are_said_to_be():
    found = free(line([fold(lut=400, cycles=200), fold(lut=1100, cycles=100)])).limit()
    assert found.endswith("; fewer than its 200 cycles are proven impossible")


def test_how_far_the_bound_is_is_told():
    found = free(line([fold(lut=400, cycles=200), fold(lut=1100, cycles=100)]))
    goals = tuple(replace(goal, bound=150.0) if goal.name == "cycles" else goal for goal in found.plan.proof.objectives)
    open_ended = replace(found, plan=replace(found.plan, proof=replace(found.plan.proof, objectives=goals)))
    assert open_ended.limit().endswith("; fewer than 150 cycles are proven impossible, 25.0% under its 200")


def test_without_a_proof_the_fastest_foldings_are_the_bound():
    found = free(line([fold(lut=400, cycles=200), fold(lut=1100, cycles=100)]))
    silent = replace(found, plan=replace(found.plan, proof=replace(found.plan.proof, objectives=())))
    assert silent.limit().endswith("; fewer than 100 cycles are proven impossible, 50.0% under its 200")
