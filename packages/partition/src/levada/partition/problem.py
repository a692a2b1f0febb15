# SPDX-License-Identifier: Apache-2.0
"""A placement problem reduced to numbers: tasks with variants, edges, places along the route, and room at each place."""

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from functools import cached_property

import msgspec

from levada.core.manifests import LayerAnchor, Record, Route
from levada.partition.rooms import CardRoom, Counted, Place
from levada.partition.variants import Variant, best, heavier, ideal, lanes_groups

Links = dict[tuple[int, int], tuple[int, ...]]
"""Counts by lanes at (source, sink)."""


class Task(Record, frozen=True, kw_only=True):
    """A layer to be placed; ``anchors``: where the user wants it, all of which its place must keep to."""

    name: str
    variants: tuple[Variant, ...]
    anchors: tuple[LayerAnchor, ...] = ()

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


class Problem(Record, frozen=True, kw_only=True, dict=True):
    """Everything that decides a placement. Tasks are in topological order; cards are numbered from 1.

    ``streams_per_cut``: the most streams that may cross from one segment into the next or beyond, those that pass a card by included.
    """

    names: tuple[Counted, ...]
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

    @cached_property
    def anchored(self) -> dict[int, frozenset[int]]:
        """Return, per task that the user anchored, the places that it may lie at."""
        return {
            number: frozenset(
                at for at, place in enumerate(self.places) if all(self._keeps(place, each) for each in task.anchors)
            )
            for number, task in enumerate(self.tasks)
            if task.anchors
        }

    def allows(self, task: int, place: int) -> bool:
        """Say whether the user lets a task lie at a place."""
        return task not in self.anchored or place in self.anchored[task]

    def _keeps(self, place: Place, anchor: LayerAnchor) -> bool:
        slrs = self.route.segments[place.segment].slrs if place.slr is None else (place.slr,)
        return place.card == anchor.card and (anchor.slr is None or anchor.slr in slrs)

    def anchoring(self, tasks: Collection[int]) -> "Problem":
        """Return the problem with only the anchors of these tasks."""
        kept = (
            each if number in tasks else msgspec.structs.replace(each, anchors=())
            for number, each in enumerate(self.tasks)
        )
        return msgspec.structs.replace(self, tasks=tuple(kept))

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
                variants[edge.sink] = tuple(heavier(v, least[v.ends[edge.ends[1]]]) for v in variants[edge.sink])
        return msgspec.structs.replace(self._built_of(variants), edges=tuple(edges))

    def ideal(self) -> "Problem":
        """Return the relaxation in which each layer takes the least of every count that any of its variants takes."""
        free = tuple(msgspec.structs.replace(edge, rigid=False, links=None) for edge in self.edges)
        least = self._built_of([(ideal(task.variants),) for task in self.tasks])
        return msgspec.structs.replace(least, edges=free)

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


def _difference(whole: tuple[int, ...], part: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(mine - less for mine, less in zip(whole, part, strict=True))
