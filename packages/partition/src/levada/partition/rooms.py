# SPDX-License-Identifier: Apache-2.0
"""Where layers can lie, and how much of each resource there is: stops along the route, cards and their SLRs."""

from fractions import Fraction
from math import floor
from typing import Final, Literal

import msgspec

from levada.core.manifests import Record
from levada.core.resources import Name

PORTS: Final = "memory ports"
"""What a problem calls the ports of a card's memories, where weights from outside could ask for more than there are."""

Counted = Name | Literal["memory ports"]
"""What a problem counts."""


class Place(Record, frozen=True, kw_only=True):
    """A stop along the route; ``slr`` is None where a whole segment counts as one place."""

    segment: int
    card: int
    slr: int | None


class Room(Record, frozen=True, kw_only=True):
    """What a card or an SLR offers of each limited resource: what there is, what shell and network take, how much may be used.

    ``allowed`` includes the overhead. ``capacity`` and ``allowed`` are None where the board's basis says nothing; ``capacity`` alone is for
    what has a limit, but no share of a card.
    """

    capacity: tuple[int | None, ...]
    overhead: tuple[int, ...]
    allowed: tuple[int | None, ...]

    def free(self, resource: int) -> float:
        """Return how much of a resource is left for layers; infinite where it is not limited."""
        allowed = self.allowed[resource]
        return float("inf") if allowed is None else allowed - self.overhead[resource]

    def capped(self, utilisation: Fraction) -> "Room":
        """Return the room with no more than this share of the capacity allowed."""
        allowed = tuple(
            most if most is None or capacity is None else min(most, floor(utilisation * capacity))
            for most, capacity in zip(self.allowed, self.capacity, strict=True)
        )
        return msgspec.structs.replace(self, allowed=allowed)


class CardRoom(Record, frozen=True, kw_only=True):
    """A card's room, as a whole and per SLR, and the SLRs in which its network and its DMAs lie."""

    name: str
    whole: Room
    slrs: tuple[Room, ...]
    network_slr: int
    dma_slrs: tuple[int, ...]

    def dma_distance(self, slr: int) -> int:
        """Return how many SLR boundaries lie between ``slr`` and the nearest DMA."""
        return min(abs(slr - dma) for dma in self.dma_slrs)
