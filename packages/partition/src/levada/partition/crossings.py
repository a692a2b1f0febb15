# SPDX-License-Identifier: Apache-2.0
"""SLR crossings card by card: once it is settled which segment holds each layer, what one card does is nothing to another."""

from collections.abc import Sequence

import msgspec

from levada.partition.cbc import Stop
from levada.partition.layout import Layout, Spot
from levada.partition.problem import Problem
from levada.partition.rooms import CardRoom, Room
from levada.partition.solving import BYTES, CROSSINGS, Aid, Ceilings, Solved, Terms, solve
from levada.partition.windows import Window, reach

MOST_CHOICES = 6_000
"""Variables of choice that one program for crossings takes, windows considered."""
SECONDS = 20.0


def card_by_card(problem: Problem, spans: tuple[Window, ...], terms: Terms) -> Solved | Stop:
    """Return the layout of fewest crossings within ``spans``, each of which lies in one segment. Links are taken for kept."""
    if any(span.empty() for span in spans):
        return Stop.INFEASIBLE
    free = msgspec.structs.replace(terms, links=None)
    spots: dict[int, Spot] = {}
    slack = 0.0
    for card in range(1, len(problem.cards) + 1):
        mine = [task for task, span in enumerate(spans) if problem.places[span.first].card == card]
        kept = _beside(problem, spans, mine)
        aid = Aid(spans=_pinned(spans, kept, set(mine)))
        solved = solve(_alone(problem, card, kept, set(mine)), CROSSINGS, free, Ceilings(), aid)
        if isinstance(solved, Stop):
            return solved
        spots |= {task: solved.layout.spots[number] for number, task in enumerate(kept) if task in mine}
        slack += float(solved.worth) - solved.bound
    layout = Layout(problem=problem, spots=tuple(spots[task] for task in range(len(spans))))
    worth = CROSSINGS.worth(layout)
    return Solved(layout=layout, worth=worth, bound=float(worth) - slack)


def of_all_variants(problem: Problem, found: Solved, spans: tuple[Window, ...] | None, terms: Terms) -> Solved:
    """Return a layout of no more crossings than one that is found for some variants, with a bound that holds for all of them.

    ``problem`` has room for no more utilisation than is wanted, ``spans`` are windows of the placements of no more network bytes. Where a
    program would be too large, the bound is what images cross in any case.
    """
    least = float(unavoidable(problem))
    known = Solved(layout=found.layout, worth=found.worth, bound=min(least, float(found.worth)))
    if spans is None or float(found.worth) <= least or _size(problem, spans) > MOST_CHOICES:
        return known
    hurried = msgspec.structs.replace(terms, seconds=min(terms.seconds, SECONDS), links=None)
    ceilings = Ceilings(network_bytes=int(BYTES.worth(found.layout)))
    solved = solve(problem, CROSSINGS, hurried, ceilings, Aid(spans=spans, start=found.layout))
    if isinstance(solved, Stop):
        return known
    better = solved if solved.worth <= found.worth else found
    return Solved(layout=better.layout, worth=better.worth, bound=min(max(least, solved.bound), float(better.worth)))


def unavoidable(problem: Problem) -> int:
    """Return the crossings of any placement: from memory to network where images come in, and back where answers go out, if on several cards."""
    before = reach(len(problem.tasks), [(edge.source, edge.sink) for edge in problem.edges])
    if not any(before[output] >> source & 1 for output in problem.outputs for source in problem.inputs):
        return 0
    ends = (problem.route.ingress, problem.route.egress) if problem.last_segment else ()
    cards = [problem.cards[problem.route.segments[end].card - 1] for end in ends]
    return sum(card.dma_distance(card.network_slr) for card in cards)


def _size(problem: Problem, spans: Sequence[Window]) -> int:
    return sum(
        len(task.variants) * (span.last - span.first + 1) for task, span in zip(problem.tasks, spans, strict=True)
    )


def _beside(problem: Problem, spans: Sequence[Window], mine: Sequence[int]) -> list[int]:
    """Return some tasks with all that streams join to them, and one task for each segment: no card may be empty."""
    inside = set(mine)
    kept = set(inside)
    for edge in problem.edges:
        if edge.source in inside or edge.sink in inside:
            kept |= {edge.source, edge.sink}
    first = {problem.places[spans[task].first].segment: task for task in reversed(range(len(spans)))}
    return sorted(kept | set(first.values()))


def _pinned(spans: Sequence[Window], kept: Sequence[int], free: set[int]) -> tuple[Window, ...]:
    """Return the windows of tasks, all but some of them held at their first place."""
    return tuple(spans[task] if task in free else Window(spans[task].first, spans[task].first) for task in kept)


def _alone(problem: Problem, card: int, kept: Sequence[int], mine: set[int]) -> Problem:
    """Return the problem of these tasks and the streams of some of them, with room without end on all cards but one."""
    number = {task: each for each, task in enumerate(kept)}
    edges = tuple(
        msgspec.structs.replace(edge, source=number[edge.source], sink=number[edge.sink])
        for edge in problem.edges
        if edge.source in mine or edge.sink in mine
    )
    return msgspec.structs.replace(
        problem,
        tasks=tuple(problem.tasks[task] for task in kept),
        edges=edges,
        inputs=tuple(number[task] for task in problem.inputs if task in mine),
        outputs=tuple(number[task] for task in problem.outputs if task in mine),
        cards=tuple(each if place == card else _boundless(each) for place, each in enumerate(problem.cards, 1)),
        streams_per_cut=None,
    )


def _boundless(card: CardRoom) -> CardRoom:
    return msgspec.structs.replace(
        card, whole=_unlimited(card.whole), slrs=tuple(_unlimited(each) for each in card.slrs)
    )


def _unlimited(room: Room) -> Room:
    return msgspec.structs.replace(room, allowed=(None,) * len(room.allowed))
