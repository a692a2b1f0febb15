# SPDX-License-Identifier: Apache-2.0
"""Prices of resources, which turn layers that leave a choice into layers that leave none, without losing a bound.

Whatever non-negative prices resources have, the layers on a card cost at least what each costs built its cheapest way, and may cost no more
than the room of the card is worth. So a price list is one more resource, with one count for each layer: the dynamic programme over
order ideals finds the exact optimum of that relaxation, which bounds the joint one (a Lagrangian bound, card by card). The best prices for given
layers on a card are the duals of their linear relaxation.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from levada.core.manifests import Record, Route, Segment
from levada.partition.cbc import Solver, Stop, relaxation
from levada.partition.problem import Problem, Task
from levada.partition.program import Linear, Program, combine
from levada.partition.rooms import CardRoom, Place, Room
from levada.partition.variants import Variant

Prices = tuple[int, ...]
"""What one of each resource costs, in units that only compare."""

UNIT = 10**10
"""Whole prices in which a thousandth of a look-up table's share of a card still counts."""
LP_SECONDS = 20.0


class Priced(Record, frozen=True, kw_only=True):
    """The prices at which some layers fill a card most, and the share of it that they take at least."""

    prices: Prices
    share: float


def priced(problem: Problem, lists: Sequence[Prices]) -> Problem:
    """Return the relaxation in which each price list is a resource, and each layer is built the cheapest way by it."""
    matrix = np.array(lists, dtype=np.int64)
    tasks = tuple(_priced_task(task, matrix) for task in problem.tasks)
    edges = tuple(msgspec.structs.replace(edge, rigid=False, links=None) for edge in problem.edges)
    cards = tuple(_priced_card(card, lists) for card in problem.cards)
    return msgspec.structs.replace(
        problem, names=(problem.names[0],) * len(lists), tasks=tasks, edges=edges, cards=cards
    )


def dearest(problem: Problem, tasks: Sequence[int], room: Room) -> Priced | None:
    """Return the prices at which ``tasks`` fill a room most; None where no linear program tells."""
    program, goal, resources = _fill(problem, tasks, room)
    found = relaxation(program, goal, LP_SECONDS, Solver.CBC)
    if isinstance(found, Stop):
        return None
    duals = found.duals[-len(resources) :]
    prices = [0] * len(problem.names)
    for resource, dual in zip(resources, duals, strict=True):
        prices[resource] = round(abs(dual) * UNIT)
    return Priced(prices=tuple(prices), share=found.objective)


def pooled(problem: Problem) -> Room:
    """Return all cards' rooms as one."""
    rooms = [card.whole for card in problem.cards]
    return Room(
        capacity=tuple(map(_total, zip(*(room.capacity for room in rooms), strict=True))),
        overhead=tuple(map(sum, zip(*(room.overhead for room in rooms), strict=True))),
        allowed=tuple(map(_total, zip(*(room.allowed for room in rooms), strict=True))),
    )


def united(problem: Problem) -> Problem:
    """Return the relaxation in which all cards are one, on which every layer lies: some card is filled at least as much as that one."""
    return msgspec.structs.replace(
        problem,
        tasks=tuple(msgspec.structs.replace(task, anchors=()) for task in problem.tasks),
        route=Route(topology="united", segments=(Segment(card=1, slrs=(0,)),), ingress=0, egress=0),
        places=(Place(segment=0, card=1, slr=None),),
        cards=(CardRoom(name="all cards", whole=pooled(problem), slrs=(), network_slr=0, dma_slrs=(0,)),),
        streams_per_cut=None,
    )


def _fill(problem: Problem, tasks: Sequence[int], room: Room) -> tuple[Program, Linear, list[int]]:
    """Return the linear program of the least share of a room that tasks fill; its last rows are one per limited resource."""
    program = Program()
    share = program.variable(0, 1e6)
    chosen = {task: [program.variable() for _ in problem.tasks[task].variants] for task in tasks}
    for each in chosen.values():
        program.equal(combine((1, one) for one in each), 1)
    resources = [number for number, has in enumerate(room.capacity) if has]
    for resource in resources:
        used = combine(
            (variant.counts[resource], one)
            for task, each in chosen.items()
            for variant, one in zip(problem.tasks[task].variants, each, strict=True)
            if variant.counts[resource]
        )
        program.at_most(used - combine([(room.capacity[resource] or 0, share)]), -room.overhead[resource])
    return program, share, resources


def _priced_task(task: Task, matrix: npt.NDArray[np.int64]) -> Task:
    counts = np.array([variant.counts for variant in task.variants], dtype=np.int64) @ matrix.T
    variants = task.variants
    least = Variant(
        candidate=variants[0].candidate,
        cycles=min(variant.cycles for variant in variants),
        counts=tuple(int(count) for count in counts.min(axis=0)),
        wire_bytes=tuple(map(min, zip(*(variant.wire_bytes for variant in variants), strict=True))),
        external_bytes=min(variant.external_bytes for variant in variants),
    )
    return msgspec.structs.replace(task, variants=(least,))


def _priced_card(card: CardRoom, lists: Sequence[Prices]) -> CardRoom:
    whole = card.whole
    room = Room(
        capacity=tuple(_worth(whole.capacity, prices) for prices in lists),
        overhead=tuple(_worth(whole.overhead, prices) for prices in lists),
        allowed=tuple(_worth(whole.allowed, prices) for prices in lists),
    )
    return msgspec.structs.replace(card, whole=room, slrs=())


def _worth(counts: Sequence[int | None], prices: Prices) -> int:
    return sum((count or 0) * price for count, price in zip(counts, prices, strict=True))


def _total(counts: tuple[int | None, ...]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def filled(problem: Problem) -> Problem:
    """Return the problem measured by what is allowed: with a utilisation above 1 nothing fits."""

    def measured(room: Room) -> Room:
        return msgspec.structs.replace(room, capacity=room.allowed)

    cards = tuple(msgspec.structs.replace(card, whole=measured(card.whole)) for card in problem.cards)
    return msgspec.structs.replace(problem, cards=cards)
