# SPDX-License-Identifier: Apache-2.0
"""What a layout is worth, counted by hand."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, network, request_for, stream, toy

from levada.core.networks import VNX
from levada.partition.cbc import minimise
from levada.partition.formulation import Formulation
from levada.partition.layout import Layout, Spot, begin, read
from levada.partition.program import combine
from levada.partition.reduction import reduce
from levada.partition.windows import structural


def laid(dataflow, places, cards=2, topology="chain", slrs=2, variants=None):
    """Return the layout of tasks at these places along the route."""
    problem = reduce(request_for(dataflow, [toy(slrs=slrs)] * cards, topology))
    chosen = variants or [0] * len(places)
    return Layout(problem=problem, spots=tuple(Spot(p, v) for p, v in zip(places, chosen, strict=True)))


ROW = line(fold(lut=100, cycles=10), fold(lut=300, cycles=30), fold(lut=200, cycles=20))


def test_the_slowest_variant_that_is_built_counts():
    either = line([fold(cycles=90), fold(cycles=5)], fold(cycles=7))
    assert (laid(either, (0, 2)).cycles(), laid(either, (0, 2), variants=(1, 0)).cycles()) == (90, 7)


@pytest.mark.parametrize(("places", "share"), [((0, 0, 2), Fraction(400, 2000)), ((0, 2, 3), Fraction(500, 2000))])
def test_the_fullest_card_counts(places, share):
    assert laid(ROW, places).utilisation() == share


def test_the_fullest_resource_counts():
    assert laid(line(fold(lut=100, dsp=90), fold(lut=300)), (0, 2)).utilisation() == Fraction(90, 200)


def test_cut_streams_are_counted_in_wire_bytes():
    assert laid(ROW, (0, 2, 3)).cut_bytes() == {0: VNX.wire_bytes(128)}


def test_a_stream_that_skips_a_card_is_cut_once():
    skip = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c"), stream("a", "c"))
    assert sorted(laid(skip, (0, 2, 6), cards=3).cut_bytes()) == [0, 1, 2]


def test_bytes_are_told_apart_by_card_and_direction():
    leaving, entering = laid(line(*[fold()] * 3), (0, 2, 5), topology="loop").card_bytes()
    size = VNX.wire_bytes(128)
    assert (dict(leaving), dict(entering)) == ({1: size, 2: size}, {2: size, 1: size})


def test_streams_are_counted_at_both_ends():
    assert dict(laid(line(*[fold()] * 3), (0, 2, 5), topology="loop").card_streams()) == {1: 2, 2: 2}


@pytest.mark.parametrize(
    ("places", "crossings"),
    [
        ((0, 0, 0), 0),  # all beside the DMA in SLR 0
        ((0, 0, 1), 2),  # one stream up, the answers down
        ((1, 1, 1), 2),  # images up, answers down
        ((0, 1, 2), 4),  # one boundary at a time, answers over two
    ],
)
def test_crossings_on_one_card_are_those_of_streams_and_dmas(places, crossings):
    assert laid(ROW, places, cards=1, slrs=3).slr_crossings() == crossings


@pytest.mark.parametrize("places", [(0, 0, 3), (1, 1, 2), (0, 1, 2), (1, 1, 3)])
def test_on_the_way_from_dma_to_network_and_back_each_boundary_is_crossed_once(places):
    assert laid(ROW, places).slr_crossings() == 2


def test_a_card_that_a_stream_passes_by_is_not_crossed():
    skip = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c"), stream("a", "c"))
    beside = laid(skip, (1, 2, 5), cards=3)
    assert beside.slr_crossings() == 2


def test_a_walk_that_comes_back_crosses_by_where_layers_lie():
    """Card 2 of three is walked 1, 0, 1: from its first stop to its last nothing is crossed."""
    there, back = laid(ROW, (1, 2, 5), cards=3), laid(line(*[fold()] * 4), (1, 2, 4, 5), cards=3)
    assert there.slr_crossings() == back.slr_crossings() == 2


def test_a_spot_names_place_and_variant():
    layout = laid(line([fold(lut=1), fold(lut=2)], fold()), (0, 2), variants=(1, 0))
    assert (layout.place(0).card, layout.place(1).card, layout.variant(0).candidate) == (1, 2, 1)


# --------------------------------------------------------------------------------- layouts to begin with


def formulated(layout):
    return Formulation(layout.problem, structural(layout.problem))


def test_a_layout_begins_with_the_values_that_stand_for_it():
    layout = laid(line([fold(lut=1), fold(dsp=1)], fold(), fold()), (1, 2, 3), variants=(1, 0, 0))
    formulation = formulated(layout)
    values = begin(formulation, layout)
    answer = tuple(values.get(number, 0.0) for number in range(len(formulation.program.variables)))
    assert read(formulation, answer) == layout


def test_a_layout_on_other_places_begins_nothing():
    layout = laid(ROW, (0, 2, 3))
    assert begin(Formulation(layout.problem.coarse(), structural(layout.problem.coarse())), layout) == {}


def test_a_variant_that_is_not_there_is_left_to_the_solver():
    whole = laid(line([fold(lut=1), fold(dsp=1), fold(uram=1)], fold()), (0, 2), variants=(2, 0))
    fewer = whole.problem.built_as(tuple(task.variants[0] for task in whole.problem.tasks))
    values = begin(Formulation(fewer, structural(fewer)), whole)
    assert set(values.values()) <= {0.0, 1.0}


def test_cbc_completes_what_is_begun():
    layout = laid(ROW, (0, 2, 3))
    formulation = formulated(layout)
    goal = combine((1, cut) for cut in formulation.cuts.values())
    answer = minimise(formulation.program, goal, 10.0, begin(formulation, layout))
    assert answer.objective == pytest.approx(1)
