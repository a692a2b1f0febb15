# SPDX-License-Identifier: Apache-2.0
"""Problems and their relaxations: pruned variants, ideal and frugal choices, caps on utilisation."""

import random
from fractions import Fraction

import pytest
from partition_toys import fold, line, network, request_for, stream, toy

from levada.core.manifests import Lanes
from levada.core.stream_costs import link
from levada.partition.reduction import reduce
from levada.partition.rooms import CardRoom, Room
from levada.partition.variants import Variant, best


def variant(candidate, *counts, wire=(), ends=(), external=0):
    return Variant(candidate=candidate, cycles=1, counts=counts, wire_bytes=wire, ends=ends, external_bytes=external)


def kept(*variants):
    return sorted(each.candidate for each in best(list(variants)))


def problem(*foldings, boards=1):
    return reduce(request_for(line(*foldings), [toy(lut=1000, bram18=10)] * boards))


def built(reduced):
    return [[each.candidate for each in task.variants] for task in reduced.tasks]


# ------------------------------------------------------------------------------------------------ pruning


def test_a_variant_that_costs_more_of_everything_is_left_out():
    assert kept(variant(0, 2, 2), variant(1, 1, 2)) == [1]


def test_variants_that_trade_one_resource_for_another_stay():
    assert kept(variant(0, 1, 2), variant(1, 2, 1)) == [0, 1]


def test_of_equal_variants_one_stays():
    assert kept(variant(0, 1, 1), variant(1, 1, 1)) == [0]


def test_wire_bytes_are_a_cost_too():
    assert kept(variant(0, 1, wire=(9,)), variant(1, 2, wire=(8,))) == [0, 1]


def test_bytes_from_outside_are_a_cost_too():
    assert kept(variant(0, 1, external=9), variant(1, 2)) == [0, 1]


def test_variants_with_other_lanes_at_a_rigid_stream_do_not_replace_each_other():
    ends = [variant(0, 2, ends=(1,)), variant(1, 1, ends=(2,))]
    assert [len(best(ends, telling)) for telling in ((0,), ())] == [2, 1]


@pytest.mark.parametrize("seed", range(5))
def test_pruning_keeps_exactly_the_variants_that_nothing_beats(seed):
    draw = random.Random(seed)
    drawn = {tuple(draw.randrange(6) for _ in range(3)) for _ in range(40)}
    variants = [variant(number, *counts) for number, counts in enumerate(sorted(drawn))]
    unbeaten = [v for v in variants if not any(_beats(other.counts, v.counts) for other in variants)]
    assert kept(*variants) == [each.candidate for each in unbeaten]


def _beats(mine, theirs):
    return mine != theirs and all(a <= b for a, b in zip(mine, theirs, strict=True))


def test_only_variants_of_at_most_the_cycles_are_left_within_them():
    reduced = problem([fold(lut=9, cycles=5), fold(lut=3, cycles=10), fold(lut=1, cycles=20)])
    assert built(reduced.within(10)) == [[1]]
    assert built(reduced.within(5)) == [[0]]


def test_the_slowest_layers_fastest_folding_bounds_the_rate():
    assert problem([fold(cycles=5), fold(cycles=50)], fold(cycles=30)).slowest == 30


# -------------------------------------------------------------------------------------------------- links


def linked(source, sink):
    """Return the problem of two layers, and what a stream of 4-bit elements takes at lanes (a, b)."""
    reduced = problem(source, sink)
    return reduced, lambda a, b: tuple(link(4, (a, b), 2).get(name) for name in reduced.names)


def test_a_stream_from_a_fixed_source_is_counted_with_its_sink():
    reduced, cost = linked(fold(lut=0, pe=4), [fold(lut=0, pe=1), fold(lut=0, pe=8)])
    assert reduced.edges[0].links is None
    assert [v.counts for v in reduced.tasks[1].variants] == [cost(4, 1), cost(4, 8)]


def test_a_stream_from_a_free_source_is_linked_even_to_a_fixed_sink():
    reduced, cost = linked([fold(pe=1), fold(pe=8)], fold(lut=0, pe=8))
    assert reduced.edges[0].links == {(1, 8): cost(1, 8), (8, 8): cost(8, 8)}


def test_what_no_lanes_of_the_source_avoid_is_counted_with_the_sink():
    reduced, cost = linked([fold(pe=1), fold(pe=2)], fold(lut=0, pe=8))
    least = tuple(map(min, zip(cost(1, 8), cost(2, 8), strict=True)))
    assert reduced.tasks[1].variants[0].counts == least
    assert any(least)


def test_layers_built_in_one_way_leave_no_links():
    reduced, cost = linked([fold(pe=1), fold(pe=8)], [fold(lut=0, pe=1), fold(lut=0, pe=8)])
    built = reduced.built_as((reduced.tasks[0].variants[1], reduced.tasks[1].variants[0]))
    assert (built.edges[0].links, built.tasks[1].variants[0].counts) == (None, cost(8, 1))


