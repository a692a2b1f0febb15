# SPDX-License-Identifier: Apache-2.0
"""Windows: the first and last place along the route that each layer can lie at, found before any solving.

A layer lies no earlier than where it and all its ancestors fit into the places up to there, and no later than where it and all its
descendants fit into the places from there on. Both count every resource by itself and the cheapest variant of each layer, so
they never exclude a placement that is possible. On full cards they fix most of the problem.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from levada.core.manifests import Record
from levada.partition.problem import Problem
from levada.partition.rooms import Place

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Window(Record, frozen=True):
    """The first and the last possible place of a layer; none where ``first`` > ``last``."""

    first: int
    last: int

    def empty(self) -> bool:
        """Say whether there is no place at all."""
        return self.first > self.last


def windows(problem: Problem) -> tuple[Window, ...]:
    """Return the window of each task."""
    firsts = _firsts(problem)
    lasts = _lasts(problem)
    found = [Window(first, last) for first, last in zip(firsts, lasts, strict=True)]
    return tuple(_narrowed(problem, found))


def structural(problem: Problem) -> tuple[Window, ...]:
    """Return the windows that hold whatever the room: those of the route's and the user's anchors alone."""
    last = len(problem.places) - 1
    return tuple(_narrowed(problem, [Window(0, last) for _ in problem.tasks]))


def narrowed(problem: Problem, segments: Sequence[Window]) -> tuple[Window, ...]:
    """Return the windows of each task within these windows of segments."""
    places = [
        (min(mine), max(mine))
        for mine in (
            [number for number, place in enumerate(problem.places) if place.segment == segment]
            for segment in range(len(problem.route.segments))
        )
    ]
    found = [
        Window(max(window.first, places[span.first][0]), min(window.last, places[span.last][1]))
        for window, span in zip(windows(problem), segments, strict=True)
    ]
    return tuple(_settled(problem, found))


def trimmed(problem: Problem, task: int, window: Window) -> Window:
    """Return the part of a window between places that the task may lie at; an empty one where there is none."""
    if task not in problem.anchored:
        return window
    places = [place for place in range(window.first, window.last + 1) if problem.allows(task, place)]
    return Window(places[0], places[-1]) if places else Window(window.first, window.first - 1)


def reach(count: int, arcs: Iterable[tuple[int, int]]) -> list[int]:
    """Return, per node, the set of itself and every node before it as bits; ``arcs`` lead from lower to higher numbers."""
    before = [1 << node for node in range(count)]
    for source, sink in sorted(arcs, key=lambda arc: arc[1]):
        before[sink] |= before[source]
    return before


def _firsts(problem: Problem) -> list[int]:
    arcs = [(edge.source, edge.sink) for edge in problem.edges]
    needs = _needs(problem, reach(len(problem.tasks), arcs))
    fits = _fitting(problem, needs, [problem.places[: number + 1] for number in range(len(problem.places))])
    return [int(fit.argmax()) if fit.any() else len(fit) for fit in fits]


def _lasts(problem: Problem) -> list[int]:
    top = len(problem.tasks) - 1
    mirrored = reach(top + 1, [(top - edge.sink, top - edge.source) for edge in problem.edges])
    needs = _needs(problem, mirrored, backwards=True)[::-1]
    fits = _fitting(problem, needs, [problem.places[number:] for number in range(len(problem.places))])
    return [int(fit.nonzero()[0].max(initial=-1)) for fit in fits]


def members(bits: int, count: int) -> Bools:
    """Return, for each of ``count`` tasks, whether it is in a set of bits."""
    packed = np.frombuffer(bits.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(packed, count=count, bitorder="little").astype(bool)


def _needs(problem: Problem, sets: Sequence[int], *, backwards: bool = False) -> Ints:
    """Return what each set of tasks needs at least of each resource; ``backwards``: bit 0 is the last task."""
    tasks = problem.tasks[::-1] if backwards else problem.tasks
    width = range(len(problem.names))
    least = np.array([[task.least(resource) for resource in width] for task in tasks], dtype=np.int64)
    return np.array([members(bits, len(tasks)) @ least for bits in sets], dtype=np.int64)


def _fitting(problem: Problem, needs: Ints, stretches: Sequence[Sequence[Place]]) -> Bools:
    """Return, per need and stretch of the route, whether what the stretch offers suffices."""
    rooms = np.array([offered(problem, stretch) for stretch in stretches])
    found: Bools = np.all(needs[:, None, :] <= rooms[None, :, :], axis=2)
    return found


def offered(problem: Problem, places: Sequence[Place]) -> list[float]:
    """Return what these places offer together: per card, the sum of its SLRs but no more than the card may hold."""
    return [
        sum(_card_offers(problem, card, places, resource) for card in sorted({place.card for place in places}))
        for resource in range(len(problem.names))
    ]


def _card_offers(problem: Problem, card: int, places: Sequence[Place], resource: int) -> float:
    whole = problem.cards[card - 1].whole.free(resource)
    slrs = {place.slr for place in places if place.card == card}
    if None in slrs:
        return whole
    return min(whole, sum(problem.cards[card - 1].slrs[slr].free(resource) for slr in slrs if slr is not None))


def _narrowed(problem: Problem, found: list[Window]) -> list[Window]:
    """Return the windows within the segments of the route's anchors and the places of the user's, and consistent along every edge."""
    for role, segment in _anchors(problem):
        tasks = problem.in_role(role)
        numbers = [number for number, place in enumerate(problem.places) if place.segment == segment]
        for task in tasks:
            found[task] = Window(max(found[task].first, numbers[0]), min(found[task].last, numbers[-1]))
    _sweep(problem, found)
    return _settled(problem, found)


def _settled(problem: Problem, found: list[Window]) -> list[Window]:
    """Return windows that are consistent along every edge with a place that the user allows at both of their ends."""
    changed = bool(problem.anchored)
    while changed:
        before = list(found)
        found = [window if window.empty() else trimmed(problem, task, window) for task, window in enumerate(found)]
        _sweep(problem, found)
        changed = found != before and not any(window.empty() for window in found)
    return found


def _sweep(problem: Problem, found: list[Window]) -> None:
    for edge in sorted(problem.edges, key=lambda edge: edge.sink):
        source, sink = found[edge.source], found[edge.sink]
        found[edge.sink] = Window(max(source.first, sink.first), sink.last)
    for edge in sorted(problem.edges, key=lambda edge: -edge.source):
        source, sink = found[edge.source], found[edge.sink]
        found[edge.source] = Window(source.first, min(source.last, sink.last))


def _anchors(problem: Problem) -> list[tuple[str, int]]:
    """Return every role with its segment: those of the route's ends, and those that the topology adds."""
    route = problem.route
    return [
        ("input", route.ingress),
        ("output", route.egress),
        *((anchor.role, anchor.segment) for anchor in route.anchors),
    ]
