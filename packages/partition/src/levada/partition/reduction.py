# SPDX-License-Identifier: Apache-2.0
"""Reduces a partitioner's request to the numbers of a :class:`~levada.partition.problem.Problem`."""

from fractions import Fraction
from math import floor

import msgspec

from levada.core.errors import InfeasibleError
from levada.core.interfaces import CardBudget, LayerOptions, Request
from levada.core.manifests import Layer, Route, Stream
from levada.core.networks import NetworkModel
from levada.core.resources import Fractions, Name, Resources, total
from levada.partition.beats import lanes, wire_bytes_by_candidate
from levada.partition.charges import Charges
from levada.partition.feeding import fed
from levada.partition.problem import Edge, Links, Problem, Task
from levada.partition.rooms import CardRoom, Place, Room
from levada.partition.unknowns import limited, usable
from levada.partition.variants import Variant


def reduce(request: Request) -> Problem:
    """Return the problem of ``request``.

    Raise UnknownCostError where a count that nobody estimates could decide, InfeasibleError where no foldings go together.
    """
    names = limited(request)
    kept = usable(request, names)
    wiring = _Wiring(request)
    charges = Charges(request, kept, names)
    tasks = tuple(
        _anchored(_task(options, keep, names, wiring, charges), request)
        for options, keep in zip(request.options, kept, strict=True)
    )
    index = {task.name: number for number, task in enumerate(tasks)}
    streams = request.dataflow.streams
    edges = tuple(wiring.edge(stream, index, charges.between(stream)) for stream in wiring.inner)
    _check_lanes(tasks, edges)
    problem = Problem(
        names=names,
        tasks=tasks,
        edges=edges,
        inputs=tuple(index[s.sink] for s in streams if s.source is None and s.sink is not None),
        outputs=tuple(index[s.source] for s in streams if s.sink is None and s.source is not None),
        route=request.route,
        places=_places(request.route),
        cards=tuple(_card(card, names, request) for card in request.cards),
        streams_per_cut=request.streams_per_cut,
    )
    return fed(problem, request).settled()


def room(capacity: Resources, overhead: Resources, limits: Fractions, names: tuple[Name, ...]) -> Room:
    """Return the room of a card or SLR under ``limits``; a limit of 80 % of 3 504 allows 2 803."""
    counts = tuple(capacity.get(name) for name in names)
    return Room(
        capacity=counts,
        overhead=tuple(overhead.get(name) or 0 for name in names),
        allowed=tuple(
            None if count is None else floor(share(limits.get(name)) * count)
            for name, count in zip(names, counts, strict=True)
        ),
    )


def share(fraction: float) -> Fraction:
    """Return a fraction as it was written: 0.8 is 4/5, not the nearest binary number."""
    return Fraction(str(fraction))


class _Wiring:
    """The streams between layers, and which of them leave and touch each layer."""

    def __init__(self, request: Request) -> None:
        self.network: NetworkModel = request.network
        self.layers: dict[str, Layer] = {layer.name: layer for layer in request.dataflow.layers}
        self.inner = [s for s in request.dataflow.streams if s.source is not None and s.sink is not None]
        self.leaving: dict[str, list[Stream]] = {name: [] for name in self.layers}
        self.touching: dict[str, list[Stream]] = {name: [] for name in self.layers}
        for stream in self.inner:
            self.leaving[stream.source or ""].append(stream)
            for end in (stream.source, stream.sink):
                self.touching[end or ""].append(stream)

    def wires(self, options: LayerOptions) -> list[tuple[int, ...]]:
        """Return, per candidate, the wire bytes of each stream that leaves; 0 for one that cannot be cut."""
        nothing = (0,) * len(options.candidates)
        columns = [
            wire_bytes_by_candidate(stream, self.layers[options.layer], options.candidates, self.network)
            if stream.cuttable
            else nothing
            for stream in self.leaving[options.layer]
        ]
        return [tuple(column[number] for column in columns) for number in range(len(options.candidates))]

    def ends(self, layer: str, folding: int) -> tuple[int, ...]:
        """Return a folding's lanes at each stream that the layer touches."""
        return tuple(
            lanes(
                stream,
                stream.source_lanes if stream.source == layer else stream.sink_lanes,
                self.layers[layer].foldings[folding],
            )
            for stream in self.touching[layer]
        )

    def edge(self, stream: Stream, index: dict[str, int], links: Links | None) -> Edge:
        """Return a stream between two layers as an edge."""
        source, sink = stream.source or "", stream.sink or ""
        return Edge(
            name=stream.name,
            source=index[source],
            sink=index[sink],
            cuttable=stream.cuttable,
            port=self.leaving[source].index(stream),
            ends=(self.touching[source].index(stream), self.touching[sink].index(stream)),
            rigid=stream.rigid,
            links=links,
        )


def _task(
    options: LayerOptions, keep: tuple[int, ...], names: tuple[Name, ...], wiring: _Wiring, charges: Charges
) -> Task:
    wires = wiring.wires(options)
    foldings = {options.candidates[number].folding for number in keep}
    ends = {number: wiring.ends(options.layer, number) for number in foldings}
    streams = {number: charges.outer(options.layer, number) for number in foldings}
    variants = tuple(
        Variant(
            candidate=number,
            cycles=candidate.cycles,
            counts=tuple(
                (candidate.resources.get(name) or 0) + beside
                for name, beside in zip(names, streams[candidate.folding], strict=True)
            ),
            wire_bytes=wires[number],
            external_bytes=candidate.external_bytes,
            ends=ends[candidate.folding],
        )
        for number, candidate in ((number, options.candidates[number]) for number in keep)
    )
    return Task(name=options.layer, variants=variants)


def _anchored(task: Task, request: Request) -> Task:
    return msgspec.structs.replace(task, anchors=tuple(each for each in request.anchors if each.layer == task.name))


def _check_lanes(tasks: tuple[Task, ...], edges: tuple[Edge, ...]) -> None:
    for edge in (edge for edge in edges if edge.rigid):
        source = {variant.ends[edge.ends[0]] for variant in tasks[edge.source].variants}
        sink = {variant.ends[edge.ends[1]] for variant in tasks[edge.sink].variants}
        if not source & sink:
            msg = (
                f"stream {edge.name!r} needs as many lanes at its source as at its sink (its order depends on them), but the foldings "
                f"that may be taken give {sorted(source)} and {sorted(sink)}; allow both layers a folding with the same"
            )
            raise InfeasibleError(msg)


def _places(route: Route) -> tuple[Place, ...]:
    return tuple(
        Place(segment=number, card=segment.card, slr=slr)
        for number, segment in enumerate(route.segments)
        for slr in segment.slrs
    )


def _card(card: CardBudget, names: tuple[Name, ...], request: Request) -> CardRoom:
    board = card.board
    return CardRoom(
        name=card.name,
        whole=room(total(card.capacity), total(card.overhead), request.limits, names),
        slrs=tuple(
            room(capacity, overhead, request.slr_limits, names)
            for capacity, overhead in zip(card.capacity, card.overhead, strict=True)
        ),
        network_slr=next(iter(board.qsfp_slrs), 0),
        dma_slrs=tuple(sorted({memory.slr for memory in board.memories})) or (0,),
    )
