# SPDX-License-Identifier: Apache-2.0
"""Rows that keep cards and SLRs within their room, and the ways to loosen them that an explanation needs."""

from collections.abc import Iterator

from levada.core.manifests import Record
from levada.partition.formulation import Formulation
from levada.partition.problem import Problem
from levada.partition.program import INFINITY, Linear
from levada.partition.rooms import Room


class Bin(Record, frozen=True, kw_only=True):
    """A card (``slr`` None) or an SLR that is filled: its room and the places along the route that lie in it."""

    card: int
    slr: int | None
    room: Room
    places: tuple[int, ...]


def bins(problem: Problem) -> Iterator[Bin]:
    """Yield every card, and every SLR where the problem tells them apart."""
    for card, rooms in enumerate(problem.cards, 1):
        mine = tuple(number for number, place in enumerate(problem.places) if place.card == card)
        yield Bin(card=card, slr=None, room=rooms.whole, places=mine)
        for slr in sorted({problem.places[number].slr for number in mine} - {None}, key=str):
            there = tuple(number for number in mine if problem.places[number].slr == slr)
            yield Bin(card=card, slr=slr, room=rooms.slrs[slr or 0], places=there)


def write_limits(formulation: Formulation) -> None:
    """Require that no bin holds more than its room; rows that cannot bind are left out."""
    for each in bins(formulation.problem):
        for resource in range(len(formulation.problem.names)):
            free = each.room.free(resource)
            if free == INFINITY:
                continue
            if free < 0 or formulation.most_used(resource, each.places) > free:
                formulation.program.at_most(formulation.used(resource, each.places), free)


def used_share(formulation: Formulation, each: Bin, resource: int) -> tuple[Linear, int] | None:
    """Return what a bin uses of a resource, overhead included, and its capacity; None where the capacity is unknown or 0."""
    capacity = each.room.capacity[resource]
    if not capacity:
        return None
    return formulation.used(resource, each.places) + each.room.overhead[resource], capacity
