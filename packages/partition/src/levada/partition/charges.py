# SPDX-License-Identifier: Apache-2.0
"""What streams cost, counted with the layer beside which their converter and FIFO lie: the sink, or the source where there is none.

The cost depends on the folding of both ends. Where the far end leaves no choice it is exact; where it leaves one, the layer is charged the
most that any of it could cost, and the *spread* says by how much that may be too much.
"""

from collections.abc import Sequence

from levada.core.interfaces import Request
from levada.core.manifests import Folding, Record, Stream
from levada.core.resources import NAMES, Name
from levada.core.stream_costs import link
from levada.partition.beats import lanes


class Charge(Record, frozen=True, kw_only=True):
    """The most that a layer's streams cost, and how much less it could be, per resource."""

    most: tuple[int, ...]
    spread: tuple[int, ...]


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
        self._owned: dict[str, list[Stream]] = {name: [] for name in self._layers}
        for stream in request.dataflow.streams:
            beside = owner(stream)
            if beside is not None:
                self._owned[beside].append(stream)
        self._found: dict[tuple[str, int], Charge] = {}

    def of(self, layer: str, folding: int) -> Charge:
        """Return what the streams beside a layer cost where it is folded like this."""
        mine = self._layers[layer].foldings[folding]
        charges = [self._charge(stream, mine) for stream in self._owned[layer]]
        width = range(len(self._columns))
        return Charge(
            most=tuple(sum(charge.most[column] for charge in charges) for column in width),
            spread=tuple(sum(charge.spread[column] for charge in charges) for column in width),
        )

    def spread(self) -> tuple[int, ...]:
        """Return by how much the charges of all layers together may be too high."""
        spreads = [
            [self.of(layer, folding).spread for folding in foldings] for layer, foldings in self._foldings.items()
        ]
        most = [[max(column) for column in zip(*each, strict=True)] for each in spreads]
        return tuple(sum(column) for column in zip(*most, strict=True))

    def _charge(self, stream: Stream, mine: Folding) -> Charge:
        own = lanes(stream, stream.sink_lanes if stream.sink else stream.source_lanes, mine)
        if (stream.name, own) not in self._found:
            costs = [
                link(stream.element_bits, (far, own), stream.fifo.depth, stream.fifo.side)
                for far in self._far(stream, own)
            ]
            counts = [[cost.counts()[column] or 0 for column in self._columns] for cost in costs]
            most, least = ([bound(column) for column in zip(*counts, strict=True)] for bound in (max, min))
            spread = tuple(high - low for high, low in zip(most, least, strict=True))
            self._found[stream.name, own] = Charge(most=tuple(most), spread=spread)
        return self._found[stream.name, own]

    def _far(self, stream: Stream, own: int) -> list[int]:
        """Return the lanes that the source may have beside a sink of ``own``; a DMA and a rigid stream have the same."""
        if stream.source is None or stream.sink is None or stream.rigid:
            return [own]
        foldings = self._layers[stream.source].foldings
        return sorted({lanes(stream, stream.source_lanes, foldings[n]) for n in self._foldings[stream.source]})


def owner(stream: Stream) -> str | None:
    """Return the layer beside which a stream's converter and FIFO lie; None for one that joins nothing."""
    return stream.sink or stream.source
