# SPDX-License-Identifier: Apache-2.0
"""A placement problem reduced to numbers: tasks with variants, edges, places along the route, and room at each place."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from math import floor

import msgspec

from levada.core.manifests import Record, Route
from levada.core.resources import Name


class Variant(Record, frozen=True, kw_only=True):
    """One way to build a layer: its candidate's index, cycles, and counts of the limited resources.

    ``wire_bytes`` per inference of each edge that leaves the layer, were it cut; ``grips``: its lanes at each rigid stream that it touches.
    """

    candidate: int
    cycles: int
    counts: tuple[int, ...]
    wire_bytes: tuple[int, ...] = ()
    external_bytes: int = 0
    grips: tuple[int, ...] = ()


class Task(Record, frozen=True, kw_only=True):
    """A layer to be placed."""

    name: str
    variants: tuple[Variant, ...]

    def least(self, resource: int) -> int:
        """Return the smallest count of a resource over the variants."""
        return min(variant.counts[resource] for variant in self.variants)

    def most(self, resource: int) -> int:
        """Return the largest count of a resource over the variants."""
        return max(variant.counts[resource] for variant in self.variants)

    @property
    def external(self) -> bool:
        """Say whether every variant reads its weights from outside."""
        return all(variant.external_bytes for variant in self.variants)


class Edge(Record, frozen=True, kw_only=True):
    """A stream between two tasks; ``port`` indexes ``wire_bytes`` of its source's variants.

    A rigid one has the same lanes at both ends: ``grips`` indexes those of the source's and of the sink's variants.
    """

    name: str
    source: int
    sink: int
    cuttable: bool
    port: int
    grips: tuple[int, int] | None = None


class Place(Record, frozen=True, kw_only=True):
    """A stop along the route; ``slr`` is None where a whole segment counts as one place."""

    segment: int
    card: int
    slr: int | None


class Room(Record, frozen=True, kw_only=True):
    """What a card or an SLR offers of each limited resource: what there is, what shell and network take, how much may be used.

    ``allowed`` includes the overhead. ``capacity`` and ``allowed`` are None where the board's basis says nothing.
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
            None if most is None or capacity is None else min(most, floor(utilisation * capacity))
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


