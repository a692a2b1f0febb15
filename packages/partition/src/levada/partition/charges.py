# SPDX-License-Identifier: Apache-2.0
"""What streams cost, counted with the layer beside which their converter and FIFO lie (``Stream.beside``).

A stream to or from the outside depends on its one layer's folding and is counted with it. One between layers depends on the lanes
at both ends, even its FIFO: that lies beside the sink, but may hold beats of the source. It is told by the lanes of both.
"""

from collections.abc import Sequence

from levada.core.interfaces import Request
from levada.core.manifests import Lanes, Stream
from levada.core.resources import NAMES, Name
from levada.core.stream_costs import link
from levada.partition.beats import lanes
from levada.partition.problem import Links


class Charges:
    """The streams of a request, and the foldings that may be taken at their ends."""

    def __init__(self, request: Request, kept: Sequence[Sequence[int]], names: tuple[Name, ...]) -> None:
        """Count ``names``; ``kept`` gives, per layer, the candidates that may be taken."""
        self._columns = tuple(NAMES.index(name) for name in names)
        self._layers = {layer.name: layer for layer in request.dataflow.layers}
        self._foldings = {
            options.layer: sorted({options.candidates[number].folding for number in numbers})
            for options, numbers in zip(request.options, kept, strict=True)
        }
        self._outer: dict[str, list[Stream]] = {name: [] for name in self._layers}
        for stream in request.dataflow.streams:
            if stream.beside is not None and None in (stream.source, stream.sink):
                self._outer[stream.beside].append(stream)
        self._found: dict[tuple[int, int, int, int, str], tuple[int, ...]] = {}

    def outer(self, layer: str, folding: int) -> tuple[int, ...]:
        """Return what a layer's streams from and to the outside cost where it is folded like this; a DMA has the same lanes."""
        mine = self._layers[layer].foldings[folding]
        widths = [(s, lanes(s, s.sink_lanes if s.sink else s.source_lanes, mine)) for s in self._outer[layer]]
        costs = [self._cost(stream, (width, width)) for stream, width in widths]
        return tuple(sum(cost[column] for cost in costs) for column in range(len(self._columns)))

    def between(self, stream: Stream) -> Links:
        """Return what a stream between two layers costs, by the lanes that its ends may have; those of a rigid one are the same."""
        sources = self._lanes(stream, stream.source or "", stream.source_lanes)
        sinks = self._lanes(stream, stream.sink or "", stream.sink_lanes)
        return {(a, b): self._cost(stream, (b if stream.rigid else a, b)) for a in sources for b in sinks}

    def _lanes(self, stream: Stream, end: str, rule: Lanes) -> list[int]:
        foldings = self._layers[end].foldings
        return sorted({lanes(stream, rule, foldings[number]) for number in self._foldings[end]})

    def _cost(self, stream: Stream, widths: tuple[int, int]) -> tuple[int, ...]:
        key = (stream.element_bits, *widths, stream.fifo.depth, stream.fifo.side)
        if key not in self._found:
            counts = link(stream.element_bits, widths, stream.fifo.depth, stream.fifo.side).counts()
            self._found[key] = tuple(counts[column] or 0 for column in self._columns)
        return self._found[key]
