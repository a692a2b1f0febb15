# SPDX-License-Identifier: Apache-2.0
"""Every way to answer a small request, listed and valued without the planner: rows of places by rows of candidates.

It reads the request alone, and shares with the planner only core's figures of a stream's converter and FIFO and of its bytes on the wire.
"""

from fractions import Fraction
from itertools import product
from math import ceil, floor, prod
from typing import NamedTuple

import numpy as np

from levada.core.manifests import Lanes
from levada.core.resources import NAMES
from levada.core.stream_costs import link

AT_ONCE = 400_000
"""Pairs of places and candidates that are valued together."""
EFFICIENCY = Fraction(9, 10)
"""How much of its peak a memory delivers in bursts."""
MOST_CAPACITY = 10**6
"""More than any card of these requests holds of anything."""


def exhaustive(request):
    """Return the best worth of all placements, None where there is none."""
    return Reference(request).optimum()


class Worth(NamedTuple):
    """What a placement comes to, in the order of the objectives; ``cycles`` is 0 where the rate is given."""

    cycles: int
    utilisation: Fraction
    network_bytes: int
    slr_crossings: int


class Reference:
    """All placements of a request: ``places`` is a row of stops per way along the route, ``built`` a row of candidates per way to build."""

    def __init__(self, request):
        self.request = request
        self.layers = {layer.name: number for number, layer in enumerate(request.dataflow.layers)}
        self.stops = [
            (number, segment.card, slr) for number, segment in enumerate(request.route.segments) for slr in segment.slrs
        ]
        self.places = self._places()
        self.built = self._built()

    def optimum(self):
        """Return the best worth of all placements, None where there is none."""
        return min((worth for worth in self._worths(self.places, self.built) if worth), default=None)

    def worth(self, placement):
        """Return what a partitioner's placement is worth, None where it breaks a rule."""
        chosen = {choice.layer: choice for choice in placement.choices}
        wanted = [(chosen[name].segment, chosen[name].slr) for name in self.layers]
        spots = [[(segment, slr) for segment, _, slr in self.stops].index(each) for each in wanted]
        same = np.array([[(a[0], a[2]) == (b[0], b[2]) for b in self.stops] for a in self.stops])
        rows = self.places[same[self.places, np.array(spots)].all(axis=1)][:1]
        candidates = [chosen[name].candidate for name in self.layers]
        return next(self._worths(rows, self.built[(self.built == candidates).all(axis=1)]), None)

    # ------------------------------------------------------------------------------------------- what there is

    def _places(self):
        """Return every row of stops at which all streams run forward along the route, uncut where they cannot be cut."""
        rows = np.zeros((1, 0), dtype=np.int64)
        for name in self.layers:
            stops = np.flatnonzero([self._may_hold(name, *stop) for stop in self.stops])
            rows = np.column_stack([np.repeat(rows, len(stops), axis=0), np.tile(stops, len(rows))])
            for stream in self.request.dataflow.streams:
                if stream.sink == name and stream.source:
                    rows = rows[self._joined(stream)[rows[:, self.layers[stream.source]], rows[:, -1]]]
        for card in self.request.cards:
            rows = rows[self._on(rows, card.index, None).any(axis=1)]
        if self.request.streams_per_cut is not None:
            for boundary in range(len(self.request.route.segments) - 1):
                rows = rows[self._past(rows, boundary) <= self.request.streams_per_cut]
        streams = [self._streams_of(rows, card.index) for card in self.request.cards]
        return rows[np.max(streams, axis=0) <= self.request.network.max_streams]

    def _may_hold(self, name, segment, card, slr):
        """Say whether the ends of the network, and where the user wants a layer, let it lie at a stop."""
        route, streams = self.request.route, self.request.dataflow.streams
        ends = [route.ingress for s in streams if s.sink == name and s.source is None]
        ends += [route.egress for s in streams if s.source == name and s.sink is None]
        wishes = [(wish.card, wish.slr) for wish in self.request.anchors if wish.layer == name]
        return set(ends) <= {segment} and all(wish in ((card, slr), (card, None)) for wish in wishes)

    def _joined(self, stream):
        """Return, by the stops of source and sink, whether a stream may run so."""
        table = np.zeros((len(self.stops),) * 2, dtype=bool)
        for a, (early, here, _) in enumerate(self.stops):
            for b, (late, there, _) in enumerate(self.stops):
                table[a, b] = a <= b and (early == late or (here != there and stream.cuttable))
        return table

    def _on(self, rows, card, slr):
        """Return which layers lie on a card, or in an SLR of it."""
        return np.array([here == card and slr in (None, there) for _, here, there in self.stops])[rows]

    def _inner(self):
        return [s for s in self.request.dataflow.streams if s.source and s.sink]

    def _apart(self, rows, stream):
        """Return whether a stream leaves its segment."""
        segments = np.array([segment for segment, _, _ in self.stops])
        return segments[rows[:, self.layers[stream.source]]] != segments[rows[:, self.layers[stream.sink]]]

    def _past(self, rows, boundary):
        """Return how many streams run from a segment up to ``boundary`` to one behind it."""
        behind = np.array([segment > boundary for segment, _, _ in self.stops])[rows]
        ends = [(self.layers[s.source], self.layers[s.sink]) for s in self._inner()]
        return sum((~behind[:, a] & behind[:, b] for a, b in ends), np.zeros(len(rows), dtype=np.int64))

    def _streams_of(self, rows, card):
        """Return how many streams enter or leave a card."""
        here = self._on(rows, card, None)
        ends = [(self.layers[s.source], self.layers[s.sink]) for s in self._inner()]
        return sum((here[:, a] != here[:, b] for a, b in ends), np.zeros(len(rows), dtype=np.int64))

    def _built(self):
        """Return every row of candidates whose lanes agree where they must, and which are quick enough."""
        most = self.request.max_cycles
        choices = [
            [n for n, each in enumerate(options.candidates) if most is None or each.cycles <= most]
            for options in self.request.options
        ]
        rows = [row for row in product(*choices) if all(self._same_lanes(s, row) for s in self._inner() if s.rigid)]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(self.layers))

    # --------------------------------------------------------------------------------------- what it is worth

    def _worths(self, places, built):
        """Yield the best worth of some ways to build after the other, None for what fits nowhere."""
        at_once = max(1, AT_ONCE // max(1, len(places)))
        for start in range(0, len(built) if len(places) else 0, at_once):
            yield self._best(places, built[start : start + at_once])

    def possible(self):
        """Return the rows of places at which some way to build fits."""
        fits, _ = self._fitting(self.places, self.built)
        return self.places[fits.any(axis=0)]

    def _best(self, places, built):
        """Return the best worth of these places with these candidates, None where none fits."""
        fits, shares = self._fitting(places, built)
        return self._lexicographic(np.argwhere(fits), self._stepped(shares), places, built)

    def _stepped(self, shares):
        """Return shares rounded up to whole steps, where utilisation counts in steps."""
        step = Fraction(str(self.request.utilisation_step))
        if not step:
            return shares
        exact, index = np.unique(shares, return_inverse=True)
        return np.array([float(ceil(_fraction(each) / step) * step) for each in exact])[index.reshape(shares.shape)]

    def _fitting(self, places, built):
        """Return, by ways to build and places, what keeps to every limit, and the largest share of a card that is used."""
        counts = self._counts(built)
        fits, shares = self._streamed(places, built) & self._carried(places, built), np.zeros((len(built), len(places)))
        fits &= self._supplied(places, built)
        for card in self.request.cards:
            for slr in (None, *range(len(card.capacity))):
                used = self._used(places, counts, card, slr)
                fits &= (used <= self._allowed(card, slr)).all(axis=2)
                if slr is None:
                    shares = np.maximum(shares, self._share(used, card))
        return fits, shares

    def _streamed(self, places, built):
        """Return, by ways to build and places, whether all weights from outside enter where they may."""
        entries = {anchor.segment for anchor in self.request.route.anchors if anchor.role == "external"}
        elsewhere = ~np.isin([segment for segment, _, _ in self.stops], list(entries))[places]
        external = self._by_candidate(lambda each: each.external_bytes > 0, built)
        return ~np.any(external[:, None, :] & elsewhere[None], axis=2)

    def _carried(self, places, built):
        """Return, by ways to build and places, whether every card's line carries its streams at the rate that is asked for."""
        if self.request.max_cycles is None:
            return np.ones((len(built), len(places)), dtype=bool)
        seconds = Fraction(self.request.max_cycles) / Fraction(str(self.request.clock_mhz * 1e6))
        most = floor(Fraction(str(self.request.network.line_gbps * 1e9)) / 8 * seconds)
        loads = np.zeros((2, len(self.request.cards), len(built), len(places)), dtype=np.int64)
        for stream in [each for each in self._inner() if each.cuttable]:
            sizes = self._by_ends(stream, built, self._wire)
            for number, card in enumerate(self.request.cards):
                here = self._on(places, card.index, None)
                source, sink = (here[:, self.layers[end]] for end in (stream.source, stream.sink))
                loads[0, number] += np.outer(sizes, source & ~sink)
                loads[1, number] += np.outer(sizes, sink & ~source)
        return (loads <= most).all(axis=(0, 1))

    def _supplied(self, places, built):
        """Return, by ways to build and places, whether each layer with weights outside has a port, and gets them as fast as is asked for."""
        external = self._by_candidate(lambda each: each.external_bytes > 0, built)
        fits = np.ones((len(built), len(places)), dtype=bool)
        ends = [
            self.request.route.segments[end].card for end in (self.request.route.ingress, self.request.route.egress)
        ]
        for card in self.request.cards:
            told = self._deliveries(card)
            if told:
                here = self._on(places, card.index, None)
                masters = external.astype(np.int64) @ here.T.astype(np.int64) + ends.count(card.index)
                fits &= (masters <= sum(each.ports for each in told)) | ~(external @ here.T)
        if self.request.max_cycles is not None:
            pairs = np.indices(fits.shape).reshape(2, -1)
            fits &= (self._waits(places, built, *pairs) <= self.request.max_cycles).reshape(fits.shape)
        return fits

    def _waits(self, places, built, ways, rows):
        """Return, for pairs of ways to build and places, the cycles until the slowest weights from outside are there."""
        external = self._by_candidate(lambda each: each.external_bytes, built)
        sizes, index = np.unique(external, return_inverse=True)
        table = np.array([[self._wait(card, int(size)) for size in sizes] for card in self.request.cards])
        cards = np.array([card - 1 for _, card, _ in self.stops])[places]
        return table[cards[rows], index.reshape(external.shape)[ways]].max(axis=1, initial=0)

    def _wait(self, card, size):
        """Return the cycles in which a port of a card's memories delivers so many bytes."""
        told = self._deliveries(card)
        port = min((Fraction(str(each.gbytes_per_s)) * 10**9 / each.ports for each in told), default=None)
        return 0 if port is None else ceil(size * Fraction(str(self.request.clock_mhz)) * 10**6 / (port * EFFICIENCY))

    @staticmethod
    def _deliveries(card):
        """Return what each memory of a card delivers; nothing where that of any is unknown."""
        told = [memory.delivery for memory in card.board.memories]
        return [] if None in told else told

    def _lexicographic(self, fitting, shares, places, built):
        """Return the worth of the best of the (ways to build, places) that fit: one objective after the other."""
        if not len(fitting):
            return None
        cycles = self._by_candidate(lambda each: each.cycles, built).max(axis=1)
        free = self.request.max_cycles is None
        values = [
            lambda m, n: np.maximum(cycles[m], self._waits(places, built, m, n)) * free,
            lambda m, n: shares[m, n],
            lambda m, n: self._wire_bytes(places[n], built[m]),
            lambda _, n: self._crossings(places[n]),
        ]
        best = []
        for value in values:
            found = value(*fitting.T)
            best.append(found.min())
            fitting = fitting[found == found.min()]
        return Worth(int(best[0]), _fraction(best[1]), int(best[2]), int(best[3]))

    def _by_candidate(self, figure, built):
        """Return a figure of each layer's candidate, for each row of candidates."""
        tables = [np.array([figure(each) for each in options.candidates]) for options in self.request.options]
        return np.column_stack([table[built[:, number]] for number, table in enumerate(tables)])

    def _counts(self, built):
        """Return what each layer takes in each row of candidates, with what lies on the streams beside it."""
        tables = [
            np.array([each.resources.counts() for each in options.candidates], dtype=np.int64)
            for options in self.request.options
        ]
        counts = np.stack([table[built[:, number]] for number, table in enumerate(tables)], axis=1)
        for stream in self.request.dataflow.streams:
            beside = self.layers[stream.sink or stream.source]
            counts[:, beside] += self._by_ends(stream, built, self._link)
        return counts

    def _by_ends(self, stream, built, figure):
        """Return a figure of a stream's lanes at both ends, for each row of candidates."""
        ends = [self.layers[end] for end in (stream.source, stream.sink) if end]
        pairs, index = np.unique(built[:, ends], axis=0, return_inverse=True)
        rows = np.zeros((len(pairs), len(self.layers)), dtype=np.int64)
        rows[:, ends] = pairs
        return np.array([figure(stream, self._lanes(stream, row)) for row in rows])[index.reshape(-1)]

    def _lanes(self, stream, row):
        """Return a stream's lanes at (source, sink); a DMA has those of the other end."""
        rules = [(stream.source, stream.source_lanes), (stream.sink, stream.sink_lanes)]
        source, sink = (self._width(stream, end, rule, row) if end else None for end, rule in rules)
        return source or sink, sink or source

    def _width(self, stream, end, rule, row):
        number = self.layers[end]
        candidate = self.request.options[number].candidates[row[number]]
        folding = self.request.dataflow.layers[number].foldings[candidate.folding]
        return {Lanes.PE: folding.pe, Lanes.SIMD: folding.simd, Lanes.ONE: 1, Lanes.ALL: stream.shape[-1]}[rule]

    def _same_lanes(self, stream, row):
        source, sink = self._lanes(stream, row)
        return source == sink

    @staticmethod
    def _link(stream, widths):
        return link(stream.element_bits, widths, stream.fifo.depth, stream.fifo.side).counts()

    def _used(self, places, counts, card, slr):
        """Return what a card, or an SLR of it, uses: by row of candidates, row of places, and resource."""
        layers = np.einsum("nl,mlr->mnr", self._on(places, card.index, slr).astype(np.int64), counts)
        overheads = card.overhead if slr is None else card.overhead[slr : slr + 1]
        return layers + np.sum([each.counts() for each in overheads], axis=0)

    def _allowed(self, card, slr):
        limits = self.request.limits if slr is None else self.request.slr_limits
        capacities = card.capacity if slr is None else card.capacity[slr : slr + 1]
        exact = [Fraction(str(limits.get(name))) * sum(each.get(name) for each in capacities) for name in NAMES]
        return np.array([most.numerator // most.denominator for most in exact])

    @staticmethod
    def _share(used, card):
        """Return the largest share of a card that is used. Equal fractions are equal floats, and these differ by more than rounding."""
        capacity = np.array([sum(each.get(name) for each in card.capacity) for name in NAMES])
        return (used / np.where(capacity, capacity, np.inf)).max(axis=2)

    def _wire_bytes(self, places, built):
        """Return the network's bytes of all streams that are cut, for each pair of rows."""
        sizes = np.zeros(len(places), dtype=np.int64)
        for stream in self._inner():
            if stream.cuttable:
                sizes += self._apart(places, stream) * self._by_ends(stream, built, self._wire)
        return sizes

    def _wire(self, stream, widths):
        beats, rest = divmod(prod(stream.shape), widths[0])
        assert not rest
        return self.request.network.wire_bytes(beats * -(-widths[0] * stream.element_bits // 8))

    def _crossings(self, places):
        """Return the SLR boundaries that all streams cross, on their ways to the QSFPs and the nearest memories too."""
        crossed = np.zeros(len(places), dtype=np.int64)
        slrs = np.array([slr for _, _, slr in self.stops])[places]
        for stream in self.request.dataflow.streams:
            ends = [self.layers[end] for end in (stream.source, stream.sink) if end]
            if len(ends) == 1:
                crossed += self._way_out(places[:, ends[0]])
            else:
                apart, near = self._apart(places, stream), np.abs(slrs[:, ends[0]] - slrs[:, ends[1]])
                crossed += np.where(apart, sum(self._way_to_network(places[:, end]) for end in ends), near)
        return crossed

    def _way_out(self, stops):
        boards = {card.index: card.board for card in self.request.cards}
        return np.array([min(abs(slr - m.slr) for m in boards[card].memories) for _, card, slr in self.stops])[stops]

    def _way_to_network(self, stops):
        boards = {card.index: card.board for card in self.request.cards}
        return np.array([abs(slr - boards[card].qsfp_slrs[0]) for _, card, slr in self.stops])[stops]


def _fraction(share):
    """Return the fraction that a float is of: no capacity is so large that another one would be as near."""
    return Fraction(share).limit_denominator(MOST_CAPACITY)
