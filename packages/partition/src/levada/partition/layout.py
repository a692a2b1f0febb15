# SPDX-License-Identifier: Apache-2.0
"""A solution of a problem, and what it is worth, counted from its integers."""

from collections import Counter
from fractions import Fraction

from levada.core.manifests import Record
from levada.partition.formulation import Formulation
from levada.partition.problem import Edge, Problem
from levada.partition.rooms import Place
from levada.partition.variants import Variant


class Spot(Record, frozen=True):
    """Where one layer lies along the route, and which variant it is built as."""

    place: int
    variant: int


class Layout(Record, frozen=True, kw_only=True):
    """A spot for every task of a problem."""

    problem: Problem
    spots: tuple[Spot, ...]

    def place(self, task: int) -> Place:
        """Return where a task lies."""
        return self.problem.places[self.spots[task].place]

    def variant(self, task: int) -> Variant:
        """Return how a task is built."""
        return self.problem.tasks[task].variants[self.spots[task].variant]

    def cycles(self) -> int:
        """Return the cycles of the slowest layer."""
        return max(self.variant(task).cycles for task in range(len(self.spots)))

    def utilisation(self) -> Fraction:
        """Return the largest share of any resource of any card, overhead included."""
        shares = [Fraction(0)]
        for number, card in enumerate(self.problem.cards, 1):
            mine = self._counts(number)
            for resource, capacity in enumerate(card.whole.capacity):
                used = card.whole.overhead[resource] + sum(counts[resource] for counts in mine)
                shares += [Fraction(used, capacity)] if capacity else []
        return max(shares)

    def _counts(self, card: int) -> list[tuple[int, ...]]:
        """Return the counts of each layer on a card, and of the links beside them."""
        layers = [self.variant(task).counts for task in range(len(self.spots)) if self.place(task).card == card]
        return layers + [self._link(edge) for edge in self.problem.edges if self.place(edge.sink).card == card]

    def _link(self, edge: Edge) -> tuple[int, ...]:
        """Return what a stream takes beside its sink above what is counted with that."""
        if edge.links is None:
            return (0,) * len(self.problem.names)
        source, sink = self.variant(edge.source), self.variant(edge.sink)
        return edge.links[source.ends[edge.ends[0]], sink.ends[edge.ends[1]]]

    def cut_bytes(self) -> dict[int, int]:
        """Return the wire bytes per inference of each edge that is cut, by the edge's number."""
        return {
            number: self.variant(edge.source).wire_bytes[edge.port]
            for number, edge in enumerate(self.problem.edges)
            if self.place(edge.source).segment != self.place(edge.sink).segment
        }

    def slr_crossings(self) -> int:
        """Return how many SLR boundaries all streams cross, on their way to the network and the DMAs included."""
        problem = self.problem
        crossed = sum(
            abs(self._position(edge.source, card) - self._position(edge.sink, card))
            for edge in problem.edges
            for card in range(1, len(problem.cards) + 1)
        )
        ends = (self.place(task) for task in (*problem.inputs, *problem.outputs))
        return crossed + sum(problem.cards[end.card - 1].dma_distance(end.slr or 0) for end in ends)

    def _position(self, task: int, card: int) -> int:
        """Return a task's SLR on a card; that of the network where it lies on another one."""
        place = self.place(task)
        return (place.slr or 0) if place.card == card else self.problem.cards[card - 1].network_slr

    def card_bytes(self) -> tuple[Counter[int], Counter[int]]:
        """Return the wire bytes per inference that leave each card, and that enter each."""
        leaving: Counter[int] = Counter()
        entering: Counter[int] = Counter()
        for number, size in self.cut_bytes().items():
            edge = self.problem.edges[number]
            leaving[self.place(edge.source).card] += size
            entering[self.place(edge.sink).card] += size
        return leaving, entering

    def card_streams(self) -> Counter[int]:
        """Return how many cut streams leave or enter each card."""
        edges = [self.problem.edges[number] for number in self.cut_bytes()]
        return Counter(self.place(end).card for edge in edges for end in (edge.source, edge.sink))


def read(formulation: Formulation, values: tuple[float, ...]) -> Layout:
    """Return the layout that the values of a formulation's variables stand for."""
    problem = formulation.problem
    spots = []
    for task in range(len(problem.tasks)):
        place = next(p for p in range(len(problem.places)) if formulation.before(task, p).value(values) > 0.5)
        built = formulation.built(task, place)
        spots.append(Spot(place, max(range(len(built)), key=lambda number: built[number].value(values))))
    return Layout(problem=problem, spots=tuple(spots))


def begin(formulation: Formulation, layout: Layout) -> dict[int, float]:
    """Return the values of a formulation's order and choice variables that stand for a layout; none where its places are others.

    A variant that the formulation has not is left out, for the solver to complete.
    """
    if layout.problem.places != formulation.problem.places:
        return {}
    values: dict[int, float] = {}
    for task, spot in enumerate(layout.spots):
        candidates = [variant.candidate for variant in formulation.problem.tasks[task].variants]
        for place in range(len(formulation.problem.places)):
            values |= dict.fromkeys(formulation.before(task, place).terms, float(spot.place <= place))
            if len(candidates) > 1:
                for candidate, chosen in zip(candidates, formulation.built(task, place), strict=True):
                    is_it = place == spot.place and candidate == layout.variant(task).candidate
                    values |= dict.fromkeys(chosen.terms, float(is_it))
    return values
