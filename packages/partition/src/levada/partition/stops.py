# SPDX-License-Identifier: Apache-2.0
"""Which stop of its segment each layer lies at, before it is known how layers are built: SLRs are taken for cards.

What fits on a card may be impossible to lay out in its SLRs, where it takes much of one resource early and of another late. So
once the segments are settled, the relaxation by prices is asked about each card by itself, its SLRs in the order in which the route visits
them first; where the user wants layers in SLRs that these stops come to too early, in the order of the last visits.
The windows that come of it are single stops, but for a second visit to a card: its few layers may lie at any of its stops.
"""

from collections.abc import Callable, Sequence

import msgspec

from levada.core.manifests import LayerAnchor, Route, Segment
from levada.partition.layout import Layout
from levada.partition.problem import Problem, Task
from levada.partition.rooms import CardRoom, Place
from levada.partition.windows import Window, structural

FEW = 8
"""Layers of which a program chooses the stop as well."""


Stops = tuple[Window, ...]
"""The window of each task."""

Relax = Callable[[Problem], Layout | None]
"""Returns the cuts that attain the bound of a relaxation; None where nothing fits."""


def of_segments(cuts: Layout) -> Stops:
    """Return the windows of cuts for the problem that does not tell SLRs apart: each task in its segment."""
    return tuple(Window(spot.place, spot.place) for spot in cuts.spots)


def stops(problem: Problem, cuts: Layout, relax: Relax) -> Stops | None:
    """Return the windows of cuts for a problem that tells SLRs apart; None where nothing fits those of a card."""
    found: dict[int, Window] = {}
    for segment in range(len(problem.route.segments)):
        mine = [task for task, spot in enumerate(cuts.spots) if spot.place == segment]
        placed = _placed(problem, segment, mine, relax)
        if placed is None:
            return None
        found |= zip(mine, placed, strict=True)
    return tuple(_within(found[task], window) for task, window in enumerate(structural(problem)))


def _placed(problem: Problem, segment: int, mine: Sequence[int], relax: Relax) -> list[Window] | None:
    """Return the windows of a segment's tasks; None where they do not fit."""
    places = [number for number, place in enumerate(problem.places) if place.segment == segment]
    visits = [_visited(problem, places[::-1]), _visited(problem, places)]
    cards = [each.card for each in problem.route.segments]
    if len(mine) < FEW or len(visits[0]) == 1 or cards[segment] in cards[:segment]:
        return [Window(places[0], places[-1]) for _ in mine]
    held = any(each.slr is not None for task in mine for each in problem.tasks[task].anchors)
    for visited in visits if held and visits[0] != visits[1] else visits[:1]:
        found = relax(_stacked(problem, mine, visited))
        if found is not None:
            return [Window(visited[spot.place], visited[spot.place]) for spot in found.spots]
    return None


def _visited(problem: Problem, places: Sequence[int]) -> list[int]:
    """Return, along the route, one place for each SLR: the last of them in the order given."""
    return sorted({problem.places[number].slr: number for number in places}.values())


def _stacked(problem: Problem, mine: Sequence[int], places: Sequence[int]) -> Problem:
    """Return the problem of some tasks alone, with the SLRs at some places as its cards: every stream may cross them."""
    number = {task: each for each, task in enumerate(mine)}
    spots = [problem.places[place] for place in places]
    edges = tuple(
        msgspec.structs.replace(edge, source=number[edge.source], sink=number[edge.sink], cuttable=True)
        for edge in problem.edges
        if edge.source in number and edge.sink in number
    )
    visits = tuple(Segment(card=card, slrs=(0,)) for card in range(1, len(spots) + 1))
    return msgspec.structs.replace(
        problem,
        tasks=tuple(_in_stack(problem.tasks[task], spots) for task in mine),
        edges=edges,
        inputs=(),
        outputs=(),
        route=Route(topology="stack", segments=visits, ingress=0, egress=len(visits) - 1, anchors=()),
        places=tuple(Place(segment=each, card=each + 1, slr=None) for each in range(len(spots))),
        cards=tuple(_as_card(problem, spot) for spot in spots),
        streams_per_cut=None,
    )


def _in_stack(task: Task, spots: Sequence[Place]) -> Task:
    """Return a task whose anchors name SLRs as the cards that they are taken for."""
    slrs = [spot.slr for spot in spots]
    anchors = (
        LayerAnchor(layer=each.layer, card=slrs.index(each.slr) + 1) for each in task.anchors if each.slr in slrs
    )
    return msgspec.structs.replace(task, anchors=tuple(anchors))


def _as_card(problem: Problem, spot: Place) -> CardRoom:
    card = problem.cards[spot.card - 1]
    room = card.slrs[spot.slr or 0]
    return CardRoom(name=f"{card.name} SLR {spot.slr}", whole=room, slrs=(room,), network_slr=0, dma_slrs=(0,))


def _within(span: Window, allowed: Window) -> Window:
    """Return the part of a window that anchors allow; the nearest that they do where that is none."""
    first, last = max(span.first, allowed.first), min(span.last, allowed.last)
    return Window(first, last) if first <= last else Window(*(min(max(span.first, allowed.first), allowed.last),) * 2)
