# SPDX-License-Identifier: Apache-2.0
"""A placement problem reduced to numbers: tasks with variants, edges, places along the route, and room at each place."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from math import floor

import msgspec

from levada.core.manifests import Record, Route
from levada.core.resources import Name

Links = dict[tuple[int, int], tuple[int, ...]]
"""Counts by lanes at (source, sink)."""


class Variant(Record, frozen=True, kw_only=True):
    """One way to build a layer: its candidate's index, cycles, and counts of the limited resources.

    ``wire_bytes`` per inference of each edge that leaves the layer, were it cut; ``ends``: its lanes at each edge that it touches.
    """

    candidate: int
    cycles: int
    counts: tuple[int, ...]
    wire_bytes: tuple[int, ...] = ()
    external_bytes: int = 0
    ends: tuple[int, ...] = ()


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

    ``ends`` indexes the lanes of the source's and of the sink's variants; a ``rigid`` edge has the same lanes at both.
    ``links``: what converter and FIFO take beside the sink, by the lanes of (source, sink), *above* the least that any lanes of the
    source would let the sink have: that least is in the counts of the sink's variants. None where there is nothing above it.
    """

    name: str
    source: int
    sink: int
    cuttable: bool
    port: int
    ends: tuple[int, int] = (0, 0)
    rigid: bool = False
    links: Links | None = None


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

    ``streams_per_cut``: the most streams that may cross from one segment into the next or beyond, those that pass a card by included.
    """

    names: tuple[Name, ...]
    tasks: tuple[Task, ...]
    edges: tuple[Edge, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    route: Route
    places: tuple[Place, ...]
    cards: tuple[CardRoom, ...]
    streams_per_cut: int | None = None

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
        quick = [tuple(v for v in task.variants if v.cycles <= cycles) for task in self.tasks]
        fast = self._built_of(quick).settled()
        return fast._built_of(
            [best(task.variants, telling) for task, telling in zip(fast.tasks, fast.telling, strict=True)]
        ).settled()

    @property
    def telling(self) -> list[tuple[int, ...]]:
        """Return, per task, which of its variants' ``ends`` matter to another task: those at rigid edges and at such as have links."""
        found: list[set[int]] = [set() for _ in self.tasks]
        for edge in self.edges:
            if edge.rigid or edge.links is not None:
                found[edge.source].add(edge.ends[0])
                found[edge.sink].add(edge.ends[1])
        return [tuple(sorted(each)) for each in found]

    def settled(self) -> "Problem":
        """Return the problem with links only of lanes that there are, and what none of these avoids counted with the sink."""
        if all(edge.links is None for edge in self.edges):
            return self
        variants = [task.variants for task in self.tasks]
        edges = []
        for edge in self.edges:
            if edge.links is None or not variants[edge.source] or not variants[edge.sink]:
                edges.append(edge)
                continue
            sources, sinks = (
                {v.ends[end] for v in variants[task]}
                for task, end in zip((edge.source, edge.sink), edge.ends, strict=True)
            )
            least = {b: tuple(map(min, zip(*(edge.links[a, b] for a in sources), strict=True))) for b in sinks}
            above = {(a, b): _difference(edge.links[a, b], least[b]) for a in sources for b in sinks}
            edges.append(msgspec.structs.replace(edge, links=above if any(map(any, above.values())) else None))
            if any(map(any, least.values())):
                variants[edge.sink] = tuple(_heavier(v, least[v.ends[edge.ends[1]]]) for v in variants[edge.sink])
        return msgspec.structs.replace(self._built_of(variants), edges=tuple(edges))

    def ideal(self) -> "Problem":
        """Return the relaxation in which each layer takes the least of every count that any of its variants takes."""
        free = tuple(msgspec.structs.replace(edge, rigid=False, links=None) for edge in self.edges)
        ideal = self._built_of([(_ideal(task.variants),) for task in self.tasks])
        return msgspec.structs.replace(ideal, edges=free)

    def frugal(self) -> "Problem":
        """Return the problem with each layer's variant fixed to the one that, beside the overhead, fills the cards least."""
        resources = range(len(self.names))
        capacity = [sum(card.whole.capacity[r] or 0 for card in self.cards) for r in resources]
        overhead = [sum(card.whole.overhead[r] for card in self.cards) for r in resources]

        def fill(variant: Variant) -> list[float]:
            shares = ((overhead[r] + variant.counts[r]) / capacity[r] for r in resources if capacity[r])
            return sorted(shares, reverse=True)

        return self.built_as(tuple(min(variants, key=fill) for variants in self._agreeing(fill)))

    def _agreeing(self, fill: Callable[[Variant], list[float]]) -> list[tuple[Variant, ...]]:
        """Return each task's variants, at rigid edges only those of the lanes at which both ends together fill the cards least."""
        left = [task.variants for task in self.tasks]
        for edge in (edge for edge in self.edges if edge.rigid):
            ends = tuple(zip((edge.source, edge.sink), edge.ends, strict=True))
            groups = [lanes_groups(left[task], end) for task, end in ends]
            common = groups[0].keys() & groups[1].keys()
            if common:
                lanes = min(common, key=lambda lanes: max(min(map(fill, group[lanes])) for group in groups))
                for (task, _), group in zip(ends, groups, strict=True):
                    left[task] = tuple(group[lanes])
        return left

    def built_as(self, variants: Sequence[Variant]) -> "Problem":
        """Return the problem with one variant for each layer: its own with the same candidate, since what links add is its own."""
        own = (
            next((mine for mine in task.variants if mine.candidate == variant.candidate), variant)
            for task, variant in zip(self.tasks, variants, strict=True)
        )
        return self._built_of([(variant,) for variant in own]).settled()

    def _built_of(self, variants: Sequence[tuple[Variant, ...]]) -> "Problem":
        """Return the problem with these variants for each layer."""
        pairs = zip(self.tasks, variants, strict=True)
        return msgspec.structs.replace(
            self, tasks=tuple(msgspec.structs.replace(task, variants=mine) for task, mine in pairs)
        )


