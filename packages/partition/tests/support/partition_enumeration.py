# SPDX-License-Identifier: Apache-2.0
"""Every placement of a small request, found and valued without the solver and without its code."""

from fractions import Fraction
from math import prod

from levada.core.stream_costs import link


def spots_of(request):
    """Yield every placement that obeys the route: layer → (segment, position in its walk, candidate)."""
    stops = [(s, p) for s, segment in enumerate(request.route.segments) for p in range(len(segment.slrs))]
    yield from _extended(request, stops, {}, list(request.options))


def _extended(request, stops, spots, left):
    if not left:
        yield dict(spots)
        return
    name = left[0].layer
    before = [spots[s.source][:2] for s in request.dataflow.streams if s.sink == name and s.source]
    for stop in stops:
        if all(stop >= earlier for earlier in before):
            for number in range(len(left[0].candidates)):
                yield from _extended(request, stops, {**spots, name: (*stop, number)}, left[1:])


def worth(request, spots):
    """Return (cycles, utilisation, wire bytes, crossings) of a placement, or None where it breaks a rule."""
    if not _allowed(request, spots) or not _roomy(request, spots):
        return None
    cycles = max(_candidate(request, name, spots).cycles for name in spots)
    if request.max_cycles is not None and cycles > request.max_cycles:
        return None
    shares = [Fraction(0)]
    for card in request.cards:
        used = _used(request, spots, card.index, None)
        capacity = [sum(slr.get(name) for slr in card.capacity) for name in ("lut", "ff", "bram18", "uram", "dsp")]
        shares += [Fraction(mine, has) for mine, has in zip(used, capacity, strict=True) if has]
    rate = cycles if request.max_cycles is None else 0
    return rate, max(shares), sum(_wire(request, spots).values()), _crossings(request, spots)


def exhaustive(request):
    """Return the lexicographically best worth of all placements, None where there is none."""
    return min(filter(None, (worth(request, spots) for spots in spots_of(request))), default=None)


def spots_in(request, placement):
    """Return a partitioner's placement as spots; a layer lies as early in its walk as its predecessors let it."""
    spots = {}
    for choice in placement.choices:
        walk = request.route.segments[choice.segment].slrs
        sources = [s.source for s in request.dataflow.streams if s.sink == choice.layer and s.source]
        before = max((spots[s][1] for s in sources if spots[s][0] == choice.segment), default=0)
        position = next(p for p in range(before, len(walk)) if walk[p] == choice.slr)
        spots[choice.layer] = (choice.segment, position, choice.candidate)
    return spots


def _candidate(request, name, spots):
    options = next(each for each in request.options if each.layer == name)
    return options.candidates[spots[name][2]]


def _card_slr(request, spot):
    segment = request.route.segments[spot[0]]
    return segment.card, segment.slrs[spot[1]]


def _allowed(request, spots):
    route, streams = request.route, request.dataflow.streams
    cards = {_card_slr(request, spot)[0] for spot in spots.values()}
    streamed = {anchor.segment for anchor in route.anchors if anchor.role == "external"}
    if any(_candidate(request, n, spots).external_bytes and spots[n][0] not in streamed for n in spots):
        return False
    for s in streams:
        if s.source is None or s.sink is None:
            end, segment = (s.sink, route.ingress) if s.source is None else (s.source, route.egress)
            if spots[end][0] != segment:
                return False
            continue
        here, there = spots[s.source], spots[s.sink]
        apart = here[0] != there[0]
        joined = apart and route.segments[here[0]].card == route.segments[there[0]].card
        if joined or (apart and not s.cuttable) or here[:2] > there[:2]:
            return False
    return len(cards) == len(request.cards)


def _used(request, spots, card, slr):
    mine = [
        _candidate(request, name, spots).resources.counts()
        for name, spot in spots.items()
        if _card_slr(request, spot)[0] == card and slr in (None, _card_slr(request, spot)[1])
    ]
    mine += [
        _link(request, s, spots).counts()
        for s in request.dataflow.streams
        if _card_slr(request, spots[s.sink or s.source])[0] == card
        and slr in (None, _card_slr(request, spots[s.sink or s.source])[1])
    ]
    overheads = request.cards[card - 1].overhead
    overhead = overheads if slr is None else overheads[slr : slr + 1]
    return [sum(column) for column in zip(*mine, *(each.counts() for each in overhead), strict=True)]


def _link(request, s, spots):
    """Return the cost of a stream; in these networks both ends have PE lanes."""
    layers = {each.name: each for each in request.dataflow.layers}
    pes = [layers[e].foldings[_candidate(request, e, spots).folding].pe if e else None for e in (s.source, s.sink)]
    return link(s.element_bits, (pes[0] or pes[1], pes[1] or pes[0]), s.fifo.depth, s.fifo.side)


def _roomy(request, spots):
    for card in request.cards:
        whole = [sum(column) for column in zip(*(slr.counts() for slr in card.capacity), strict=True)]
        bins = [
            (None, whole, request.limits),
            *((n, c.counts(), request.slr_limits) for n, c in enumerate(card.capacity)),
        ]
        for slr, capacity, limits in bins:
            fractions = (limits.lut, limits.ff, limits.bram18, limits.uram, limits.dsp)
            used = _used(request, spots, card.index, slr)
            if any(u > Fraction(str(f)) * c for u, f, c in zip(used, fractions, capacity, strict=True)):
                return False
    return True


def _wire(request, spots):
    sizes = {}
    for s in request.dataflow.streams:
        if s.source and s.sink and spots[s.source][0] != spots[s.sink][0]:
            layer = next(each for each in request.dataflow.layers if each.name == s.source)
            width = layer.foldings[_candidate(request, s.source, spots).folding].pe
            beat = -(-width * s.element_bits // 8)
            sizes[s.name] = request.network.wire_bytes(prod(s.shape) // width * beat)
    return sizes


def _crossings(request, spots):
    total = 0
    for s in request.dataflow.streams:
        ends = [spots.get(s.source), spots.get(s.sink)]
        slrs = [_card_slr(request, end)[1] for end in ends if end]
        if len(slrs) == 1:
            total += slrs[0]  # the DMA is in SLR 0
        elif ends[0][0] == ends[1][0]:
            total += abs(slrs[0] - slrs[1])
        else:
            total += sum(_to_network(request, end) for end in ends)
    return total


def _to_network(request, spot):
    card, slr = _card_slr(request, spot)
    return abs(slr - request.cards[card - 1].board.qsfp_slrs[0])
