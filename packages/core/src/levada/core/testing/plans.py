# SPDX-License-Identifier: Apache-2.0
"""The small network planned over one, two or three emulated U280 cards, in a chain or a loop."""

from collections.abc import Sequence
from typing import Any

import msgspec

from levada.core.clusters import digest_of
from levada.core.manifests import (
    Anchor,
    CardUse,
    Cut,
    Dataflow,
    Lanes,
    Layer,
    Memory,
    Performance,
    PlacedLayer,
    Plan,
    PlannedStream,
    Proof,
    Route,
    Segment,
    Stream,
    Utilisation,
)  # fmt: skip
from levada.core.networks import VNX, NetworkModel
from levada.core.resources import Fractions, Resources, total
from levada.core.testing.clusters import cluster, u280
from levada.core.testing.dataflows import dataflow, elements

CLOCK_MHZ = 200.0
HOME = 2
"""The SLR of a U280 that holds its QSFPs: where the network sits and, here, every layer."""


def route(cards: int = 2, topology: str = "chain") -> Route:
    """Return the route of a chain over these cards, or of a loop whose tail is on card 1."""
    segments = [Segment(card=card, slrs=(HOME, 1, 0)) for card in range(1, cards + 1)]
    if topology == "loop" and cards > 1:
        segments.append(Segment(card=1, slrs=(HOME, 1, 0)))
    last = len(segments) - 1
    anchors = (Anchor(role="input", segment=0), Anchor(role="output", segment=last))
    return Route(topology=topology, segments=tuple(segments), ingress=0, egress=last, anchors=anchors)


def plan(cards: int = 2, topology: str = "chain", network: NetworkModel = VNX, **overrides: Any) -> Plan:
    """Return the small network spread evenly over the cards, every layer in its default folding, weights in BRAM."""
    source, way = dataflow(), route(cards, topology)
    layers = place(source, way)
    cycles = max(layer.folding.cycles for layer in layers)
    rate = CLOCK_MHZ * 1e6 / cycles
    names = {layer.name: layer for layer in layers}
    streams = tuple(planned(stream, names) for stream in source.streams)
    uses = card_uses(cards, network if cards > 1 else None)
    whole = Plan(
        name=source.name,
        cluster=f"u280x{cards}",
        cluster_digest=digest_of(cluster(cards), cards),
        network=network.name,
        clock_mhz=CLOCK_MHZ,
        basis="finn",
        limits=Fractions(),
        cards=uses,
        route=way,
        layers=layers,
        streams=streams,
        cuts=tuple(_cut(stream, names, network, rate) for stream in streams if _crosses(stream, names)),
        utilisation=tuple(use for card in uses for use in _utilisation(card, layers)),
        performance=performance(layers),
        proof=Proof(method="builder", status="feasible", objectives=(), gap=0.0),
        input=source.input,
        output=source.output,
        labels=source.labels,
        golden_count=source.golden_count,
    )
    return msgspec.structs.replace(whole, **overrides)


