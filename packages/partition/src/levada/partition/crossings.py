# SPDX-License-Identifier: Apache-2.0
"""SLR crossings card by card: once it is settled which segment holds each layer, what one card does is nothing to another."""

import msgspec

from levada.partition.cbc import Stop
from levada.partition.layout import Layout, Spot
from levada.partition.problem import Problem
from levada.partition.rooms import CardRoom, Room
from levada.partition.solving import CROSSINGS, Aid, Ceilings, Solved, Terms, solve
from levada.partition.windows import Window


def card_by_card(problem: Problem, spans: tuple[Window, ...], terms: Terms) -> Solved | Stop:
    """Return the layout of fewest crossings within ``spans``, each of which lies in one segment. Links are taken for kept."""
    if any(span.empty() for span in spans):
        return Stop.INFEASIBLE
    free = msgspec.structs.replace(terms, links=None)
    spots: dict[int, Spot] = {}
    slack = 0.0
    for card in range(1, len(problem.cards) + 1):
        mine = [task for task, span in enumerate(spans) if problem.places[span.first].card == card]
        aid = Aid(spans=_pinned(spans, set(mine)))
        solved = solve(_alone(problem, card), CROSSINGS, free, Ceilings(), aid)
        if isinstance(solved, Stop):
            return solved
        spots |= {task: solved.layout.spots[task] for task in mine}
        slack += float(solved.worth) - solved.bound
    layout = Layout(problem=problem, spots=tuple(spots[task] for task in range(len(spans))))
    worth = CROSSINGS.worth(layout)
    return Solved(layout=layout, worth=worth, bound=float(worth) - slack)


def _pinned(spans: tuple[Window, ...], free: set[int]) -> tuple[Window, ...]:
    """Return the windows with all tasks but these held at their first place."""
    return tuple(span if task in free else Window(span.first, span.first) for task, span in enumerate(spans))


def _alone(problem: Problem, card: int) -> Problem:
    """Return the problem with room without end on all cards but one."""
    cards = tuple(each if number == card else _boundless(each) for number, each in enumerate(problem.cards, 1))
    return msgspec.structs.replace(problem, cards=cards)


def _boundless(card: CardRoom) -> CardRoom:
    return msgspec.structs.replace(
        card, whole=_unlimited(card.whole), slrs=tuple(_unlimited(each) for each in card.slrs)
    )


def _unlimited(room: Room) -> Room:
    return msgspec.structs.replace(room, allowed=(None,) * len(room.allowed))
