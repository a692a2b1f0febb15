# SPDX-License-Identifier: Apache-2.0
"""The order formulation: ``y[v, p]`` = 1 where layer ``v`` lies at place ``p`` or before it along the route.

``y`` grows with ``p`` and never from a stream's source to its sink, so every part is contiguous and every cut convex, forks and joins
included, without further rows. Where a layer has several variants, ``z[v, p, m]`` says that it lies at ``p`` built as variant ``m``.
Windows turn most of ``y`` into constants before anything is solved.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from levada.partition.problem import Edge, Problem
from levada.partition.program import Linear, Program, combine
from levada.partition.windows import Window, trimmed

ONE = Linear(constant=1)


class Formulation:
    """The rows that every placement obeys, whatever the room, and expressions over them."""

    def __init__(self, problem: Problem, windows: Sequence[Window]) -> None:
        """Write the order rows, the choice of variants, and the rules of segments and cards."""
        self.problem, self.program = problem, Program()
        self.windows = [self._within_anchors(task, window) for task, window in enumerate(windows)]
        self._placed: list[list[Linear]] = [self._order(task) for task in range(len(problem.tasks))]
        for edge in problem.edges:
            self._write_precedence(edge)
        self._chosen = [self._choices(task) for task in range(len(problem.tasks))]
        for edge in problem.edges:
            self._write_rigid(edge)
        self._links = [self._linked(edge) for edge in problem.edges]
        self._write_segment_rules()
        self._write_streams_per_cut()
        self._write_cards_used()
        self.cuts = {number: self._cut(edge) for number, edge in enumerate(problem.edges) if self._may_be_cut(edge)}

    # ---------------------------------------------------------------------------------------- expressions

    def before(self, task: int, place: int) -> Linear:
        """Return 1 where the task lies at ``place`` or before it."""
        return self._placed[task][place] if place >= 0 else Linear()

    def at(self, task: int, place: int) -> Linear:
        """Return 1 where the task lies at ``place``."""
        return self.before(task, place) - self.before(task, place - 1)

    def upto(self, task: int, segment: int) -> Linear:
        """Return 1 where the task lies in ``segment`` or before it."""
        return self.before(task, self.problem.segment_ends[segment]) if segment >= 0 else Linear()

    def in_segment(self, task: int, segment: int) -> Linear:
        """Return 1 where the task lies in ``segment``."""
        return self.upto(task, segment) - self.upto(task, segment - 1)

    def on_card(self, task: int, card: int) -> Linear:
        """Return 1 where the task lies on ``card``, whichever of its segments."""
        segments = [number for number, segment in enumerate(self.problem.route.segments) if segment.card == card]
        return combine((1, self.in_segment(task, segment)) for segment in segments)

    def built(self, task: int, place: int) -> list[Linear]:
        """Return, per variant, 1 where the task lies at ``place`` built as that variant."""
        return self._chosen[task][place]

    def variant(self, task: int, number: int) -> Linear:
        """Return 1 where the task is built as variant ``number``."""
        return combine((1, chosen[number]) for chosen in self._chosen[task])

    def used(self, resource: int, places: Sequence[int]) -> Linear:
        """Return how much of a resource the layers at ``places`` and the streams beside them take."""
        return combine(
            (counts[resource], chosen) for counts, chosen in (*self._layer_counts(places), *self._link_counts(places))
        )

    def most_used(self, resource: int, places: Sequence[int]) -> int:
        """Return what those could take at most."""
        tasks = [task for number, task in enumerate(self.problem.tasks) if self._possible(number, places)]
        links = [edge.links for edge in self.problem.edges if edge.links and self._possible(edge.sink, places)]
        return sum(task.most(resource) for task in tasks) + sum(
            max(counts[resource] for counts in each.values()) for each in links
        )

    def _layer_counts(self, places: Sequence[int]) -> Iterator[tuple[tuple[int, ...], Linear]]:
        for number, task in enumerate(self.problem.tasks):
            for place in self._possible(number, places):
                pairs = zip(task.variants, self.built(number, place), strict=True)
                yield from ((variant.counts, chosen) for variant, chosen in pairs)

    def _link_counts(self, places: Sequence[int]) -> Iterator[tuple[tuple[int, ...], Linear]]:
        for edge, there in zip(self.problem.edges, self._links, strict=True):
            if edge.links is not None:
                yield from (
                    (edge.links[lanes], pair) for place in places for lanes, pair in there.get(place, {}).items()
                )

    # ----------------------------------------------------------------------------------------------- rows

    def _within_anchors(self, task: int, window: Window) -> Window:
        """Return a window with places that the task may lie at as its ends; without any, nothing is possible."""
        found = trimmed(self.problem, task, window)
        self.program.impossible |= found.empty()
        return window if found.empty() else found

    def _order(self, task: int) -> list[Linear]:
        """Return ``before`` of one task for every place: 0, then variables that grow, then 1.

        Where the task may not lie within its window, it is as at the place before: what does not grow there, does not lie there.
        """
        window = self.windows[task]
        free: list[Linear] = []
        order = [Linear()] * window.first
        for place in range(window.first, window.last):
            if self.problem.allows(task, place) or not free:
                free.append(self.program.variable(integer=True))
            order.append(free[-1])
        for earlier, later in pairwise(free):
            self.program.at_most(earlier, later)
        return order + [ONE] * (len(self.problem.places) - window.last)

    def _write_precedence(self, edge: Edge) -> None:
        source, sink = self.windows[edge.source], self.windows[edge.sink]
        for place in range(sink.first, source.last):
            self.program.at_most(self.before(edge.sink, place), self.before(edge.source, place))

    def _choices(self, task: int) -> list[list[Linear]]:
        variants = range(len(self.problem.tasks[task].variants))
        places = range(len(self.problem.places))
        if len(variants) == 1:
            return [[self.at(task, place)] for place in places]
        return [self._choice(task, place) for place in places]

    def _choice(self, task: int, place: int) -> list[Linear]:
        variants = self.problem.tasks[task].variants
        if not self._possible(task, (place,)):
            return [Linear()] * len(variants)
        streamed = self.problem.places[place].segment in self.problem.external_segments
        chosen = [
            self.program.variable(integer=True) if streamed or not variant.external_bytes else Linear()
            for variant in variants
        ]
        self.program.equal(combine((1, each) for each in chosen), self.at(task, place))
        return chosen

    def _write_rigid(self, edge: Edge) -> None:
        """Give both ends of a rigid edge the same lanes."""
        if not edge.rigid:
            return
        source, sink = (
            self._by_lanes(task, end) for task, end in zip((edge.source, edge.sink), edge.ends, strict=True)
        )
        for lanes in source.keys() | sink.keys():
            self.program.equal(source.get(lanes, Linear()), sink.get(lanes, Linear()))

    def _by_lanes(self, task: int, end: int, place: int | None = None) -> dict[int, Linear]:
        """Return, by lanes at one end, 1 where the task is built with them, at ``place`` or anywhere."""
        chosen: dict[int, list[Linear]] = {}
        for number, variant in enumerate(self.problem.tasks[task].variants):
            there = self.variant(task, number) if place is None else self.built(task, place)[number]
            chosen.setdefault(variant.ends[end], []).append(there)
        return {lanes: combine((1, each) for each in those) for lanes, those in chosen.items()}

    def _linked(self, edge: Edge) -> dict[int, dict[tuple[int, int], Linear]]:
        """Return, by place and lanes of both ends, 1 where the edge's sink lies there and its ends are built with these.

        No integers: where both ends are settled, the sums leave a single choice.
        """
        if edge.links is None:
            return {}
        found = {
            place: {lanes: self.program.variable() for lanes in edge.links}
            for place in self._possible(edge.sink, range(len(self.problem.places)))
        }
        for place, pairs in found.items():
            for lanes, there in self._by_lanes(edge.sink, edge.ends[1], place).items():
                self.program.equal(combine((1, pair) for (_, b), pair in pairs.items() if b == lanes), there)
        for lanes, built in self._by_lanes(edge.source, edge.ends[0]).items():
            alike = combine((1, pair) for pairs in found.values() for (a, _), pair in pairs.items() if a == lanes)
            self.program.equal(alike, built)
        return found

    def _write_segment_rules(self) -> None:
        """Keep uncuttable streams within a segment, and apart what two segments of one card hold."""
        segments = self.problem.route.segments
        twins = [
            (early, late)
            for late in range(len(segments))
            for early in range(late)
            if segments[early].card == segments[late].card
        ]
        for edge in self.problem.edges:
            for segment in range(self.problem.last_segment) if not edge.cuttable else ():
                self.program.equal(self.upto(edge.source, segment), self.upto(edge.sink, segment))
            for early, late in twins:
                pair = self.in_segment(edge.source, early) + self.in_segment(edge.sink, late)
                if pair.terms or pair.constant > 1:
                    self.program.at_most(pair, 1)

    def _write_streams_per_cut(self) -> None:
        most = self.problem.streams_per_cut
        for segment in range(self.problem.last_segment) if most is not None else ():
            crossing = (self.upto(edge.source, segment) - self.upto(edge.sink, segment) for edge in self.problem.edges)
            self.program.at_most(combine((1, each) for each in crossing), most or 0)

    def _write_cards_used(self) -> None:
        for card in range(1, len(self.problem.cards) + 1):
            holders = combine((1, self.on_card(task, card)) for task in range(len(self.problem.tasks)))
            self.program.at_least(holders, 1)

    def _may_be_cut(self, edge: Edge) -> bool:
        first = self.problem.places[self.windows[edge.source].first].segment
        last = self.problem.places[self.windows[edge.sink].last].segment
        return edge.cuttable and first < last

    def _cut(self, edge: Edge) -> Linear:
        """Return 1 where the stream leaves its segment."""
        cut = self.program.variable()
        for segment in range(self.problem.last_segment):
            crosses = self.upto(edge.source, segment) - self.upto(edge.sink, segment)
            if crosses.terms or crosses.constant > 0:
                self.program.at_least(cut, crosses)
        return cut

    def _possible(self, task: int, places: Sequence[int]) -> list[int]:
        window = self.windows[task]
        return [place for place in places if window.first <= place <= window.last and self.problem.allows(task, place)]
