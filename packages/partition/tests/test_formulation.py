# SPDX-License-Identifier: Apache-2.0
"""The order formulation: what its expressions say of a placement, and which placements its rows allow."""

from itertools import product

import pytest
from partition_toys import fold, line, network, request_for, series_parallel, stream, toy

from levada.partition.cbc import Stop, minimise
from levada.partition.formulation import Formulation
from levada.partition.layout import read
from levada.partition.program import Linear, combine
from levada.partition.reduction import reduce
from levada.partition.windows import Window, structural, windows


def formulated(dataflow, cards=2, topology="chain", **counts):
    problem = reduce(request_for(dataflow, [toy(**counts)] * cards, topology))
    return Formulation(problem, windows(problem))


def allows(formulation, places):
    """Say whether the rows allow the tasks to lie at these places along the route."""
    problem = formulation.problem
    spans = [Window(place, place) for place in places]
    pinned = Formulation(problem, spans)
    return not isinstance(minimise(pinned.program, Linear(), 10.0), Stop)


def first_layout(formulation, goal=None):
    answer = minimise(formulation.program, goal or Linear(), 10.0)
    return answer, read(formulation, answer.values)


# ------------------------------------------------------------------------------------------- expressions


@pytest.mark.parametrize("seed", range(3))
def test_expressions_agree_with_the_layout_that_is_read(seed):
    formulation = formulated(series_parallel(seed), lut=3000, bram18=300)
    answer, layout = first_layout(formulation)
    problem = formulation.problem
    for task, place in product(range(len(problem.tasks)), range(len(problem.places))):
        lies = layout.spots[task].place
        assert formulation.at(task, place).value(answer.values) == pytest.approx(int(lies == place))
        assert formulation.before(task, place).value(answer.values) == pytest.approx(int(lies <= place))


def test_a_task_lies_in_one_segment_and_on_one_card():
    formulation = formulated(line(*[fold()] * 4), cards=2, topology="loop")
    answer, layout = first_layout(formulation)
    for task in range(4):
        segments = [formulation.in_segment(task, number).value(answer.values) for number in range(3)]
        cards = [formulation.on_card(task, card).value(answer.values) for card in (1, 2)]
        assert segments == [number == layout.place(task).segment for number in range(3)]
        assert cards == [card == layout.place(task).card for card in (1, 2)]


def test_head_and_tail_of_a_loop_are_the_same_card():
    formulation = formulated(line(*[fold()] * 3), topology="loop")
    assert formulation.on_card(0, 1).constant == formulation.on_card(2, 1).constant == 1


def test_before_the_route_begins_nothing_lies_anywhere():
    formulation = formulated(line(fold(), fold()))
    assert (formulation.before(0, -1).terms, formulation.upto(0, -1).constant) == ({}, 0)


def test_what_is_used_is_the_sum_of_what_lies_there():
    formulation = formulated(line(fold(lut=30), fold(lut=12)), cards=1, slrs=1)
    lut = formulation.problem.names.index("lut")
    assert formulation.used(lut, [0]).constant == 42


def test_the_most_that_can_be_used_takes_every_largest_variant():
    formulation = formulated(line([fold(lut=30), fold(lut=50)], fold(lut=12)), cards=1, slrs=1)
    lut = formulation.problem.names.index("lut")
    assert formulation.most_used(lut, [0]) == 62


def test_layers_whose_windows_end_elsewhere_do_not_count():
    formulation = formulated(line(fold(lut=30), fold(lut=12)))
    lut = formulation.problem.names.index("lut")
    assert (formulation.most_used(lut, [0, 1]), formulation.most_used(lut, [2, 3])) == (30, 12)


def test_one_variant_is_built_at_one_place():
    formulation = formulated(line([fold(lut=9), fold(bram18=1)], [fold(lut=9), fold(bram18=1)]))
    answer, layout = first_layout(
        formulation, combine([(-1, formulation.variant(0, 1)), (1, formulation.variant(1, 1))])
    )
    assert [layout.spots[task].variant for task in (0, 1)] == [1, 0]
    assert sum(formulation.variant(0, number).value(answer.values) for number in (0, 1)) == pytest.approx(1)


