# SPDX-License-Identifier: Apache-2.0
"""Rules on where layers lie: on the route, forward along it, and where it says that input, output and weights lie."""

from collections.abc import Iterator

from levada.core.errors import LevadaError
from levada.partition.rules.case import Case


def route(case: Case) -> Iterator[str]:
    """Find where the route is not the topology's way through the plan's cards."""
    mine, cards, topology = case.plan.route, len(case.plan.cards), case.ground.topology
    indices = {card.index for card in case.plan.cards}
    yield from (f"the route visits card {s.card}, which is not there" for s in mine.segments if s.card not in indices)
    if mine.topology != topology.name:
        yield f"the route is called a {mine.topology!r}, the topology {topology.name!r}"
    try:
        theirs = topology.route(case.ground.boards[:cards])
    except LevadaError as error:
        yield f"topology {topology.name!r} has no route over these cards: {error}"
        return
    if (mine.segments, mine.ingress, mine.egress) != (theirs.segments, theirs.ingress, theirs.egress):
        yield f"the route is not that of topology {topology.name!r} over {cards} cards"
    for anchor in theirs.anchors:
        if anchor not in mine.anchors:
            yield f"the route has lost the anchor of the {anchor.role} in segment {anchor.segment}"


def places(case: Case) -> Iterator[str]:
    """Find layers that lie beside the route."""
    segments = case.plan.route.segments
    for layer in case.plan.layers:
        if not 0 <= layer.segment < len(segments):
            yield f"layer {layer.name!r} lies in segment {layer.segment} of {len(segments)}"
        elif segments[layer.segment].card != layer.card or layer.slr not in segments[layer.segment].slrs:
            yield f"layer {layer.name!r} lies on card {layer.card}, SLR {layer.slr}, which segment {layer.segment} does not visit"


def forward(case: Case) -> Iterator[str]:
    """Find streams that run back."""
    for stream, source, sink in case.inner:
        if source.segment > sink.segment:
            yield f"stream {stream.name!r} runs back from segment {source.segment} to {sink.segment}"


def along_slrs(case: Case) -> Iterator[str]:
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


def parts(case: Case) -> Iterator[str]:
    """Find streams that are cut though they cannot be, or join two parts of one card."""
    for stream, source, sink in case.inner:
        apart = source.segment != sink.segment
        if apart and not stream.cuttable:
            yield f"stream {stream.name!r} cannot be cut, but runs from segment {source.segment} to {sink.segment}"
        if apart and source.card == sink.card:
            yield f"stream {stream.name!r} joins two parts of card {source.card}"


def anchors(case: Case) -> Iterator[str]:
    """Find layers that do not lie in the segment in which the route wants them."""
    way = case.plan.route
    wanted = [("input", way.ingress), ("output", way.egress), *((a.role, a.segment) for a in way.anchors)]
    ends = [("input", stream.sink) for stream in case.dataflow.streams if stream.source is None]
    ends += [("output", stream.source) for stream in case.dataflow.streams if stream.sink is None]
    ends += [("external", layer.name) for layer in case.plan.layers if layer.external_bytes]
    for role, segment in wanted:
        for layer in (case.placed(name) for end, name in ends if end == role):
            if layer is not None and layer.segment != segment:
                yield f"the {role}'s layer {layer.name!r} lies in segment {layer.segment}, not in {segment}"


def asked_for(case: Case) -> Iterator[str]:
    """Find layers that do not lie on the card, or in the SLR of it, on which the user wanted them."""
    for wish in case.plan.asked.anchors:
        layer = case.placed(wish.layer)
        if layer is None:
            yield f"layer {wish.layer!r}, which was to lie on card {wish.card}, is not placed"
        elif layer.card != wish.card:
            yield f"layer {wish.layer!r} lies on card {layer.card}, but was to lie on card {wish.card}"
        elif wish.slr is not None and layer.slr != wish.slr:
            yield f"layer {wish.layer!r} lies in SLR {layer.slr} of card {layer.card}, but was to lie in SLR {wish.slr}"


def per_cut(case: Case) -> Iterator[str]:
    """Find where more streams run from the cards before a cut to those behind it than were asked for."""
    most = case.plan.asked.streams_per_cut
    for boundary in range(len(case.plan.route.segments) - 1):
        past = [stream.name for stream, a, b in case.inner if a.segment <= boundary < b.segment]
        if most is not None and len(past) > most:
            yield f"{len(past)} streams run from segment {boundary} or before it to one behind it, at most {most} were asked for"