def place(source: Dataflow, way: Route) -> tuple[PlacedLayer, ...]:
    """Return every layer in its default folding, in even contiguous shares over the segments of a route."""
    count = len(way.segments)
    return tuple(
        _placed(layer, way, number * count // len(source.layers)) for number, layer in enumerate(source.layers)
    )


def planned(stream: Stream, layers: dict[str, PlacedLayer]) -> PlannedStream:
    """Return a stream with the lanes and beats that its ends' foldings make."""
    source_lanes = _lanes(stream.source_lanes, layers.get(stream.source or ""), stream)
    return PlannedStream(
        name=stream.name,
        source=stream.source,
        sink=stream.sink,
        tensor=stream.tensor,
        shape=stream.shape,
        datatype=stream.datatype,
        element_bits=stream.element_bits,
        source_lanes=source_lanes,
        sink_lanes=_lanes(stream.sink_lanes, layers.get(stream.sink or ""), stream),
        beats=elements(stream.shape) // source_lanes,
        fifo=stream.fifo,
    )


def stream_bytes(stream: PlannedStream) -> int:
    """Return the bytes of one inference in FINN's packed layout: each beat padded to whole bytes."""
    return stream.beats * -(-stream.source_lanes * stream.element_bits // 8)


def performance(layers: Sequence[PlacedLayer]) -> Performance:
    """Return the rate that the slowest layer allows, and a latency of all layers one after another."""
    slowest = max(layers, key=lambda layer: layer.folding.cycles)
    latency = sum(layer.folding.cycles for layer in layers) / CLOCK_MHZ / 1e3
    return Performance(
        cycles=slowest.folding.cycles,
        images_per_s=CLOCK_MHZ * 1e6 / slowest.folding.cycles,
        latency_ms=latency,
        limited_by=slowest.name,
    )


def card_uses(cards: int, network: NetworkModel | None) -> tuple[CardUse, ...]:
    """Return the emulated U280 cards with shell and, where there is one, network taken off."""
    board = u280()
    shell = list(board.overhead("finn"))
    if network is not None:
        shell[HOME] += network.overhead
    return tuple(
        CardUse(
            index=index,
            name=card.name,
            host=card.host,
            board=board.name,
            driver=card.driver,
            capacity=board.capacity("finn"),
            overhead=tuple(shell),
        )
        for index, card in enumerate(cluster(cards).cards, 1)
    )


def _placed(layer: Layer, way: Route, segment: int) -> PlacedLayer:
    folding = layer.foldings[layer.default]
    weights = Resources() if folding.weights is None else Resources(bram18=_halves(folding.weights))
    return PlacedLayer(
        name=layer.name,
        op=layer.op,
        node=layer.node,
        segment=segment,
        card=way.segments[segment].card,
        slr=HOME,
        folding=folding,
        store="none" if folding.weights is None else "bram",
        resources=folding.resources + weights,
    )


def _halves(memory: Memory) -> int:
    return -(-memory.words // 1024) * -(-memory.bits // 18)


def _lanes(lanes: Lanes, layer: PlacedLayer | None, stream: Stream) -> int:
    if lanes is Lanes.ALL:
        return stream.shape[-1]
    if layer is None or lanes is Lanes.ONE:
        return 1
    return layer.folding.pe if lanes is Lanes.PE else layer.folding.simd


def _crosses(stream: PlannedStream, layers: dict[str, PlacedLayer]) -> bool:
    ends = [layers[name].segment for name in (stream.source, stream.sink) if name]
    return len(set(ends)) > 1


def _cut(stream: PlannedStream, layers: dict[str, PlacedLayer], network: NetworkModel, rate: float) -> Cut:
    source, sink = layers[stream.source or ""], layers[stream.sink or ""]
    count = stream_bytes(stream)
    return Cut(
        stream=stream.name,
        source_segment=source.segment,
        sink_segment=sink.segment,
        source_card=source.card,
        sink_card=sink.card,
        payload_bytes=-(-elements(stream.shape) * stream.element_bits // 8),
        stream_bytes=count,
        wire_bytes=network.wire_bytes(count),
        packets=network.packets(count),
        gbps=network.wire_bytes(count) * 8 * rate / 1e9,
    )


def _utilisation(card: CardUse, layers: Sequence[PlacedLayer]) -> list[Utilisation]:
    here = [layer for layer in layers if layer.card == card.index]
    per_slr = [
        overhead + total(layer.resources for layer in here if layer.slr == slr)
        for slr, overhead in enumerate(card.overhead)
    ]
    whole = Utilisation(
        card=card.index, slr=None, used=total(per_slr), capacity=total(card.capacity), limit=Fractions()
    )
    return [
        whole,
        *(
            Utilisation(card=card.index, slr=slr, used=used, capacity=card.capacity[slr], limit=Fractions())
            for slr, used in enumerate(per_slr)
        ),
    ]
