# SPDX-License-Identifier: Apache-2.0
"""Order ideals: which there are, what they hold, and when there are too many to list."""

from itertools import product

import msgspec
import pytest
from partition_toys import fold, line, network, request_for, series_parallel, stream, toy

from levada.partition.ideals import boundary, listed, needed, possible, tabled
from levada.partition.reduction import reduce
from levada.partition.windows import Window

FORK = network(dict.fromkeys("abcd", fold()), stream("a", "b"), stream("a", "c"), stream("b", "d"), stream("c", "d"))


def problem(dataflow, cards=2):
    return reduce(request_for(dataflow, [toy()] * cards))


def all_of(reduced, limit=1000):
    whole = (1 << len(reduced.tasks)) - 1
    return listed(0, whole, needed(reduced), limit)


def test_a_row_has_an_ideal_for_each_of_its_beginnings():
    assert all_of(problem(line(*[fold()] * 4))) == [0b0, 0b1, 0b11, 0b111, 0b1111]


def test_branches_may_lie_before_a_boundary_one_without_the_other():
    assert all_of(problem(FORK)) == [0b0, 0b1, 0b11, 0b101, 0b111, 0b1111]


def test_both_ends_of_what_cannot_be_cut_lie_on_one_side():
    assert all_of(problem(line(*[fold()] * 3, cuttable=False))) == [0b0, 0b111]


def test_what_lies_between_the_ends_of_an_uncuttable_stream_lies_with_them():
    bridged = network(
        dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c"), stream("a", "c", cuttable=False)
    )
    assert all_of(problem(bridged)) == [0b0, 0b111]


@pytest.mark.parametrize("seed", range(12))
def test_every_closed_set_is_listed_and_no_other(seed):
    reduced = problem(series_parallel(seed, nodes=7))
    closed = []
    for bits in range(1 << 7):
        held = [bits >> task & 1 for task in range(7)]
        runs_back = any(held[e.sink] > held[e.source] for e in reduced.edges)
        torn = any(held[e.sink] != held[e.source] for e in reduced.edges if not e.cuttable)
        closed += [] if runs_back or torn else [bits]
    assert sorted(all_of(reduced)) == closed


def test_only_ideals_between_what_must_and_what_may_are_listed():
    need = needed(problem(line(*[fold()] * 5)))
    assert listed(0b10, 0b1111, need, 10) == [0b11, 0b111, 0b1111]


def test_nothing_is_listed_where_what_must_lie_there_may_not():
    need = needed(problem(line(*[fold()] * 3)))
    assert listed(0b100, 0b011, need, 10) == []


def test_too_many_ideals_are_not_listed():
    assert all_of(problem(FORK), limit=5) is None


def test_a_boundary_parts_what_must_lie_before_from_what_may():
    spans = [Window(0, 0), Window(0, 1), Window(1, 2)]
    assert boundary(0, spans) == (0b001, 0b011)


def test_a_table_says_members_and_loads():
    reduced = problem(line(fold(lut=3), fold(lut=4)))
    table = tabled(reduced, [0b0, 0b1, 0b11])
    lut = reduced.names.index("lut")
    assert table.holds.tolist() == [[False, False], [True, False], [True, True]]
    assert table.loads[:, lut].tolist() == [0, 3, 7]


def test_no_ideals_make_an_empty_table():
    reduced = problem(line(fold(), fold()))
    assert tabled(reduced, []).holds.shape == (0, 2)


def test_needs_hold_each_task_itself():
    assert all(need >> task & 1 for task, need in product(range(1), needed(problem(line(fold())))))


def test_ideals_too_large_for_the_places_before_or_behind_a_boundary_are_no_longer_possible():
    reduced = problem(line(*[fold(lut=900)] * 4)).coarse()
    assert possible(reduced, 0, tabled(reduced, all_of(reduced))).bits == (0b11,)


def test_ideals_from_which_too_many_streams_lead_are_no_longer_possible():
    reduced = msgspec.structs.replace(problem(FORK).coarse(), streams_per_cut=1)
    assert possible(reduced, 0, tabled(reduced, all_of(reduced))).bits == (0b0, 0b1111)