class Problem(Record, frozen=True, kw_only=True, dict=True):
    """Everything that decides a placement. Tasks are in topological order; cards are numbered from 1.

    ``spread``: by how much, per resource, all counts together may be too high, because a stream's cost depends on two choices.
    """

    names: tuple[Name, ...]
    tasks: tuple[Task, ...]
    edges: tuple[Edge, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    route: Route
    places: tuple[Place, ...]
    cards: tuple[CardRoom, ...]
    spread: tuple[int, ...] = ()

    @cached_property
    def several(self) -> bool:
        """Say whether any layer leaves a choice of variants."""
        return any(len(task.variants) > 1 for task in self.tasks)

    @property
    def segmented(self) -> bool:
        """Say whether each segment counts as one place."""
        return all(place.slr is None for place in self.places)

    @cached_property
    def segment_ends(self) -> tuple[int, ...]:
        """Return the last place of each segment."""
        return tuple(
            max(number for number, place in enumerate(self.places) if place.segment == segment)
            for segment in range(len(self.route.segments))
        )

    def in_role(self, role: str) -> tuple[int, ...]:
        """Return the tasks that an anchor of this role binds, however they are built."""
        if role == "external":
            return tuple(number for number, task in enumerate(self.tasks) if task.external)
        return self.inputs if role == "input" else self.outputs

    @cached_property
    def external_segments(self) -> tuple[int, ...]:
        """Return the segments in which layers may read their weights from outside: all, or those that an anchor names."""
        anchored = tuple(anchor.segment for anchor in self.route.anchors if anchor.role == "external")
        return anchored or tuple(range(len(self.route.segments)))

    @property
    def last_segment(self) -> int:
        """Return the number of the last segment."""
        return len(self.route.segments) - 1

    @property
    def slowest(self) -> int:
        """Return the cycles that no choice of variants gets under."""
        return max(min(variant.cycles for variant in task.variants) for task in self.tasks)

    def coarse(self) -> "Problem":
        """Return the relaxation in which a segment is one place and SLRs are not told apart."""
        places = tuple(
            Place(segment=number, card=segment.card, slr=None) for number, segment in enumerate(self.route.segments)
        )
        return msgspec.structs.replace(self, places=places)

    def capped(self, utilisation: Fraction) -> "Problem":
        """Return the problem with no card used beyond ``utilisation`` of its capacity."""
        cards = tuple(msgspec.structs.replace(card, whole=card.whole.capped(utilisation)) for card in self.cards)
        return msgspec.structs.replace(self, cards=cards)

    def within(self, cycles: int) -> "Problem":
        """Return the problem with only the variants of at most ``cycles``, those that another one beats left out."""
        tasks = tuple(
            msgspec.structs.replace(task, variants=best([v for v in task.variants if v.cycles <= cycles]))
            for task in self.tasks
        )
        return msgspec.structs.replace(self, tasks=tasks)

    def ideal(self) -> "Problem":
        """Return the relaxation in which each layer takes the least of every count that any of its variants takes."""
        return self.built_as(tuple(_ideal(task.variants) for task in self.tasks))

    def frugal(self) -> "Problem":
        """Return the problem with each layer's variant fixed to the one that, beside the overhead, fills the cards least."""
        resources = range(len(self.names))
        capacity = [sum(card.whole.capacity[r] or 0 for card in self.cards) for r in resources]
        overhead = [sum(card.whole.overhead[r] for card in self.cards) for r in resources]

        def fill(variant: Variant) -> list[float]:
            shares = ((overhead[r] + variant.counts[r]) / capacity[r] for r in resources if capacity[r])
            return sorted(shares, reverse=True)

        return self.built_as(tuple(min(variants, key=fill) for variants in self._gripped(fill)))

    def _gripped(self, fill: Callable[[Variant], list[float]]) -> list[tuple[Variant, ...]]:
        """Return each task's variants, at rigid edges only those of the lanes at which both ends together fill the cards least."""
        left = [task.variants for task in self.tasks]
        for edge in self.edges:
            if edge.grips is None:
                continue
            ends = ((edge.source, edge.grips[0]), (edge.sink, edge.grips[1]))
            groups = [lanes_groups(left[task], grip) for task, grip in ends]
            common = groups[0].keys() & groups[1].keys()
            if common:
                lanes = min(common, key=lambda lanes: max(min(map(fill, group[lanes])) for group in groups))
                for (task, _), group in zip(ends, groups, strict=True):
                    left[task] = tuple(group[lanes])
        return left

    def built_as(self, variants: tuple[Variant, ...]) -> "Problem":
        """Return the problem with one variant for each layer."""
        pairs = zip(self.tasks, variants, strict=True)
        tasks = tuple(msgspec.structs.replace(task, variants=(variant,)) for task, variant in pairs)
        return msgspec.structs.replace(self, tasks=tasks)


def lanes_groups(variants: Sequence[Variant], grip: int) -> dict[int, list[Variant]]:
    """Return variants by their lanes at one rigid stream."""
    groups: dict[int, list[Variant]] = {}
    for variant in variants:
        groups.setdefault(variant.grips[grip], []).append(variant)
    return groups


def best(variants: list[Variant]) -> tuple[Variant, ...]:
    """Return the variants that no other one of the same grips beats or equals in every cost; cycles do not count.

    A variant that is beaten costs more in sum, so only those already kept need be looked at.
    """
    kept: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    found = []
    for cost, variant in sorted(((_costs(v), v) for v in variants), key=lambda pair: (sum(pair[0]), pair[0])):
        rivals = kept.setdefault(variant.grips, [])
        if not any(all(mine <= theirs for mine, theirs in zip(better, cost, strict=True)) for better in rivals):
            rivals.append(cost)
            found.append(variant)
    return tuple(found)


def _ideal(variants: tuple[Variant, ...]) -> Variant:
    """Return a variant that may not exist: the least of each cost over ``variants``."""
    return Variant(
        candidate=variants[0].candidate,
        cycles=min(variant.cycles for variant in variants),
        counts=tuple(map(min, zip(*(variant.counts for variant in variants), strict=True))),
        wire_bytes=tuple(map(min, zip(*(variant.wire_bytes for variant in variants), strict=True))),
        external_bytes=min(variant.external_bytes for variant in variants),
    )


def _costs(variant: Variant) -> tuple[int, ...]:
    return (*variant.counts, *variant.wire_bytes, variant.external_bytes)
