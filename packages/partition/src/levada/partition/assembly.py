# SPDX-License-Identifier: Apache-2.0
"""Writes a Plan from a question and the placement found for it: streams, cuts, utilisation, rate and latency."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from levada.core.cluster import Cluster
from levada.core.clusters import digest_of
from levada.core.interfaces import Choice, Request
from levada.core.manifests import (
    Asked,
    CardUse,
    Cut,
    Folding,
    Performance,
    PlacedLayer,
    Plan,
    PlannedStream,
    Stream,
    Utilisation,
)
from levada.core.resources import Fractions, Resources, total
from levada.core.stream_costs import link
from levada.partition.beats import beats, lanes, payload_bytes, stream_bytes
from levada.partition.memory import slowest_reader
from levada.partition.planning import Planned
from levada.partition.question import Question, Settings

Placed = Mapping[str, PlacedLayer]


def assemble(question: Question, planned: Planned) -> Plan:
    """Return the plan, complete but for files and sources."""
    request, settings = planned.request, question.settings
    placed = {choice.layer: _layer(request, choice) for choice in planned.placement.choices}
    layers = tuple(placed[layer.name] for layer in request.dataflow.layers)
    streams = tuple(_stream(stream, placed) for stream in request.dataflow.streams)
    bare = _bare_cuts(request, streams, placed)
    performance = _performance(request, layers, bare)
    dataflow = question.dataflow
    return Plan(
        name=dataflow.name,
        cluster=question.cluster.name,
        cluster_digest=digest_of(question.cluster, planned.cards),
        network=question.network.name,
        clock_mhz=settings.clock_mhz,
        basis=settings.basis,
        limits=settings.limits,
        cards=_cards(question.cluster, request),
        route=request.route,
        layers=layers,
        streams=streams,
        cuts=tuple(_timed(cut, performance.images_per_s) for cut in bare),
        utilisation=tuple(_utilisation(request, layers, streams)),
        performance=performance,
        proof=msgspec.structs.replace(planned.placement.proof, ruled_out=_ruled_out(planned)),
        input=dataflow.input,
        output=dataflow.output,
        labels=dataflow.labels,
        golden_count=dataflow.golden_count,
        asked=_asked(settings),
        extensions=dataflow.extensions,
    )


# ------------------------------------------------------------------------------------------------- pieces


def _asked(settings: Settings) -> Asked:
    return Asked(
        images_per_s=settings.fps,
        slr_limits=settings.slr_limits,
        weight_stream_bits=settings.weight_stream_bits,
        streams_per_cut=settings.streams_per_cut,
        utilisation_step=settings.utilisation_step,
        may_be_unknown=settings.may_be_unknown,
        anchors=settings.anchors,
    )


def _ruled_out(planned: Planned) -> tuple[str, ...]:
    return (*planned.ruled_out, planned.why_streamed) if planned.why_streamed else planned.ruled_out


def _layer(request: Request, choice: Choice) -> PlacedLayer:
    layer = next(each for each in request.dataflow.layers if each.name == choice.layer)
    candidate = next(each for each in request.options if each.layer == choice.layer).candidates[choice.candidate]
    return PlacedLayer(
        name=layer.name,
        op=layer.op,
        node=layer.node,
        segment=choice.segment,
        card=request.route.segments[choice.segment].card,
        slr=choice.slr,
        folding=layer.foldings[candidate.folding],
        store=candidate.store,
        resources=candidate.resources,
        external_bytes=candidate.external_bytes,
    )


def _stream(stream: Stream, placed: Placed) -> PlannedStream:
    """Return a stream with its beats; where it meets the outside, the DMA is built to the width of the other end."""
    source, sink = _width(stream, stream.source, placed), _width(stream, stream.sink, placed)
    source, sink = source or sink or 1, sink or source or 1
    return PlannedStream(
        name=stream.name,
        source=stream.source,
        sink=stream.sink,
        tensor=stream.tensor,
        shape=stream.shape,
        datatype=stream.datatype,
        element_bits=stream.element_bits,
        source_lanes=source,
        sink_lanes=sink,
        beats=beats(stream, source),
        fifo=stream.fifo,
        resources=link(stream.element_bits, (source, sink), stream.fifo.depth, stream.fifo.side),
    )


def _width(stream: Stream, end: str | None, placed: Placed) -> int | None:
    if end is None:
        return None
    rule = stream.source_lanes if end == stream.source else stream.sink_lanes
    return lanes(stream, rule, placed[end].folding)


def _bare_cuts(request: Request, streams: Iterable[PlannedStream], placed: Placed) -> tuple[Cut, ...]:
    """Return the cuts in the order of the route, their rate still to be known."""
    cuts = []
    for stream, planned in zip(request.dataflow.streams, streams, strict=True):
        source, sink = placed.get(stream.source or ""), placed.get(stream.sink or "")
        if source is not None and sink is not None and source.segment != sink.segment:
            cuts.append(_cut(request, stream, planned, (source, sink)))
    return tuple(sorted(cuts, key=lambda cut: (cut.source_segment, cut.sink_segment)))


def _cut(request: Request, stream: Stream, planned: PlannedStream, ends: tuple[PlacedLayer, PlacedLayer]) -> Cut:
    source, sink = ends
    size = stream_bytes(stream, planned.source_lanes)
    return Cut(
        stream=stream.name,
        source_segment=source.segment,
        sink_segment=sink.segment,
        source_card=source.card,
        sink_card=sink.card,
        payload_bytes=payload_bytes(stream),
        stream_bytes=size,
        wire_bytes=request.network.wire_bytes(size),
        packets=request.network.packets(size),
        gbps=0.0,
    )


def _timed(cut: Cut, images_per_s: float) -> Cut:
    return msgspec.structs.replace(cut, gbps=cut.wire_bytes * 8 * images_per_s / 1e9)


def _cards(cluster: Cluster, request: Request) -> tuple[CardUse, ...]:
    return tuple(
        CardUse(
            index=budget.index,
            name=card.name,
            host=card.host,
            board=card.board,
            driver=card.driver,
            capacity=budget.capacity,
            overhead=budget.overhead,
        )
        for budget, card in zip(request.cards, cluster.cards, strict=False)
    )


def _utilisation(
    request: Request, layers: tuple[PlacedLayer, ...], streams: tuple[PlannedStream, ...]
) -> Iterator[Utilisation]:
    """Yield a row for each card, followed by its SLRs; streams count with the layer beside which they lie."""
    beside: dict[str, Resources] = {layer.name: Resources() for layer in layers}
    for stream in streams:
        if stream.beside is not None:
            beside[stream.beside] += stream.resources
    for card in request.cards:
        rows: list[tuple[int | None, Resources, Resources, Fractions]]
        rows = [(None, total(card.capacity), total(card.overhead), request.limits)]
        rows += [(slr, card.capacity[slr], card.overhead[slr], request.slr_limits) for slr in range(len(card.capacity))]
        for slr, capacity, overhead, limit in rows:
            here = [layer for layer in layers if layer.card == card.index and slr in (None, layer.slr)]
            mine = [layer.resources + beside[layer.name] for layer in here]
            used = total([overhead, *mine])
            yield Utilisation(card=card.index, slr=slr, used=used, capacity=capacity, limit=limit)


# -------------------------------------------------------------------------------------------- performance


def _performance(request: Request, layers: tuple[PlacedLayer, ...], cuts: tuple[Cut, ...]) -> Performance:
    """Return rate and latency: the rate of the slowest layer, or of the busiest line or the slowest weights from outside where that is less."""
    slowest = max(layers, key=lambda layer: layer.folding.cycles)
    by_layers = request.clock_mhz * 1e6 / slowest.folding.cycles
    busiest = _busiest(cuts)
    limits = [(by_layers, slowest.name)]
    if busiest:
        by_line = request.network.line_gbps * 1e9 / (8 * sum(cut.wire_bytes for cut in busiest))
        limits.append((by_line, max(busiest, key=lambda cut: cut.wire_bytes).stream))
    reader = slowest_reader(layers, [card.board for card in request.cards])
    limits += [reader] if reader is not None else []
    images_per_s, limited_by = min(limits, key=lambda limit: limit[0])
    return Performance(
        cycles=slowest.folding.cycles,
        images_per_s=images_per_s,
        latency_ms=latency_ms(request, {layer.name: layer.folding for layer in layers}, cuts),
        limited_by=limited_by,
    )


def _busiest(cuts: tuple[Cut, ...]) -> list[Cut]:
    """Return the cuts that leave or enter one card, of the card and direction with the most bytes."""
    directions = [[cut for cut in cuts if cut.source_card == card] for card in {cut.source_card for cut in cuts}]
    directions += [[cut for cut in cuts if cut.sink_card == card] for card in {cut.sink_card for cut in cuts}]
    return max(directions, key=lambda group: sum(cut.wire_bytes for cut in group), default=[])


def latency_ms(request: Request, foldings: Mapping[str, Folding], cuts: Iterable[Cut]) -> float:
    """Return an upper estimate of one image's latency on an idle cluster.

    Along the slowest path every layer is taken to wait for its whole input, and every cut for its whole frame, which then
    takes the network's hop and its bytes at line rate. A pipeline that streams is faster; none is slower.
    """
    hop = {
        cut.stream: request.network.hop_latency_us + cut.wire_bytes * 8 / (request.network.line_gbps * 1e3)
        for cut in cuts
    }
    done: dict[str | None, float] = {None: 0.0}
    for layer in request.dataflow.layers:
        arriving = [stream for stream in request.dataflow.streams if stream.sink == layer.name]
        start = max((done[stream.source] + hop.get(stream.name, 0.0) for stream in arriving), default=0.0)
        done[layer.name] = start + foldings[layer.name].cycles / request.clock_mhz
    return max(done.values()) / 1e3
