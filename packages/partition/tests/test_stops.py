# SPDX-License-Identifier: Apache-2.0
"""SLRs taken for cards: what is chosen jointly can be laid out, and a search for the rate does not leap past what fits."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, request_for, toy

from levada.partition import joint
from levada.partition.cbc import Stop
from levada.partition.decomposed import halved
from levada.partition.reduction import reduce
from levada.partition.solving import Terms
from levada.partition.stops import FEW

TERMS = Terms(step=Fraction(0), seconds=30.0)
LAYERS = 12


@pytest.fixture
def half_and_half():
    """Layers that take tables or block RAM, on a card in whose two SLRs each does for half."""
    choice = (fold(lut=100), fold(lut=10, bram18=10))
    return reduce(request_for(line(*(choice,) * LAYERS), [toy(slrs=2, lut=700, bram18=70)]))


def test_what_is_laid_out_lies_in_slrs(half_and_half):
    found = joint.stacked(half_and_half, TERMS)
    assert {found.place(task).slr for task in range(LAYERS)} == {0, 1}


def test_stops_follow_the_order_of_the_layers(half_and_half):
    found = joint.stacked(half_and_half, TERMS)
    places = [spot.place for spot in found.spots]
    assert places == sorted(places)


def test_each_layer_of_many_has_one_stop(half_and_half):
    relaxed = joint.relaxation(half_and_half.coarse())
    spans = joint._stops(half_and_half, relaxed.cuts)
    assert all(span.first == span.last for span in spans)


def test_of_few_layers_a_program_chooses_the_stops():
    few = reduce(request_for(line(*((fold(lut=9), fold(lut=1, bram18=1)),) * (FEW - 1)), [toy(slrs=2)]))
    spans = joint._stops(few, joint.relaxation(few.coarse()).cuts)
    assert {(span.first, span.last) for span in spans} == {(0, 1)}


def test_what_fits_on_the_card_and_not_in_its_slrs_is_not_laid_out():
    """Three layers of which two do not fit into one of two SLRs: together they take what the card has."""
    big = (fold(lut=600), fold(lut=601))
    reduced = reduce(request_for(line(*(big,) * 3), [toy(slrs=2, lut=1000)]))
    assert not isinstance(joint.feasible(reduced, TERMS), Stop)
    assert isinstance(joint.stacked(reduced, TERMS), Stop)


@pytest.mark.parametrize("least", range(20))
def test_the_smallest_number_that_does_is_found(least):
    assert halved(range(20), lambda at: at if at >= least else Stop.UNDECIDED) == (least, least)


def test_nothing_is_found_where_no_number_does():
    assert halved(range(20), lambda _: Stop.UNDECIDED) is None
