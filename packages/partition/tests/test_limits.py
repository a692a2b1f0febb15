# SPDX-License-Identifier: Apache-2.0
"""Bins and the rows that keep them."""

import msgspec
from partition_toys import WHOLE, fold, line, request_for, toy

from levada.core.resources import Resources
from levada.partition.formulation import Formulation
from levada.partition.limits import bins, used_share, write_limits
from levada.partition.reduction import reduce
from levada.partition.windows import structural


def problem(*foldings, cards=1, topology="chain", **overrides):
    return reduce(request_for(line(*foldings), [toy()] * cards, topology, **overrides))


def formulated(reduced):
    return Formulation(reduced, structural(reduced))


def rows_for_limits(reduced):
    formulation = formulated(reduced)
    before = len(formulation.program.rows)
    write_limits(formulation)
    return len(formulation.program.rows) - before


def test_every_card_and_slr_is_a_bin():
    assert [(each.card, each.slr) for each in bins(problem(fold(), fold(), cards=2))] == [
        (1, None),
        (1, 0),
        (1, 1),
        (2, None),
        (2, 0),
        (2, 1),
    ]


def test_a_coarse_problem_has_cards_alone():
    assert [(each.card, each.slr) for each in bins(problem(fold(), fold(), cards=2).coarse())] == [(1, None), (2, None)]


def test_an_slr_that_is_visited_twice_is_one_bin():
    (slr,) = [each for each in bins(problem(*[fold()] * 3, cards=3)) if (each.card, each.slr) == (2, 1)]
    assert slr.places == (2, 4)


def test_head_and_tail_of_a_loop_fill_the_same_bins():
    (card,) = [
        each for each in bins(problem(*[fold()] * 3, cards=2, topology="loop")) if (each.card, each.slr) == (1, None)
    ]
    assert card.places == (0, 1, 5, 6)


def test_rows_that_cannot_bind_are_left_out():
    assert rows_for_limits(problem(fold(lut=100), fold(lut=100))) == 0


def test_rows_that_can_bind_are_written():
    """Two layers of 600 fill an SLR of 1000, not a card of 2000."""
    assert rows_for_limits(problem(fold(lut=600), fold(lut=600))) == 2


def test_overhead_beyond_the_limit_makes_it_impossible():
    asked = request_for(line(fold(lut=0)), [toy(slrs=1)], limits=msgspec.structs.replace(WHOLE, lut=0.1))
    card = msgspec.structs.replace(asked.cards[0], overhead=(Resources(lut=101),))
    formulation = formulated(reduce(msgspec.structs.replace(asked, cards=(card,))))
    write_limits(formulation)
    assert formulation.program.impossible


def test_a_share_is_of_the_capacity_with_overhead():
    asked = request_for(line(fold(lut=30)), [toy(slrs=1)])
    card = msgspec.structs.replace(asked.cards[0], overhead=(Resources(lut=12),))
    formulation = formulated(reduce(msgspec.structs.replace(asked, cards=(card,))))
    used, capacity = used_share(formulation, next(bins(formulation.problem)), 0)
    assert (used.constant, capacity) == (42, 1000)


def test_what_there_is_none_of_has_no_share():
    formulation = formulated(reduce(request_for(line(fold()), [toy(slrs=1, uram=0)])))
    uram = formulation.problem.names.index("uram")
    assert used_share(formulation, next(bins(formulation.problem)), uram) is None


def test_a_layer_that_needs_what_there_is_none_of_fits_nowhere():
    assert rows_for_limits(reduce(request_for(line(fold(uram=1), fold()), [toy(slrs=2, uram=0)]))) > 0
