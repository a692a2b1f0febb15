# SPDX-License-Identifier: Apache-2.0
"""Windows exclude no placement that is possible, and fix what full cards leave no choice about."""

import msgspec
import pytest
from partition_reference import Reference
from partition_toys import fold, line, network, request_for, series_parallel, stream, toy

from levada.partition.reduction import reduce
from levada.partition.windows import Window, reach, structural, windows


def spans(request):
    return [(window.first, window.last) for window in windows(reduce(request))]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("cards", "topology"), [(1, "chain"), (2, "chain"), (2, "loop")])
def test_every_possible_placement_lies_in_its_windows(seed, cards, topology):
    request = request_for(series_parallel(seed, nodes=4), [toy(lut=500, bram18=50)] * cards, topology)
    found = spans(request)
    for places in Reference(request).possible():
        assert all(first <= place <= last for place, (first, last) in zip(places, found, strict=True))


def test_layers_that_fill_their_slrs_have_one_place_each():
    request = request_for(line(*[fold(lut=900)] * 4), [toy()] * 2)
    assert spans(request) == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_small_layers_may_lie_anywhere_between_the_anchors():
    assert spans(request_for(line(fold(), fold(), fold()), [toy()] * 2)) == [(0, 1), (0, 3), (2, 3)]


def test_the_output_of_a_loop_lies_in_its_tail():
    assert spans(request_for(line(fold(), fold(), fold()), [toy()] * 2, "loop")) == [(0, 1), (0, 6), (5, 6)]


def test_a_layer_that_fits_nowhere_has_an_empty_window():
    found = windows(reduce(request_for(line(fold(), fold(lut=2001)), [toy()])))
    assert [window.empty() for window in found] == [True, True]


def test_the_cheapest_variant_of_each_resource_decides():
    either = [fold(lut=2001, bram18=0), fold(lut=0, bram18=201)]
    assert spans(request_for(line(either, fold()), [toy()])) == [(0, 1), (0, 1)]


def test_a_card_that_is_visited_twice_counts_once():
    """Head and tail of a loop share card 1: four layers of 900 LUT do not fit three SLRs of 1000."""
    request = request_for(line(*[fold(lut=900)] * 5), [toy()] * 2, "loop")
    assert any(window.empty() for window in windows(reduce(request)))


def test_a_coarse_problem_counts_whole_cards():
    request = request_for(line(*[fold(lut=900)] * 4), [toy()] * 2)
    found = windows(reduce(request).coarse())
    assert [(window.first, window.last) for window in found] == [(0, 0), (0, 0), (1, 1), (1, 1)]


def test_a_predecessor_opens_no_later_than_its_successor_closes():
    forked = network(
        dict.fromkeys("abcd", fold()), stream("a", "b"), stream("a", "c"), stream("b", "d"), stream("c", "d")
    )
    found = spans(request_for(forked, [toy()] * 3))
    assert all(found[0][0] <= first and found[3][1] >= last for first, last in found)


def test_without_limits_only_the_anchors_count():
    request = request_for(line(fold(lut=5000), fold(lut=5000)), [toy()] * 2)
    assert [(w.first, w.last) for w in structural(reduce(request))] == [(0, 1), (2, 3)]


def test_what_follows_an_anchored_layer_comes_no_earlier():
    request = request_for(line(fold(), fold(), fold()), [toy()] * 3)
    late = msgspec.structs.replace(request, route=msgspec.structs.replace(request.route, ingress=1, anchors=()))
    assert [(w.first, w.last) for w in structural(reduce(late))] == [(2, 4), (2, 6), (5, 6)]


@pytest.mark.parametrize(("window", "empty"), [(Window(0, 0), False), (Window(1, 0), True)])
def test_a_window_is_empty_where_it_ends_before_it_begins(window, empty):
    assert window.empty() is empty


def test_reach_is_the_transitive_closure():
    assert reach(4, [(0, 1), (1, 2), (0, 3)]) == [0b0001, 0b0011, 0b0111, 0b1001]


def test_reach_does_not_depend_on_the_order_of_arcs():
    arcs = [(2, 3), (0, 1), (1, 2)]
    assert reach(4, arcs) == reach(4, sorted(arcs))
