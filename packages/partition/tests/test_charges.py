# SPDX-License-Identifier: Apache-2.0
"""What streams cost beside which layer, where both ends are fixed and where one of them is free."""

import msgspec
import pytest
from partition_toys import fold, line, request_for, toy

from levada.core.manifests import Fifo
from levada.core.resources import Resources
from levada.core.stream_costs import converter, fifo, link
from levada.partition.charges import Charges

NAMES = ("lut", "bram18")


def charges(dataflow):
    """Return the charges of a dataflow, every candidate kept."""
    request = request_for(dataflow, [toy()])
    return Charges(request, [range(len(each.candidates)) for each in request.options], NAMES)


def between(dataflow):
    """Return what the stream from a to b costs."""
    return charges(dataflow).between(next(s for s in dataflow.streams if (s.source, s.sink) == ("a", "b")))


def counted(resources):
    return tuple(resources.get(name) for name in NAMES)


def deep(dataflow, depth, side="source"):
    """Return the dataflow with this FIFO on each stream."""
    there = Fifo(depth=depth, status="rule", side=side)
    streams = tuple(msgspec.structs.replace(s, fifo=there) for s in dataflow.streams)
    return msgspec.structs.replace(dataflow, streams=streams)


def test_equal_lanes_and_shallow_fifos_cost_nothing():
    assert between(line(fold(pe=4), fold(pe=4))) == {(4, 4): (0, 0)}


def test_a_converter_joins_other_lanes():
    assert between(line(fold(pe=4), fold(pe=1))) == {(4, 1): counted(converter(16, 4))}


def test_a_stream_is_told_for_all_lanes_of_both_ends():
    found = between(line([fold(pe=1), fold(pe=8)], [fold(pe=2), fold(pe=4)]))
    assert found == {(a, b): counted(link(4, (a, b), 2)) for a in (1, 8) for b in (2, 4)}


@pytest.mark.parametrize(("side", "beats", "bits"), [("source", 1024, 16), ("sink", 4096, 4)])
def test_a_fifo_holds_beats_of_the_side_on_which_it_stands(side, beats, bits):
    dataflow = deep(line(fold(pe=4), fold(pe=1)), 4096, side)
    assert between(dataflow)[4, 1] == counted(fifo(beats, bits) + converter(16, 4))


def test_streams_from_and_to_the_outside_are_counted_with_their_layer():
    inside = fifo(1024, 16)
    assert charges(deep(line(fold(pe=4)), 4096)).outer("a", 0) == counted(inside + inside)


def test_streams_between_layers_are_not_counted_with_either():
    dataflow = deep(line(fold(pe=4), fold(pe=4)), 4096)
    assert [charges(dataflow).outer(layer, 0) for layer in "ab"] == [counted(fifo(1024, 16))] * 2


def test_a_rigid_stream_has_no_converter():
    both = [fold(pe=1), fold(pe=8)]
    assert not any(map(any, between(line(both, both, rigid=True, cuttable=False)).values()))


def test_candidates_that_are_not_taken_charge_nothing():
    request = request_for(line([fold(pe=1), fold(pe=8)], fold(pe=8)), [toy()])
    stream = request.dataflow.streams[1]
    assert Charges(request, [(1,), (0,)], NAMES).between(stream) == {(8, 8): (0, 0)}


def test_nothing_is_unknown_about_a_stream():
    assert link(4, (1, 8), 4096).unknown() == Resources().unknown()
