# SPDX-License-Identifier: Apache-2.0
"""Requests reduced to numbers: rooms, edges, wire bytes and lanes of rigid streams."""

from fractions import Fraction

import msgspec
import pytest
from partition_toys import FREE_NETWORK, WHOLE, fold, line, network, request_for, stream, toy

from levada.core.errors import InfeasibleError
from levada.core.networks import VNX
from levada.core.resources import Fractions, Resources
from levada.partition.reduction import reduce, room, share


def test_tasks_are_the_layers_in_order():
    assert [task.name for task in reduce(request_for(line(fold(), fold(), fold()), [toy()])).tasks] == ["a", "b", "c"]


def test_edges_are_the_streams_between_layers():
    reduced = reduce(request_for(line(fold(), fold(), fold()), [toy()]))
    assert [(edge.name, edge.source, edge.sink) for edge in reduced.edges] == [("a->b", 0, 1), ("b->c", 1, 2)]


def test_streams_of_the_outside_mark_inputs_and_outputs():
    reduced = reduce(request_for(line(fold(), fold(), fold()), [toy()]))
    assert (reduced.inputs, reduced.outputs) == ((0,), (2,))


def test_two_streams_from_one_layer_have_ports_of_their_own():
    forked = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("a", "c"), stream("b", "c"))
    assert [edge.port for edge in reduce(request_for(forked, [toy()])).edges] == [0, 1, 0]


def test_wire_bytes_are_those_of_the_network():
    reduced = reduce(request_for(line(fold(pe=8), fold()), [toy()]))
    assert reduced.tasks[0].variants[0].wire_bytes == (VNX.wire_bytes(64),)


def test_a_stream_that_cannot_be_cut_has_no_wire_bytes():
    reduced = reduce(request_for(line(fold(), fold(), cuttable=False), [toy()]))
    assert reduced.tasks[0].variants[0].wire_bytes == (0,)


def test_places_follow_the_walks_of_the_route():
    reduced = reduce(request_for(line(*[fold()] * 4), [toy()] * 3, "loop"))
    stops = [(place.segment, place.card, place.slr) for place in reduced.places]
    assert stops[:5] == [(0, 1, 0), (0, 1, 1), (1, 2, 1), (1, 2, 0), (1, 2, 1)]
    assert stops[-2:] == [(3, 1, 1), (3, 1, 0)]


def test_network_and_dmas_lie_where_the_board_says():
    (card,) = reduce(request_for(line(fold()), [toy(slrs=3)])).cards
    assert (card.name, card.network_slr, card.dma_slrs) == ("card-1", 2, (0,))


def test_a_board_without_memory_or_qsfp_has_both_in_slr_0():
    mute = msgspec.structs.replace(toy(), qsfp_slrs=(), memories=())
    (card,) = reduce(request_for(line(fold()), [mute])).cards
    assert (card.network_slr, card.dma_slrs) == (0, (0,))


@pytest.mark.parametrize(
    ("limit", "count", "allowed"), [(0.8, 3504, 2803), (0.95, 1152, 1094), (0.7, 10, 7), (1.0, 9, 9)]
)
def test_limits_are_taken_as_they_are_written(limit, count, allowed):
    """0.7 of 10 is 7, although 0.7 is less than 7/10 in binary."""
    limits = msgspec.structs.replace(WHOLE, lut=limit)
    assert room(Resources(lut=count), Resources(), limits, ("lut",)).allowed == (allowed,)


def test_a_room_without_capacity_allows_anything():
    assert room(Resources(lut=None), Resources(lut=5), Fractions(), ("lut",)).allowed == (None,)


def test_overhead_is_counted_per_card_and_per_slr():
    asked = request_for(line(fold(), fold()), [toy()] * 2)
    cards = tuple(msgspec.structs.replace(c, overhead=(Resources(lut=5), Resources(lut=7))) for c in asked.cards)
    card = reduce(msgspec.structs.replace(asked, cards=cards)).cards[0]
    assert (card.whole.overhead[0], card.slrs[1].overhead[0]) == (12, 7)


def test_a_fraction_is_what_was_typed():
    assert share(0.1) == Fraction(1, 10)


# ------------------------------------------------------------------------------------------ rigid streams


def rigid(source, sink):
    edge = stream("a", "b", cuttable=False, rigid=True)
    return request_for(network({"a": source, "b": sink}, edge), [toy()], network=FREE_NETWORK)


def test_variants_know_their_lanes_at_rigid_streams():
    reduced = reduce(rigid([fold(pe=1), fold(pe=2)], fold(pe=2)))
    assert [[v.ends for v in task.variants] for task in reduced.tasks] == [[(1,), (2,)], [(2,)]]


def test_a_rigid_edge_knows_which_lanes_to_compare():
    first, second = stream("a", "b", cuttable=False, rigid=True), stream("b", "c", cuttable=False, rigid=True)
    reduced = reduce(request_for(network(dict.fromkeys("abc", fold()), first, second), [toy()]))
    assert [(edge.ends, edge.rigid) for edge in reduced.edges] == [((0, 0), True), ((1, 0), True)]


def test_variants_know_their_lanes_at_every_stream():
    reduced = reduce(request_for(line(fold(pe=2), fold(pe=4), fold(pe=8)), [toy()]))
    assert [task.variants[0].ends for task in reduced.tasks] == [(2,), (4, 4), (8,)]
    assert [edge.ends for edge in reduced.edges] == [(0, 0), (1, 0)]


def test_a_stream_that_is_not_rigid_may_have_other_lanes_at_either_end():
    assert reduce(request_for(line(fold(), fold()), [toy()])).edges[0].rigid is False


def test_foldings_that_cannot_meet_at_a_rigid_stream_are_refused():
    text = (
        r"stream 'a->b' needs as many lanes at its source as at its sink .* give \[1, 2\] and \[4\]; allow both layers"
    )
    with pytest.raises(InfeasibleError, match=text):
        reduce(rigid([fold(pe=1), fold(pe=2)], fold(pe=4)))
