# SPDX-License-Identifier: Apache-2.0
"""What moves for one inference: image and external weights in, intermediate results from card to card, the answer out."""

from collections.abc import Iterator

from levada.core.manifests import Plan, PlannedStream
from levada.core.manifests.common import Record


class Load(Record, frozen=True, kw_only=True):
    """Bytes of one inference on one way. ``wire_bytes``: with every header and gap, between cards alone; None to and from a host."""

    name: str
    source: str
    sink: str
    payload_bytes: int
    wire_bytes: int | None = None


def loads(plan: Plan) -> tuple[Load, ...]:
    """Return what moves where for one inference, in the order of the data."""
    return (*_inputs(plan), *_external(plan), *_between(plan), *_answers(plan))


def packed_bytes(stream: PlannedStream) -> int:
    """Return the bytes of one inference of a stream, its elements packed without gaps."""
    return -(-stream.beats * stream.source_lanes * stream.element_bits // 8)


def _inputs(plan: Plan) -> Iterator[Load]:
    card = plan.route.segments[plan.route.ingress].card
    for stream in plan.streams:
        if stream.source is None:
            yield Load(
                name=f"image into card {card}",
                source="host",
                sink=f"card {card}",
                payload_bytes=packed_bytes(stream),
            )


def _external(plan: Plan) -> Iterator[Load]:
    for layer in plan.layers:
        if layer.external_bytes:
            yield Load(
                name=f"external weights of {layer.name} into card {layer.card}",
                source="host",
                sink=f"card {layer.card}",
                payload_bytes=layer.external_bytes,
            )


def _between(plan: Plan) -> Iterator[Load]:
    """Yield one load for each pair of neighbouring segments, all streams that cross there together."""
    pairs = dict.fromkeys((cut.source_segment, cut.sink_segment) for cut in plan.cuts)
    for pair in pairs:
        cuts = [cut for cut in plan.cuts if (cut.source_segment, cut.sink_segment) == pair]
        source, sink = cuts[0].source_card, cuts[0].sink_card
        yield Load(
            name=f"card {source} → card {sink}",
            source=f"card {source}",
            sink=f"card {sink}",
            payload_bytes=sum(cut.payload_bytes for cut in cuts),
            wire_bytes=sum(cut.wire_bytes for cut in cuts),
        )


def _answers(plan: Plan) -> Iterator[Load]:
    card = plan.route.segments[plan.route.egress].card
    for stream in plan.streams:
        if stream.sink is None:
            yield Load(
                name=f"answer out of card {card}",
                source=f"card {card}",
                sink="host",
                payload_bytes=packed_bytes(stream),
            )
