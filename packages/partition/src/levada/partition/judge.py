# SPDX-License-Identifier: Apache-2.0
"""The judge: says of a finished plan whether it obeys every rule, from the plan, its dataflow, its cluster and the network's figures.

It shares no code with what made the plan but core's figures of a stream's converter and FIFO. Every count is done again, in the plainest way: packets one by one, utilisation from the
placed layers, positions along the route greedily.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.clusters import digest_of
from levada.core.manifests import (
    Check,
    Cut,
    Dataflow,
    Lanes,
    Layer,
    PlacedLayer,
    Plan,
    PlannedStream,
    Record,
    Stream,
    Utilisation,
    Verdict,
)
from levada.core.networks import NetworkModel
from levada.core.resources import NAMES, Resources
from levada.core.stream_costs import link

CHECKER = "levada.partition.judge"
SLACK = 1e-6
"""Relative difference of rates that counts as rounding."""


class Case(Record, frozen=True, kw_only=True, dict=True):
    """What is judged, and what it is judged by. ``boards`` are those of the cluster's cards, in order."""

    plan: Plan
    dataflow: Dataflow
    cluster: Cluster
    network: NetworkModel
    boards: tuple[Board, ...]

    @cached_property
    def by_name(self) -> dict[str, PlacedLayer]:
        """Return each placed layer by its name, the first where several have it."""
        return {layer.name: layer for layer in reversed(self.plan.layers)}

    def placed(self, name: str | None) -> PlacedLayer | None:
        """Return the placed layer of this name, None where there is none."""
        return self.by_name.get(name or "")

    @cached_property
    def inner(self) -> tuple[tuple[Stream, PlacedLayer, PlacedLayer], ...]:
        """Return every stream between two layers, with both of them placed."""
        ends = ((stream, self.placed(stream.source), self.placed(stream.sink)) for stream in self.dataflow.streams)
        return tuple((stream, source, sink) for stream, source, sink in ends if source is not None and sink is not None)


def judge(plan: Plan, dataflow: Dataflow, cluster: Cluster, network: NetworkModel, boards: Sequence[Board]) -> Verdict:
    """Return the verdict on ``plan``, one check for each rule; ``boards`` are those of the cluster's cards, in order."""
    case = Case(plan=plan, dataflow=dataflow, cluster=cluster, network=network, boards=tuple(boards))
    checks = []
    for rule, find in RULES.items():
        faults = list(find(case))
        checks.append(Check(rule=rule, passed=not faults, detail="; ".join(faults[:3]) or "holds"))
    return Verdict(checker=CHECKER, checks=tuple(checks))


# ------------------------------------------------------------------------------------------------- places


def _layers(case: Case) -> Iterator[str]:
    names = [layer.name for layer in case.plan.layers]
    wanted = {layer.name: layer for layer in case.dataflow.layers}
    yield from (f"layer {name!r} is placed {names.count(name)} times" for name in wanted if names.count(name) != 1)
    yield from (f"layer {name!r} is not in the dataflow" for name in names if name not in wanted)
    for layer in case.plan.layers:
        original = wanted.get(layer.name)
        if original is not None and (layer.op, layer.node) != (original.op, original.node):
            yield f"layer {layer.name!r} is called a {layer.op} {layer.node!r}"


def _foldings(case: Case) -> Iterator[str]:
    originals = {layer.name: layer for layer in case.dataflow.layers}
    for layer in case.plan.layers:
        if layer.name in originals:
            yield from _folding_faults(layer, originals[layer.name])


def _folding_faults(layer: PlacedLayer, original: Layer) -> Iterator[str]:
    if layer.folding not in original.foldings:
        yield f"layer {layer.name!r} has a folding that its layer does not offer"
    if (layer.store == "none") != (layer.folding.weights is None):
        yield f"layer {layer.name!r} has store {layer.store!r}, which does not go with its weights"
    for name in NAMES:
        alone, whole = layer.folding.resources.get(name), layer.resources.get(name)
        if (alone is None and whole is not None) or (alone is not None and whole is not None and whole < alone):
            yield f"layer {layer.name!r} counts {whole} {name}, its folding alone {alone}"