def lanes_groups(variants: Sequence[Variant], end: int) -> dict[int, list[Variant]]:
    """Return variants by their lanes at one edge."""
    groups: dict[int, list[Variant]] = {}
    for variant in variants:
        groups.setdefault(variant.ends[end], []).append(variant)
    return groups


def best(variants: Sequence[Variant], telling: tuple[int, ...] = ()) -> tuple[Variant, ...]:
    """Return the variants that no other one with the same lanes at the ends that tell beats or equals in every cost; cycles do not count.

    A variant that is beaten costs more in sum, so the one that costs least is kept, and all that it beats are gone at once.
    """
    groups: dict[tuple[int, ...], list[Variant]] = {}
    for variant in variants:
        groups.setdefault(tuple(variant.ends[end] for end in telling), []).append(variant)
    return tuple(variant for group in groups.values() for variant in _unbeaten(group))


def _unbeaten(variants: list[Variant]) -> list[Variant]:
    if len(variants) == 1:
        return variants
    import numpy as np  # not for the many whose layers leave one choice, nor for a command that plans nothing

    costs = np.array([_costs(variant) for variant in variants], dtype=np.int64)
    left = np.lexsort((*costs.T[::-1], costs.sum(axis=1)))
    found = []
    while len(left):
        found.append(variants[left[0]])
        left = left[(costs[left] < costs[left[0]]).any(axis=1)]
    return found


def _ideal(variants: tuple[Variant, ...]) -> Variant:
    """Return a variant that may not exist: the least of each cost over ``variants``."""
    return Variant(
        candidate=variants[0].candidate,
        cycles=min(variant.cycles for variant in variants),
        counts=tuple(map(min, zip(*(variant.counts for variant in variants), strict=True))),
        wire_bytes=tuple(map(min, zip(*(variant.wire_bytes for variant in variants), strict=True))),
        external_bytes=min(variant.external_bytes for variant in variants),
    )


def _heavier(variant: Variant, more: tuple[int, ...]) -> Variant:
    counts = tuple(mine + added for mine, added in zip(variant.counts, more, strict=True))
    return msgspec.structs.replace(variant, counts=counts)


def _difference(whole: tuple[int, ...], part: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(mine - less for mine, less in zip(whole, part, strict=True))


def _costs(variant: Variant) -> tuple[int, ...]:
    return (*variant.counts, *variant.wire_bytes, variant.external_bytes)