def test_being_built_the_same_way_again_adds_nothing():
    reduced, _ = linked([fold(pe=1), fold(pe=8)], [fold(pe=1), fold(pe=8)])
    once = reduced.built_as((reduced.tasks[0].variants[1], reduced.tasks[1].variants[0]))
    again = reduced.built_as(tuple(task.variants[0] for task in once.tasks))
    assert once == again


def test_links_of_lanes_that_are_too_slow_are_left_out():
    reduced, _ = linked([fold(lut=9, pe=1, cycles=200), fold(pe=8)], [fold(pe=1), fold(pe=8)])
    assert reduced.edges[0].links.keys() == {(1, 1), (1, 8), (8, 1), (8, 8)}
    assert reduced.within(100).edges[0].links is None


# -------------------------------------------------------------------------------------------- relaxations


def test_a_coarse_problem_has_one_place_for_each_segment():
    reduced = problem(fold(), fold(), boards=2)
    assert [(place.segment, place.slr) for place in reduced.places] == [(0, 0), (0, 1), (1, 1), (1, 0)]
    assert [(place.segment, place.slr) for place in reduced.coarse().places] == [(0, None), (1, None)]


def test_segments_end_at_their_last_place():
    reduced = problem(fold(), fold(), boards=2)
    assert (reduced.segment_ends, reduced.coarse().segment_ends) == ((1, 3), (0, 1))


def test_an_ideal_variant_takes_the_least_of_each_count():
    ideal = problem([fold(lut=9, bram18=1), fold(lut=3, bram18=4)]).ideal()
    names = ideal.names
    (only,) = ideal.tasks[0].variants
    assert (only.counts[names.index("lut")], only.counts[names.index("bram18")]) == (3, 1)


def test_an_ideal_problem_leaves_no_choice():
    reduced = problem([fold(lut=9), fold(lut=3)])
    assert (reduced.several, reduced.ideal().several) == (True, False)


def test_a_frugal_choice_spares_the_resource_that_is_scarce():
    """A tenth of the block RAM is more than a hundredth of the LUTs."""
    assert built(problem([fold(lut=10, bram18=2), fold(lut=40)]).frugal()) == [[1]]


def test_a_frugal_choice_counts_what_the_overhead_takes_already():
    reduced = problem([fold(lut=300), fold(lut=10, bram18=2)])
    (card,) = reduced.cards
    heavy = Room(capacity=card.whole.capacity, overhead=(1500, 0, 0, 0, 0), allowed=card.whole.allowed)
    loaded = type(reduced)(**{**_fields(reduced), "cards": (type(card)(**{**_fields(card), "whole": heavy}),)})
    assert (built(reduced.frugal()), built(loaded.frugal())) == ([[1]], [[1]])


def _fields(struct):
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def test_a_frugal_choice_keeps_the_lanes_of_a_rigid_stream_alike():
    rigid = stream("a", "b", cuttable=False, rigid=True)
    ends = {"a": [fold(lut=5, pe=1), fold(lut=9, pe=2)], "b": [fold(lut=900, pe=1), fold(lut=9, pe=2)]}
    reduced = reduce(request_for(network(ends, rigid), [toy()]))
    assert built(reduced.frugal()) == [[1], [1]]


def test_rigid_ends_without_lanes_in_common_keep_their_choice_for_the_solver_to_refuse():
    rigid = stream("a", "b", cuttable=False, rigid=True, sink_lanes=Lanes.SIMD)
    ends = {"a": [fold(pe=1), fold(lut=1, pe=2)], "b": [fold(simd=1), fold(lut=500, simd=4)]}
    reduced = reduce(request_for(network(ends, rigid), [toy()]))
    narrowed = reduced.built_as((reduced.tasks[0].variants[1], reduced.tasks[1].variants[1]))
    assert built(narrowed.frugal()) == [[1], [1]]


# --------------------------------------------------------------------------------------------------- room


ROOM = Room(capacity=(100, 50, None), overhead=(10, 0, 5), allowed=(80, 40, None))


def test_what_is_free_is_allowed_and_not_taken():
    assert (ROOM.free(0), ROOM.free(1)) == (70, 40)


def test_an_unknown_capacity_limits_nothing():
    assert ROOM.free(2) == float("inf")


def test_a_cap_lowers_what_is_allowed():
    assert ROOM.capped(Fraction(1, 3)).allowed == (33, 16, None)


def test_a_cap_never_raises_what_is_allowed():
    assert ROOM.capped(Fraction(1)).allowed == ROOM.allowed


def test_a_capped_problem_caps_cards_and_not_slrs():
    reduced = problem(fold()).capped(Fraction(1, 2))
    (card,) = reduced.cards
    assert (card.whole.allowed[0], card.slrs[0].allowed[0]) == (1000, 1000)


@pytest.mark.parametrize(("slr", "distance"), [(0, 0), (1, 1), (2, 0), (3, 1)])
def test_the_nearest_dma_counts(slr, distance):
    card = CardRoom(name="card", whole=ROOM, slrs=(), network_slr=0, dma_slrs=(0, 2))
    assert card.dma_distance(slr) == distance