def _places(case: Case) -> Iterator[str]:
    segments = case.plan.route.segments
    for layer in case.plan.layers:
        if not 0 <= layer.segment < len(segments):
            yield f"layer {layer.name!r} lies in segment {layer.segment} of {len(segments)}"
        elif segments[layer.segment].card != layer.card or layer.slr not in segments[layer.segment].slrs:
            yield f"layer {layer.name!r} lies on card {layer.card}, SLR {layer.slr}, which segment {layer.segment} does not visit"


def _forward(case: Case) -> Iterator[str]:
    for stream, source, sink in case.inner:
        if source.segment > sink.segment:
            yield f"stream {stream.name!r} runs back from segment {source.segment} to {sink.segment}"


def _along_slrs(case: Case) -> Iterator[str]:
    """Walk each segment's SLRs with its layers in topological order: every layer as early as its predecessors let it."""
    segments = case.plan.route.segments
    stops: dict[str, int] = {}
    for original in case.dataflow.layers:
        layer = case.placed(original.name)
        if layer is None or not 0 <= layer.segment < len(segments):
            continue
        before = [
            stops[source.name]
            for _, source, sink in case.inner
            if sink is layer and source.segment == layer.segment and source.name in stops
        ]
        walk = segments[layer.segment].slrs
        ahead = [stop for stop in range(max(before, default=0), len(walk)) if walk[stop] == layer.slr]
        if not ahead:
            yield f"layer {layer.name!r} lies in SLR {layer.slr}, which the walk {walk} has passed when its inputs come"
        stops[layer.name] = ahead[0] if ahead else 0


def _parts(case: Case) -> Iterator[str]:
    for stream, source, sink in case.inner:
        apart = source.segment != sink.segment
        if apart and not stream.cuttable:
            yield f"stream {stream.name!r} cannot be cut, but runs from segment {source.segment} to {sink.segment}"
        if apart and source.card == sink.card:
            yield f"stream {stream.name!r} joins two parts of card {source.card}"


def _anchors(case: Case) -> Iterator[str]:
    route = case.plan.route
    rules = [("input", route.ingress), ("output", route.egress), *((a.role, a.segment) for a in route.anchors)]
    ends = [("input", stream.sink) for stream in case.dataflow.streams if stream.source is None]
    ends += [("output", stream.source) for stream in case.dataflow.streams if stream.sink is None]
    ends += [("external", layer.name) for layer in case.plan.layers if layer.external_bytes]
    for role, segment in rules:
        for layer in (case.placed(name) for end, name in ends if end == role):
            if layer is not None and layer.segment != segment:
                yield f"the {role}'s layer {layer.name!r} lies in segment {layer.segment}, not in {segment}"


# -------------------------------------------------------------------------------------------------- cards


def _cards(case: Case) -> Iterator[str]:
    plan, cluster = case.plan, case.cluster
    for position, card in enumerate(plan.cards):
        there = cluster.cards[position] if position < len(cluster.cards) else None
        if there is None or card.index != position + 1:
            yield f"card {card.index} {card.name!r} is not card {position + 1} of the cluster"
        elif (card.name, card.host, card.board, card.driver) != (there.name, there.host, there.board, there.driver):
            yield f"card {card.index} {card.name!r} is not as the cluster says: {there.name!r} in {there.host!r}"
        if not any(layer.card == card.index for layer in plan.layers):
            yield f"card {card.index} {card.name!r} holds no layer"
    indices = {card.index for card in plan.cards}
    yield from (
        f"the route visits card {s.card}, which is not there" for s in plan.route.segments if s.card not in indices
    )


def _cluster(case: Case) -> Iterator[str]:
    if case.plan.cluster != case.cluster.name:
        yield f"the plan is for cluster {case.plan.cluster!r}, not {case.cluster.name!r}"
    if case.plan.cluster_digest != digest_of(case.cluster, len(case.plan.cards)):
        yield "the plan's digest is not that of the cluster"
    if case.plan.network != case.network.name:
        yield f"the plan's network is {case.plan.network!r}, not {case.network.name!r}"


