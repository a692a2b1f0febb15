# SPDX-License-Identifier: Apache-2.0
"""Rules on streams: beats, converters and FIFOs as both ends' foldings make them, and what crosses the network."""

from collections.abc import Iterator
from math import prod

from levada.core.manifests import Cut, Lanes, PlacedLayer, Plan, PlannedStream, Stream
from levada.core.networks import NetworkModel
from levada.core.stream_costs import link
from levada.partition.rules.case import SLACK, Case


def streams(case: Case) -> Iterator[str]:
    """Find streams that are not the dataflow's, or not as their ends are folded."""
    planned = {stream.name: stream for stream in case.plan.streams}
    if [stream.name for stream in case.plan.streams] != [stream.name for stream in case.dataflow.streams]:
        yield "the plan's streams are not those of the dataflow, in order"
    for stream in case.dataflow.streams:
        if stream.name in planned:
            yield from _stream_faults(case, stream, planned[stream.name])


def _stream_faults(case: Case, stream: Stream, planned: PlannedStream) -> Iterator[str]:
    for field in ("source", "sink", "tensor", "shape", "datatype", "element_bits", "fifo"):
        if getattr(stream, field) != getattr(planned, field):
            yield f"stream {stream.name!r} has another {field} than the dataflow's"
    ends = (
        (stream.source, planned.source_lanes, stream.source_lanes),
        (stream.sink, planned.sink_lanes, stream.sink_lanes),
    )
    for end, width, rule in ends:
        layer = case.placed(end)
        if layer is not None and width != _lanes(layer, rule, stream.shape[-1]):
            yield f"stream {stream.name!r} passes {width} elements a beat at {end!r}, whose folding says otherwise"
    if stream.rigid and planned.source_lanes != planned.sink_lanes:
        yield f"stream {stream.name!r} is rigid, but has {planned.source_lanes} lanes at its source, {planned.sink_lanes} at its sink"
    cost = link(stream.element_bits, (planned.source_lanes, planned.sink_lanes), stream.fifo.depth, stream.fifo.side)
    if planned.resources != cost:
        yield f"stream {stream.name!r} counts {planned.resources} for converter and FIFO, they take {cost}"
    elements = prod(stream.shape)
    if planned.beats * planned.source_lanes != elements:
        yield f"stream {stream.name!r} has {planned.beats} beats of {planned.source_lanes} for {elements} elements"


def _lanes(layer: PlacedLayer, rule: Lanes, innermost: int) -> int:
    return {Lanes.PE: layer.folding.pe, Lanes.SIMD: layer.folding.simd, Lanes.ONE: 1, Lanes.ALL: innermost}[rule]


def cuts(case: Case) -> Iterator[str]:
    """Find cuts that are missing, too many, out of order, or of other bytes than their streams."""
    crossing = {stream.name: (stream, a, b) for stream, a, b in case.inner if a.card != b.card}
    named = [cut.stream for cut in case.plan.cuts]
    yield from (f"stream {name!r} leaves its card but is no cut" for name in crossing if name not in named)
    yield from (f"cut {name!r} is named {named.count(name)} times" for name in set(named) if named.count(name) > 1)
    along = [(cut.source_segment, cut.sink_segment) for cut in case.plan.cuts]
    if along != sorted(along):
        yield "the cuts are not in the order of the route"
    for cut in case.plan.cuts:
        if cut.stream not in crossing:
            yield f"cut {cut.stream!r} does not leave its card"
        else:
            yield from _cut_faults(case, cut, *crossing[cut.stream])


def _cut_faults(case: Case, cut: Cut, stream: Stream, source: PlacedLayer, sink: PlacedLayer) -> Iterator[str]:
    ends = (source.segment, sink.segment, source.card, sink.card)
    if (cut.source_segment, cut.sink_segment, cut.source_card, cut.sink_card) != ends:
        yield f"cut {cut.stream!r} does not join the segments and cards that its layers lie on"
    width = _lanes(source, stream.source_lanes, stream.shape[-1])
    elements = prod(stream.shape)
    bytes_per_beat = (width * stream.element_bits + 7) // 8
    sent = packets(elements // width * bytes_per_beat, case.ground.network)
    expected = (
        (elements * stream.element_bits + 7) // 8,
        elements // width * bytes_per_beat,
        sum(size + case.ground.network.wire_overhead_bytes for size in sent),
        len(sent),
    )
    said = (cut.payload_bytes, cut.stream_bytes, cut.wire_bytes, cut.packets)
    if said != expected:
        yield f"cut {cut.stream!r}: payload, stream, wire bytes and packets are {expected}, the plan says {said}"
    gbps = expected[2] * 8 * case.plan.performance.images_per_s / 1e9
    if abs(cut.gbps - gbps) > SLACK * max(gbps, 1e-12):
        yield f"cut {cut.stream!r} carries {gbps} Gb/s, the plan says {cut.gbps}"


def packets(stream_bytes: int, network: NetworkModel) -> list[int]:
    """Send one inference packet by packet: each with its header, in whole 64-byte flits, never under the minimum."""
    left = stream_bytes
    sizes: list[int] = []
    while left > 0 or not sizes:
        body = min(left, network.payload_bytes - network.header_bytes)
        flits = (network.header_bytes + body + 63) // 64
        sizes.append(max(64 * flits, network.minimum_bytes))
        left -= body
    return sizes


def carried(case: Case) -> Iterator[str]:
    """Find cards with more streams than the network has, and lines that carry more than they can."""
    network = case.ground.network
    for card in case.plan.cards:
        mine = [cut for cut in case.plan.cuts if card.index in (cut.source_card, cut.sink_card)]
        if len(mine) > network.max_streams:
            yield f"{len(mine)} streams enter and leave card {card.index}, {network.max_streams} can"
    for mine, card_index, word in loads(case.plan):
        gbps = sum(cut.gbps for cut in mine)
        if gbps > network.line_gbps * (1 + SLACK):
            yield f"{gbps:.3f} Gb/s {word} card {card_index}, the line carries {network.line_gbps:g}"


def loads(plan: Plan) -> Iterator[tuple[list[Cut], int, str]]:
    """Yield the cuts that leave each card, and those that enter it."""
    for card in plan.cards:
        yield [cut for cut in plan.cuts if cut.source_card == card.index], card.index, "leave"
        yield [cut for cut in plan.cuts if cut.sink_card == card.index], card.index, "enter"
