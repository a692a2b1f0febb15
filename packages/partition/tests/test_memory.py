# SPDX-License-Identifier: Apache-2.0
"""What memories deliver: the plan's rate heeds it, each reader takes a port, and what nobody says limits nothing."""

from fractions import Fraction

import msgspec
import pytest
from partition_questions import ALL_STORES, question, settings, small_cluster
from partition_toys import delivering, fold, line, toy

from levada.core.boards_alveo import U50, U280
from levada.core.errors import InfeasibleError
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.judge import judge
from levada.partition.memory import supply
from levada.partition.planning import plan
from levada.partition.stage import ground_of
from levada.partition.topologies import Chain
from levada.partition.wishes import Weights

replace = msgspec.structs.replace
READER = fold(cycles=1000, lut=10, weights=(1000, 64))
"""Reads 8000 bytes per inference: 0.8 GB/s at 100 000 images/s."""


def asked(*foldings, ports=4, port_gbytes_per_s=10.0, outside="a", **overrides):
    """Return a question about layers in a row on a board whose memory delivers so much, the weights of some outside."""
    layers = dict.fromkeys(outside, "external")
    board = delivering(toy(slrs=1), ports, ports * port_gbytes_per_s)
    wishes = {"weights": Weights(store="bram", layers=layers), "stores": ALL_STORES, "board": board} | overrides
    return question(line(*foldings), **wishes)


def planned(*foldings, cards=1, **wishes):
    question_asked = asked(*foldings, **wishes)
    made = assemble(question_asked, plan(question_asked, (cards,), Ilp()))
    assert all(check.passed for check in judge(made, question_asked.dataflow, ground_of(question_asked)).checks)
    return made


def cycles_proven(made):
    return next((goal.value, goal.bound) for goal in made.proof.objectives if goal.name == "cycles")


# ----------------------------------------------------------------------------------------- what is delivered


def test_memories_count_together_and_a_port_is_as_fast_as_the_slowest():
    there = supply(U280)
    assert (there.ports, there.port_bytes_per_s) == (32 + 2, Fraction(460 * 10**9, 32) * Fraction(9, 10))


def test_a_port_of_a_u50_is_too_slow_for_512_bits_at_200_mhz():
    assert supply(U50).port_bytes_per_s < 64 * 200e6 < supply(U280).port_bytes_per_s


@pytest.mark.parametrize("memories", [(), (toy().memories[0],), (U280.memories[0], toy().memories[0])])
def test_what_is_not_said_of_every_memory_is_unknown(memories):
    assert supply(replace(toy(), memories=memories)) is None


# ------------------------------------------------------------------------------------------------- the rate


def test_weights_that_come_in_time_change_nothing():
    made = planned(READER, fold(cycles=1000))
    assert (made.performance.images_per_s, cycles_proven(made)) == (100_000, (1000, 1000))


def test_weights_that_come_late_limit_the_rate_and_the_proof_knows_it():
    made = planned(READER, fold(cycles=1000), port_gbytes_per_s=0.4)
    assert made.performance.images_per_s == pytest.approx(50_000)
    assert made.performance.limited_by == "a"
    assert (cycles_proven(made), made.proof.status) == ((2000, 2000), "optimal")


def test_a_memory_of_which_nobody_knows_the_delivery_limits_nothing():
    assert planned(READER, board=toy(slrs=1)).performance.images_per_s == 100_000


def test_a_faster_folding_is_not_taken_where_weights_come_no_faster():
    """Both read 8000 bytes; the quicker one needs more logic, and waits."""
    quick = fold(cycles=500, lut=20, weights=(500, 128))
    made = planned([READER, quick], port_gbytes_per_s=0.8, folding=lambda layer: range(len(layer.foldings)))
    assert made.layers[0].folding.cycles == 1000


@pytest.mark.parametrize(("fps", "fits"), [(50_000.0, True), (50_100.0, False)])
def test_a_demanded_rate_is_held_against_the_memory(fps, fits):
    def attempt():
        return planned(READER, port_gbytes_per_s=0.4, settings=settings(fps=fps))

    if fits:
        assert attempt().performance.images_per_s >= fps
    else:
        with pytest.raises(InfeasibleError, match="reads 8000 bytes of weights from outside"):
            attempt()


def test_the_wish_that_keeps_them_on_chip_is_suggested():
    with pytest.raises(InfeasibleError, match=r"what else would do: --weights bram, or --fps 50000 \(each tried\)"):
        plan(asked(READER, port_gbytes_per_s=0.4, settings=settings(fps=60_000.0)), (1,), Ilp())


# ------------------------------------------------------------------------------------------------- the ports


@pytest.mark.parametrize(("readers", "fits"), [("ab", True), ("abc", False)])
def test_each_reader_takes_a_port_beside_those_of_images_and_answers(readers, fits):
    foldings = [READER] * 3
    if fits:
        assert planned(*foldings, outside=readers)
    else:
        with pytest.raises(InfeasibleError, match="would need 5 ports of its memories, 1 more than the 4"):
            planned(*foldings, outside=readers)


class Anywhere(Chain):
    """A chain whose weights from outside may enter on every card."""

    name = "chain"

    def route(self, boards):
        """Return the chain without the anchor of external weights."""
        whole = super().route(boards)
        return replace(whole, anchors=tuple(each for each in whole.anchors if each.role != "external"))


def test_where_weights_may_enter_on_several_cards_ports_are_counted_on_each():
    """By hardware alone three readers and more would lie beside each other."""
    heavy = [replace(READER, resources=replace(READER.resources, lut=lut)) for lut in (10, 10, 10, 500)]
    made = planned(*heavy, cards=2, ports=3, outside="abcd", topology=Anywhere(), **two_cards())
    assert [layer.card for layer in made.layers] == [1, 1, 2, 2]


def two_cards(*boards):
    cluster = small_cluster(2)
    return {"cluster": cluster, "boards": boards or (delivering(toy(slrs=1), 3, 30.0),) * 2}


def test_where_memories_differ_the_slowest_counts_and_no_bound_is_too_high():
    """The reader lies on the first card for its size, and so is not slowed down by the second one's memory."""
    boards = [delivering(toy(slrs=1), 3, 3 * rate) for rate in (10.0, 0.4)]
    foldings = [READER, fold(lut=800, cycles=10)]
    made = planned(*foldings, cards=2, outside="a", topology=Anywhere(), **two_cards(*boards))
    assert (made.layers[0].card, cycles_proven(made)) == (1, (1000, 1000))
