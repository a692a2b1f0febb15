# SPDX-License-Identifier: Apache-2.0
"""What streams cost beside which layer, where both ends are fixed and where one of them is free."""

import msgspec
import pytest
from partition_toys import fold, line, request_for, stream, toy

from levada.core.manifests import Fifo
from levada.core.resources import Resources
from levada.core.stream_costs import converter, fifo, link
from levada.partition.charges import Charges, owner

NAMES = ("lut", "bram18")


def charged(dataflow, layer, folding=0):
    """Return (most, spread) of a layer's streams, every candidate kept."""
    request = request_for(dataflow, [toy()])
    kept = [range(len(each.candidates)) for each in request.options]
    charge = Charges(request, kept, NAMES).of(layer, folding)
    return charge.most, charge.spread


def counted(resources):
    return tuple(resources.get(name) for name in NAMES)


def deep(dataflow, depth):
    """Return the dataflow with this FIFO on each stream."""
    streams = tuple(msgspec.structs.replace(s, fifo=Fifo(depth=depth, status="rule")) for s in dataflow.streams)
    return msgspec.structs.replace(dataflow, streams=streams)


def test_equal_lanes_and_shallow_fifos_cost_nothing():
    assert charged(line(fold(pe=4), fold(pe=4)), "b") == ((0, 0), (0, 0))


def test_a_converter_lies_beside_the_sink():
    dataflow = line(fold(pe=4), fold(pe=1))
    assert charged(dataflow, "b") == (counted(converter(16, 4)), (0, 0))
    assert charged(dataflow, "a") == ((0, 0), (0, 0))


def test_a_fifo_counts_its_depth_in_beats_of_the_source():
    dataflow = deep(line(fold(pe=4), fold(pe=4)), 4096)
    assert charged(dataflow, "a")[0] == counted(fifo(1024, 16))


def test_what_leaves_for_the_outside_lies_beside_its_source():
    dataflow = deep(line(fold(pe=4)), 4096)
    inside = fifo(1024, 16)
    assert charged(dataflow, "a")[0] == counted(inside + inside)


def test_a_free_source_is_charged_at_most_and_the_spread_said():
    dataflow = line([fold(pe=1), fold(pe=2), fold(pe=8)], fold(pe=8))
    costs = [counted(link(4, (lanes, 8), 2)) for lanes in (1, 2, 8)]
    most = tuple(map(max, zip(*costs, strict=True)))
    assert charged(dataflow, "b") == (
        most,
        tuple(high - min(low) for high, low in zip(most, zip(*costs, strict=True), strict=True)),
    )


def test_a_free_sink_is_charged_by_its_own_lanes():
    dataflow = line(fold(pe=8), [fold(pe=1), fold(pe=8)])
    assert [charged(dataflow, "b", number)[0] for number in (0, 1)] == [counted(converter(32, 4)), (0, 0)]


def test_a_rigid_stream_has_no_converter():
    dataflow = line([fold(pe=1), fold(pe=8)], [fold(pe=1), fold(pe=8)], rigid=True, cuttable=False)
    assert charged(dataflow, "b", 1) == ((0, 0), (0, 0))


def test_candidates_that_are_not_taken_charge_nothing():
    request = request_for(line([fold(pe=1), fold(pe=8)], fold(pe=8)), [toy()])
    assert Charges(request, [(1,), (0,)], NAMES).of("b", 0).most == (0, 0)


def test_the_spread_of_all_layers_is_that_of_their_worst_foldings():
    request = request_for(line([fold(pe=1), fold(pe=8)], [fold(pe=4), fold(pe=8)]), [toy()])
    charges = Charges(request, [(0, 1), (0, 1)], NAMES)
    worst = max(charges.of("b", number).spread[0] for number in (0, 1))
    assert charges.spread() == (worst, 0)


@pytest.mark.parametrize(
    ("ends", "beside"), [(("a", "b"), "b"), ((None, "b"), "b"), (("a", None), "a"), ((None, None), None)]
)
def test_a_stream_lies_with_its_sink_or_else_its_source(ends, beside):
    assert owner(stream(*ends)) == beside


def test_nothing_is_unknown_about_a_stream():
    assert link(4, (1, 8), 4096).unknown() == Resources().unknown()


@pytest.mark.parametrize(("side", "beats", "bits"), [("source", 1024, 16), ("sink", 4096, 4)])
def test_a_fifo_holds_beats_of_the_side_on_which_it_stands(side, beats, bits):
    dataflow = line(fold(pe=4), fold(pe=1))
    there = Fifo(depth=4096, status="rule", side=side)
    streams = tuple(msgspec.structs.replace(s, fifo=there) if s.source else s for s in dataflow.streams[1:2])
    moved = msgspec.structs.replace(dataflow, streams=(dataflow.streams[0], *streams, *dataflow.streams[2:]))
    assert charged(moved, "b")[0] == counted(fifo(beats, bits) + converter(16, 4))
