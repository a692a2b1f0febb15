# SPDX-License-Identifier: Apache-2.0
"""What a planner answers, and what an answer is worth by one measure for all of them, counted from the instance's own integers."""

import time
from fractions import Fraction

from levada.core.manifests import Record
from levada.partition.problem import Problem

NETWORK_HOP_COST = 10
"""What Elastic-DF's objective charges for a stream between cards; an SLR boundary costs 1."""


class Spot(Record, frozen=True, kw_only=True):
    """Where a layer was put: a card, from 1, and its SLR, None where the planner knows none."""

    card: int
    slr: int | None = None


class Answer(Record, frozen=True, kw_only=True):
    """What came back: a word on the proof, and a spot for every layer; no spots where nothing was found.

    ``cpu_s`` and ``wall_s`` are of building and solving, ``build_s`` the part of the former that building took. ``peak_mb`` is the memory
    of the whole process, imports included.
    """

    verdict: str
    cpu_s: float
    wall_s: float = 0.0
    build_s: float = 0.0
    peak_mb: float = 0.0
    spots: tuple[Spot, ...] = ()
    note: str = ""


class Watch:
    """Counts seconds from when it is made."""

    def __init__(self) -> None:
        """Begin to count."""
        self._cpu_s, self._wall_s = time.process_time(), time.perf_counter()

    @property
    def cpu_s(self) -> float:
        """Return the CPU seconds of this process since."""
        return time.process_time() - self._cpu_s

    def answer(self, verdict: str, *, build_s: float = 0.0, spots: tuple[Spot, ...] = (), note: str = "") -> Answer:
        """Return an answer that was ready now."""
        wall_s = time.perf_counter() - self._wall_s
        return Answer(verdict=verdict, cpu_s=self.cpu_s, wall_s=wall_s, build_s=build_s, spots=spots, note=note)


class Worth(Record, frozen=True, kw_only=True):
    """An answer's worth. ``crossings`` and ``elastic_cost`` are None where SLRs were not chosen."""

    cards: int
    utilisation: float
    network_bytes: int
    crossings: int | None
    elastic_cost: int | None
    backward: int
    over_limits: tuple[str, ...]


def worth(problem: Problem, spots: tuple[Spot, ...]) -> Worth:
    """Return what an answer is worth: network and shell counted, a stream over several cards once for each hop."""
    ends = [(spots[edge.source], spots[edge.sink]) for edge in problem.edges]
    hops = [abs(source.card - sink.card) for source, sink in ends]
    sizes = [problem.tasks[edge.source].variants[0].wire_bytes[edge.port] for edge in problem.edges]
    crossings = None if any(spot.slr is None for spot in spots) else _crossings(problem, spots)
    return Worth(
        cards=len({spot.card for spot in spots}),
        utilisation=float(max(_shares(problem, spots))),
        network_bytes=sum(size * hop for size, hop in zip(sizes, hops, strict=True)),
        crossings=crossings,
        elastic_cost=None if crossings is None else crossings + NETWORK_HOP_COST * sum(hops),
        backward=sum(source.card > sink.card for source, sink in ends),
        over_limits=tuple(_broken(problem, spots)),
    )


def used(problem: Problem, spots: tuple[Spot, ...], card: int, slr: int | None = None) -> tuple[int, ...]:
    """Return what the layers on a card, or on one SLR of it, take of each resource."""
    mine = [
        task.variants[0].counts
        for task, spot in zip(problem.tasks, spots, strict=True)
        if spot.card == card and slr in (None, spot.slr)
    ]
    return tuple(map(sum, zip(*mine, strict=True))) if mine else (0,) * len(problem.names)


def _shares(problem: Problem, spots: tuple[Spot, ...]) -> list[Fraction]:
    return [
        Fraction(count + taken, capacity)
        for number, card in enumerate(problem.cards, 1)
        for count, taken, capacity in zip(
            used(problem, spots, number), card.whole.overhead, card.whole.capacity, strict=True
        )
        if capacity
    ]


def _broken(problem: Problem, spots: tuple[Spot, ...]) -> list[str]:
    """Return which limits are broken, as "card 2 bram18"; SLRs where they were chosen."""
    chosen = all(spot.slr is not None for spot in spots)
    found = []
    for number, card in enumerate(problem.cards, 1):
        rooms = [(None, card.whole), *(enumerate(card.slrs) if chosen else ())]
        for slr, room in rooms:
            counts = used(problem, spots, number, slr)
            where = f"card {number}" if slr is None else f"card {number} SLR{slr}"
            found += [f"{where} {name}" for r, name in enumerate(problem.names) if counts[r] > room.free(r)]
    return found


def _crossings(problem: Problem, spots: tuple[Spot, ...]) -> int:
    """Return the SLR boundaries that streams between layers cross, on their way to the network included."""
    return sum(
        abs(_at(problem, spots[edge.source], card) - _at(problem, spots[edge.sink], card))
        for edge in problem.edges
        for card in {spots[edge.source].card, spots[edge.sink].card}
    )


def _at(problem: Problem, spot: Spot, card: int) -> int:
    return (spot.slr or 0) if spot.card == card else problem.cards[card - 1].network_slr