def test_windows_make_constants_of_variables():
    free = formulated(line(fold(), fold(), fold()))
    fixed = formulated(line(*[fold(lut=900)] * 4))
    assert sum(each.integer for each in fixed.program.variables) == 0
    assert sum(each.integer for each in free.program.variables) > 0


# -------------------------------------------------------------------------------------------- the rules


@pytest.mark.parametrize(
    ("places", "allowed"), [((0, 1, 2), True), ((0, 0, 3), True), ((1, 0, 2), False), ((0, 3, 2), False)]
)
def test_streams_run_forward_along_the_walk(places, allowed):
    assert allows(formulated(line(*[fold()] * 3)), places) is allowed


def test_both_arms_of_a_fork_may_lie_in_different_segments():
    forked = network(dict.fromkeys("abcd", fold()), *(stream(*pair) for pair in ("ab", "ac", "bd", "cd")))
    formulation = formulated(forked)
    assert allows(formulation, (0, 0, 3, 3))
    assert not allows(formulation, (0, 3, 0, 2))


@pytest.mark.parametrize(("places", "allowed"), [((0, 1, 2), False), ((0, 2, 2), True), ((0, 2, 3), True)])
def test_a_stream_that_cannot_be_cut_stays_in_its_segment_but_may_cross_slrs(places, allowed):
    tied = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c", cuttable=False))
    assert allows(formulated(tied), places) is allowed


@pytest.mark.parametrize(("bridge", "allowed"), [("bd", True), ("ad", False)])
def test_no_stream_runs_from_the_head_of_a_loop_to_its_tail(bridge, allowed):
    """Places 0 and 1 are the head, 2 to 4 card 2, 5 and 6 the tail."""
    bridged = network(dict.fromkeys("abcd", fold()), *(stream(*pair) for pair in ("ab", "bc", "cd", bridge)))
    assert allows(formulated(bridged, topology="loop"), (0, 2, 3, 5)) is allowed


@pytest.mark.parametrize(("places", "allowed"), [((0, 1, 6), False), ((0, 5, 6), False), ((0, 2, 6), True)])
def test_every_card_holds_a_layer(places, allowed):
    assert allows(formulated(line(*[fold()] * 3), cards=3), places) is allowed


def test_a_card_may_be_skipped_by_a_stream():
    skip = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c"), stream("a", "c"))
    assert allows(formulated(skip, cards=3), (0, 2, 6))


@pytest.mark.parametrize(("lanes", "allowed"), [((1, 1), True), ((1, 2), False)])
def test_rigid_ends_have_the_same_lanes(lanes, allowed):
    rigid = stream("a", "b", cuttable=False, rigid=True)
    both = [fold(pe=1), fold(pe=2)]
    problem = reduce(request_for(network({"a": both, "b": both}, rigid), [toy(slrs=1)]))
    chosen = problem.built_as(tuple(task.variants[n - 1] for task, n in zip(problem.tasks, lanes, strict=True)))
    assert Formulation(chosen, windows(chosen)).program.impossible is not allowed


# ------------------------------------------------------------------------------------------------- cuts


def test_streams_within_a_segment_are_no_cuts():
    assert formulated(line(fold(), fold()), cards=1).cuts == {}


def test_streams_that_cannot_be_cut_are_no_cuts():
    tied = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c", cuttable=False))
    assert list(formulated(tied).cuts) == [0]


@pytest.mark.parametrize(("places", "cut"), [((0, 1, 2), (0, 1)), ((0, 2, 3), (1, 0))])
def test_a_cut_is_1_where_the_stream_leaves_its_segment(places, cut):
    problem = reduce(request_for(line(*[fold()] * 3), [toy()] * 2))
    formulation = Formulation(problem, structural(problem))
    for task, place in enumerate(places):
        formulation.program.equal(formulation.at(task, place), 1)
    answer = minimise(formulation.program, combine((1, each) for each in formulation.cuts.values()), 10.0)
    assert tuple(round(each.value(answer.values)) for each in formulation.cuts.values()) == cut