def _utilisation(case: Case) -> Iterator[str]:
    for card in case.plan.cards:
        slrs = range(len(card.capacity))
        yield from _use_faults(case, card.index, None, _sum(card.capacity), _sum(card.overhead))
        for slr in slrs:
            yield from _use_faults(case, card.index, slr, card.capacity[slr], card.overhead[slr])
        network = case.network.overhead if len(case.plan.cards) > 1 else Resources()
        if any(_less(_sum(card.overhead).get(name), network.get(name)) for name in NAMES):
            yield f"card {card.index} counts {_sum(card.overhead)} for shell and network, the network alone takes {network}"


def _use_faults(case: Case, card: int, slr: int | None, capacity: Resources, overhead: Resources) -> Iterator[str]:
    where = f"card {card}" if slr is None else f"SLR {slr} of card {card}"
    rows = [use for use in case.plan.utilisation if (use.card, use.slr) == (card, slr)]
    if len(rows) != 1:
        yield f"{where} has {len(rows)} rows of utilisation"
        return
    layers = [layer for layer in case.plan.layers if layer.card == card and slr in (None, layer.slr)]
    names = {layer.name for layer in layers}
    streams = [stream for stream in case.plan.streams if (stream.sink or stream.source) in names]
    used = _sum([overhead, *(layer.resources for layer in layers), *(stream.resources for stream in streams)])
    if rows[0].used != used:
        yield f"{where} is said to use {rows[0].used}, its layers, streams and overhead take {used}"
    if rows[0].capacity != capacity:
        yield f"{where} is said to hold {rows[0].capacity}, the card {capacity}"
    if slr is None and rows[0].limit != case.plan.limits:
        yield f"{where} has other limits than the plan"
    yield from _overfull(where, rows[0], used, capacity)


def _overfull(where: str, row: Utilisation, used: Resources, capacity: Resources) -> Iterator[str]:
    for name in NAMES:
        mine, has = used.get(name), capacity.get(name)
        if mine is not None and has is not None and mine > row.limit.get(name) * has * (1 + SLACK):
            yield f"{where} uses {mine} {name} of {has}, over its limit of {row.limit.get(name):.0%}"


def _less(mine: int | None, theirs: int | None) -> bool:
    return mine is not None and theirs is not None and mine < theirs


def _sum(parts: Iterable[Resources]) -> Resources:
    columns = list(zip(*(tuple(part.get(name) for name in NAMES) for part in parts), strict=True))
    return Resources(*(None if None in column else sum(count or 0 for count in column) for column in columns))


# ---------------------------------------------------------------------------------------- streams and cuts


def _streams(case: Case) -> Iterator[str]:
    planned = {stream.name: stream for stream in case.plan.streams}
    if [stream.name for stream in case.plan.streams] != [stream.name for stream in case.dataflow.streams]:
        yield "the plan's streams are not those of the dataflow, in order"
    for stream in case.dataflow.streams:
        if stream.name in planned:
            yield from _stream_faults(case, stream, planned[stream.name])


def _stream_faults(case: Case, stream: Stream, planned: PlannedStream) -> Iterator[str]:
    fields = ("source", "sink", "tensor", "shape", "datatype", "element_bits", "fifo")
    for field in fields:
        if getattr(stream, field) != getattr(planned, field):
            yield f"stream {stream.name!r} has another {field} than the dataflow's"
    for end, width, rule in (
        (stream.source, planned.source_lanes, stream.source_lanes),
        (stream.sink, planned.sink_lanes, stream.sink_lanes),
    ):
        layer = case.placed(end)
        if layer is not None and width != _lanes(layer, rule, stream.shape[-1]):
            yield f"stream {stream.name!r} passes {width} elements a beat at {end!r}, whose folding says otherwise"
    if stream.rigid and planned.source_lanes != planned.sink_lanes:
        yield f"stream {stream.name!r} is rigid, but has {planned.source_lanes} lanes at its source, {planned.sink_lanes} at its sink"
    cost = link(stream.element_bits, (planned.source_lanes, planned.sink_lanes), stream.fifo.depth, stream.fifo.side)
    if planned.resources != cost:
        yield f"stream {stream.name!r} counts {planned.resources} for converter and FIFO, they take {cost}"
    elements = 1
    for size in stream.shape:
        elements *= size
    if planned.beats * planned.source_lanes != elements:
        yield f"stream {stream.name!r} has {planned.beats} beats of {planned.source_lanes} for {elements} elements"


