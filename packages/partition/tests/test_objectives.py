# SPDX-License-Identifier: Apache-2.0
"""Each objective by itself, on layouts that are pinned."""

from fractions import Fraction

import msgspec
import pytest
from partition_toys import fold, line, request_for, toy

from levada.core.networks import VNX
from levada.core.resources import Resources
from levada.partition.cbc import minimise
from levada.partition.formulation import Formulation
from levada.partition.objectives import MOST_STEPS, hardware, largest_utilisation, network_bytes, slr_crossings
from levada.partition.reduction import reduce
from levada.partition.windows import Window


def pinned(dataflow, places, cards=2, overhead=0, boards=None):
    """Return the formulation of tasks at these places along the route."""
    asked = request_for(dataflow, boards or [toy()] * cards)
    budgets = tuple(
        msgspec.structs.replace(card, overhead=(Resources(lut=overhead), *card.overhead[1:])) for card in asked.cards
    )
    problem = reduce(msgspec.structs.replace(asked, cards=budgets))
    return Formulation(problem, [Window(place, place) for place in places])


def boundless(problem):
    """Return the problem with nothing limited on any card."""

    def opened(room):
        return msgspec.structs.replace(room, allowed=(None,) * len(room.allowed))

    cards = tuple(msgspec.structs.replace(card, whole=opened(card.whole)) for card in problem.cards)
    return msgspec.structs.replace(problem, cards=cards)


def worth(formulation, goal):
    return minimise(formulation.program, goal, 10.0).objective


ROW = line(fold(lut=100), fold(lut=300), fold(lut=200))


@pytest.mark.parametrize(("places", "share"), [((0, 0, 2), 0.2), ((0, 2, 3), 0.25)])
def test_utilisation_is_that_of_the_fullest_card(places, share):
    formulation = pinned(ROW, places)
    assert worth(formulation, largest_utilisation(formulation, Fraction(0))) == pytest.approx(share)


@pytest.mark.parametrize(("step", "steps"), [("0.01", 25), ("0.1", 3), ("1", 1)])
def test_utilisation_may_count_in_steps(step, steps):
    formulation = pinned(ROW, (0, 2, 3))
    assert worth(formulation, largest_utilisation(formulation, Fraction(step))) == pytest.approx(steps)


@pytest.mark.parametrize(("step", "steps"), [("0.05", 20), ("0.3", 4), ("0", 1)])
def test_no_more_steps_are_thinkable_than_the_limits_allow(step, steps):
    """HiGHS errs on integers that reach too far."""
    formulation = pinned(ROW, (0, 2, 3))
    (number,) = largest_utilisation(formulation, Fraction(step)).terms
    assert formulation.program.variables[number].upper == steps


def test_where_nothing_limits_steps_are_bounded_all_the_same():
    formulation = Formulation(boundless(pinned(ROW, (0, 2, 3)).problem), [Window(0, 0)] * 3)
    (number,) = largest_utilisation(formulation, Fraction(0)).terms
    assert formulation.program.variables[number].upper == MOST_STEPS


def test_utilisation_counts_the_overhead():
    formulation = pinned(ROW, (0, 2, 3), overhead=400)
    assert worth(formulation, largest_utilisation(formulation, Fraction(0))) == pytest.approx(0.45)


def test_utilisation_is_never_under_the_overhead_of_any_card():
    formulation = pinned(line(fold(lut=0), fold(lut=0)), (0, 2), overhead=500)
    assert worth(formulation, largest_utilisation(formulation, Fraction(0))) == pytest.approx(0.25)


def test_a_resource_of_which_some_card_has_none_has_no_common_bound():
    boards = [toy(slrs=1, uram=0), toy(slrs=1)]
    formulation = pinned(line(fold(), fold(uram=40)), (0, 1), boards=boards)
    assert worth(formulation, largest_utilisation(formulation, Fraction(0))) == pytest.approx(0.4)


@pytest.mark.parametrize(("places", "cuts"), [((0, 0, 2), 1), ((0, 2, 2), 1), ((0, 1, 3), 1)])
def test_bytes_are_those_of_the_streams_that_are_cut(places, cuts):
    formulation = pinned(ROW, places)
    assert worth(formulation, network_bytes(formulation)) == pytest.approx(cuts * VNX.wire_bytes(128))


@pytest.mark.parametrize(("variant", "size"), [(0, VNX.wire_bytes(128)), (1, VNX.wire_bytes(64))])
def test_bytes_are_those_of_the_variant_that_is_built(variant, size):
    formulation = pinned(line([fold(pe=1), fold(pe=8)], fold()), (0, 2))
    formulation.program.equal(formulation.variant(0, variant), 1)
    assert worth(formulation, network_bytes(formulation)) == pytest.approx(size)


def test_the_variant_with_the_smaller_cut_is_chosen_for_bytes():
    formulation = pinned(line([fold(pe=1), fold(pe=8)], fold()), (0, 2))
    assert worth(formulation, network_bytes(formulation)) == pytest.approx(VNX.wire_bytes(64))


@pytest.mark.parametrize(("places", "crossings"), [((0, 0, 2), 2), ((0, 1, 2), 2), ((1, 1, 3), 2), ((0, 0, 3), 2)])
def test_crossings_count_the_way_to_network_and_dma(places, crossings):
    formulation = pinned(ROW, places)
    assert worth(formulation, slr_crossings(formulation)) == pytest.approx(crossings)


def test_crossings_count_every_boundary_of_a_die():
    formulation = pinned(ROW, (0, 0, 2), boards=[toy(slrs=3)])
    assert worth(formulation, slr_crossings(formulation)) == pytest.approx(4)


def test_hardware_weighs_each_resource_by_what_there_is_of_it():
    formulation = pinned(line(fold(lut=100, dsp=10)), (0,), boards=[toy(slrs=1)])
    assert worth(formulation, hardware(formulation)) == pytest.approx(100 / 1000 + 10 / 100)


def test_hardware_chooses_the_variant_that_takes_less():
    formulation = pinned(line([fold(lut=100), fold(lut=10, dsp=1)]), (0,), boards=[toy(slrs=1)])
    assert worth(formulation, hardware(formulation)) == pytest.approx(0.02)
