# SPDX-License-Identifier: Apache-2.0
"""Default foldings made to agree where a stream allows no width converter."""

from collections.abc import Iterable, Sequence

import msgspec

from levada.compile.layers.base import area
from levada.core.errors import GraphError
from levada.core.manifests import Folding, Lanes, Layer, Stream


def agree(layers: Sequence[Layer], streams: Iterable[Stream]) -> tuple[Layer, ...]:
    """Return the layers with the defaults at both ends of every rigid stream folded to the same lanes, the wider of the two.

    Raise GraphError where the ends have no number of lanes in common.
    """
    found = {layer.name: layer for layer in layers}
    for stream in streams:
        if stream.rigid and stream.source and stream.sink:
            source, sink = found[stream.source], found[stream.sink]
            lanes = _common(stream, source, sink)
            found[source.name] = _folded(source, stream.source_lanes, lanes)
            found[sink.name] = _folded(sink, stream.sink_lanes, lanes)
    return tuple(found[layer.name] for layer in layers)


def lanes_of(folding: Folding, lanes: Lanes) -> int | None:
    """Return how many elements pass in a beat of this folding; None where it is not the folding that says so."""
    return {Lanes.PE: folding.pe, Lanes.SIMD: folding.simd, Lanes.ONE: 1, Lanes.ALL: None}[lanes]


def _common(stream: Stream, source: Layer, sink: Layer) -> int:
    ends = ((source, stream.source_lanes), (sink, stream.sink_lanes))
    offers = [{lanes_of(folding, lanes) for folding in layer.foldings} for layer, lanes in ends]
    both = sorted(lanes for lanes in offers[0] & offers[1] if lanes is not None)
    if not both:
        msg = (
            f"stream {stream.name!r} must have the same lanes at both ends, but no folding of {source.name!r} has as many as "
            f"one of {sink.name!r}"
        )
        raise GraphError(msg)
    wanted = max(lanes_of(layer.foldings[layer.default], lanes) or 1 for layer, lanes in ends)
    return next((lanes for lanes in both if lanes >= wanted), both[-1])


def _folded(layer: Layer, which: Lanes, lanes: int) -> Layer:
    fits = [i for i, folding in enumerate(layer.foldings) if lanes_of(folding, which) == lanes]
    if layer.default in fits:
        return layer
    return msgspec.structs.replace(layer, default=min(fits, key=lambda i: area(layer.foldings[i].resources)))