def _lanes(layer: PlacedLayer, rule: Lanes, innermost: int) -> int:
    return {Lanes.PE: layer.folding.pe, Lanes.SIMD: layer.folding.simd, Lanes.ONE: 1, Lanes.ALL: innermost}[rule]


def _cuts(case: Case) -> Iterator[str]:
    crossing = {stream.name: (stream, a, b) for stream, a, b in case.inner if a.card != b.card}
    named = [cut.stream for cut in case.plan.cuts]
    yield from (f"stream {name!r} leaves its card but is no cut" for name in crossing if name not in named)
    yield from (f"cut {name!r} is named {named.count(name)} times" for name in set(named) if named.count(name) > 1)
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
    elements = stream.payload_bits // stream.element_bits
    bytes_per_beat = (width * stream.element_bits + 7) // 8
    packets = _packets(elements // width * bytes_per_beat, case.network)
    expected = (
        (stream.payload_bits + 7) // 8,
        elements // width * bytes_per_beat,
        sum(size + case.network.wire_overhead_bytes for size in packets),
        len(packets),
    )
    said = (cut.payload_bytes, cut.stream_bytes, cut.wire_bytes, cut.packets)
    if said != expected:
        yield f"cut {cut.stream!r}: payload, stream, wire bytes and packets are {expected}, the plan says {said}"
    gbps = expected[2] * 8 * case.plan.performance.images_per_s / 1e9
    if abs(cut.gbps - gbps) > SLACK * max(gbps, 1e-12):
        yield f"cut {cut.stream!r} carries {gbps} Gb/s, the plan says {cut.gbps}"


def _packets(stream_bytes: int, network: NetworkModel) -> list[int]:
    """Send one inference packet by packet: each with its header, in whole 64-byte flits, never under the minimum."""
    left = stream_bytes
    sizes: list[int] = []
    while left > 0 or not sizes:
        body = min(left, network.payload_bytes - network.header_bytes)
        flits = (network.header_bytes + body + 63) // 64
        sizes.append(max(64 * flits, network.minimum_bytes))
        left -= body
    return sizes


# ----------------------------------------------------------------------------------------------- figures


def _network(case: Case) -> Iterator[str]:
    for card in case.plan.cards:
        mine = [cut for cut in case.plan.cuts if card.index in (cut.source_card, cut.sink_card)]
        if len(mine) > case.network.max_streams:
            yield f"{len(mine)} streams enter and leave card {card.index}, {case.network.max_streams} can"
    for gbps, card_index, word in _loads(case.plan):
        if gbps > case.network.line_gbps * (1 + SLACK):
            yield f"{gbps:.3f} Gb/s {word} card {card_index}, the line carries {case.network.line_gbps:g}"


def _loads(plan: Plan) -> Iterator[tuple[float, int, str]]:
    for card in plan.cards:
        yield sum(cut.gbps for cut in plan.cuts if cut.source_card == card.index), card.index, "leave"
        yield sum(cut.gbps for cut in plan.cuts if cut.sink_card == card.index), card.index, "enter"


def _rate(case: Case) -> Iterator[str]:
    speed = case.plan.performance
    slowest = max((layer.folding.cycles for layer in case.plan.layers), default=0)
    if speed.cycles != slowest:
        yield f"the slowest layer takes {slowest} cycles, the plan says {speed.cycles}"
        return
    by_layers = case.plan.clock_mhz * 1e6 / slowest
    busiest = max((gbps for gbps, _, _ in _loads(case.plan)), default=0.0)
    by_links = speed.images_per_s * case.network.line_gbps / busiest if busiest else by_layers
    if abs(speed.images_per_s - min(by_layers, by_links)) > SLACK * by_layers:
        yield f"layers allow {by_layers} images/s and links {by_links}, the plan says {speed.images_per_s}"
    names = {layer.name for layer in case.plan.layers if layer.folding.cycles == slowest}
    limiting = names if by_layers <= by_links else {cut.stream for cut in case.plan.cuts}
    if speed.limited_by not in limiting:
        yield f"the rate is said to be limited by {speed.limited_by!r}, which is not the slowest"


def _proof(case: Case) -> Iterator[str]:
    proof = case.plan.proof
    for objective in proof.objectives:
        if objective.bound > objective.value * (1 + SLACK) + SLACK:
            yield f"objective {objective.name!r} came to {objective.value}, under its bound {objective.bound}"
    values = {objective.name: objective.value for objective in proof.objectives}
    wire = sum(cut.wire_bytes for cut in case.plan.cuts)
    if values.get("network_bytes", wire) != wire:
        yield f"the proof speaks of {values['network_bytes']} network bytes, the cuts carry {wire}"
    if values.get("largest_utilisation", 1.0) < _largest(case.plan) - SLACK:
        yield f"the proof speaks of a utilisation of {values['largest_utilisation']}, a card has {_largest(case.plan)}"
    met = all(objective.value <= objective.bound * (1 + SLACK) + SLACK for objective in proof.objectives)
    if (proof.status == "optimal") != met or (proof.gap > SLACK) == met:
        yield f"the proof is called {proof.status} with a gap of {proof.gap}, its bounds say otherwise"


def _crossings(case: Case) -> Iterator[str]:
    """Count the SLR boundaries on the way of every stream: between its ends, or from each end to the QSFPs, or to the nearest memory."""
    said = [each.value for each in case.plan.proof.objectives if each.name == "slr_crossings"]
    if not all(1 <= layer.card <= len(case.boards) for layer in case.plan.layers):
        yield "layers lie on cards of which no board is known"
        return
    crossed = 0
    for stream in case.dataflow.streams:
        source, sink = case.placed(stream.source), case.placed(stream.sink)
        if source is not None and sink is not None and source.card == sink.card:
            crossed += abs(source.slr - sink.slr)
        elif source is not None and sink is not None:
            crossed += sum(_way(end.slr, _board(case, end).qsfp_slrs[:1]) for end in (source, sink))
        else:
            ends = [end for end in (source, sink) if end is not None]
            crossed += sum(_way(end.slr, [m.slr for m in _board(case, end).memories] or [0]) for end in ends)
    if said and said[0] != crossed:
        yield f"the proof speaks of {said[0]:g} SLR crossings, the streams cross {crossed}"


def _board(case: Case, layer: PlacedLayer) -> Board:
    return case.boards[layer.card - 1]


def _way(slr: int, stops: Sequence[int]) -> int:
    return min((abs(slr - stop) for stop in stops), default=slr)


def _largest(plan: Plan) -> float:
    return max(
        (
            (use.used.get(name) or 0) / (use.capacity.get(name) or float("inf"))
            for use in plan.utilisation
            if use.slr is None
            for name in NAMES
        ),
        default=0.0,
    )


RULES: dict[str, Callable[[Case], Iterator[str]]] = {
    "every layer is placed once": _layers,
    "foldings and stores are the layers' own": _foldings,
    "places lie on the route": _places,
    "streams run forward": _forward,
    "layers follow their segment's SLRs": _along_slrs,
    "parts are joined by streams that can be cut": _parts,
    "input, output and external weights lie where the route says": _anchors,
    "every card is the cluster's and holds a layer": _cards,
    "the cluster is the plan's": _cluster,
    "every limit is kept": _utilisation,
    "streams and beats are the dataflow's": _streams,
    "cuts are complete and their bytes right": _cuts,
    "the network carries them": _network,
    "rate and bottleneck are right": _rate,
    "the proof speaks of this plan": _proof,
    "SLR crossings are as many as the proof says": _crossings,
}
