# SPDX-License-Identifier: Apache-2.0
"""What a segment costs that lies between an ideal and a later one: whether it is allowed, its card's utilisation, the bytes that leave it."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from levada.core.manifests import Record
from levada.partition.ideals import Ideals, Ints
from levada.partition.problem import Problem, Room

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NEVER = np.inf


class Costs(Record, frozen=True, kw_only=True):
    """A goal's costs along a chain of ideals; a row of ``start`` and ``final`` for each head (in a chain there is but one).

    ``start``: up to the first boundary; ``steps``: from boundary to boundary; ``final``: from the last boundary to the end.
    """

    start: Floats
    steps: tuple[Floats, ...]
    final: Floats


def looped(problem: Problem) -> bool:
    """Say whether the route ends on the card where it began."""
    cards = [segment.card for segment in problem.route.segments]
    return len(cards) > 1 and cards[0] == cards[-1]


class Segments:
    """The transitions between the ideals at all boundaries of a problem with one variant per task."""

    def __init__(self, problem: Problem, ideals: Sequence[Ideals]) -> None:
        """Look at ``ideals`` at each boundary, the empty one and the whole included."""
        self.problem, self.ideals = problem, ideals
        self.looped = looped(problem)
        self.counts = [len(each.bits) for each in ideals]

    @cached_property
    def shares(self) -> Costs:
        """Return the utilisation of the fullest resource of each card."""
        last = self.problem.last_segment
        if not self.looped:
            costs = [self._share(segment) for segment in range(last + 1)]
            return Costs(start=np.zeros((1, 1)), steps=tuple(costs[:-1]), final=costs[-1].T)
        steps = tuple(self._share(segment) for segment in range(1, last))
        return Costs(start=self._heads(np.zeros(self.counts[1])), steps=steps, final=self._joined_share())

    @cached_property
    def wire_bytes(self) -> Costs:
        """Return the bytes of all streams that leave each segment, each counted once however far it goes."""
        last = self.problem.last_segment
        costs = [np.where(np.isfinite(self._share(n)), self._leaving(n), NEVER) for n in range(self.looped, last)]
        if not self.looped:
            final = np.where(np.isfinite(self.shares.final), 0.0, NEVER)
            return Costs(start=np.zeros((1, 1)), steps=tuple(costs), final=final)
        final = np.where(np.isfinite(self.shares.final), 0.0, NEVER)
        return Costs(start=self._heads(self._leaving(0)[0]), steps=tuple(costs), final=final)

    def _heads(self, costs: Floats) -> Floats:
        """Return a table of one row per head: its own cost at its own ideal, never another's."""
        table = np.full((len(costs), len(costs)), NEVER)
        np.fill_diagonal(table, costs)
        return table

    def _share(self, segment: int) -> Floats:
        """Return the utilisation of a card that holds what lies between the ideals at both ends of one segment; never where it may not."""
        before, after = self.ideals[segment], self.ideals[segment + 1]
        within = _within(before, after)
        used = after.loads[None, :, :] - before.loads[:, None, :]
        filled = np.array(before.bits, dtype=object)[:, None] != np.array(after.bits, dtype=object)[None, :]
        room = self.problem.cards[self.problem.route.segments[segment].card - 1].whole
        return np.where(within & filled.astype(bool), _filled(room, used), NEVER)

    def _joined_share(self) -> Floats:
        """Return the first card's utilisation for every head and every ideal before the tail; never where a stream would join the two."""
        heads, tails = self.ideals[1], self.ideals[-2]
        whole = self.ideals[-1].loads[0]
        used = heads.loads[:, None, :] + (whole - tails.loads)[None, :, :]
        apart = self._passing(heads, tails, np.ones(len(self.problem.edges))) == 0
        return np.where(_within(heads, tails) & apart, _filled(self.problem.cards[0].whole, used), NEVER)

    def _leaving(self, segment: int) -> Floats:
        """Return the bytes of streams from within a segment to beyond it."""
        edges = self.problem.edges
        sizes = np.array([self.problem.tasks[e.source].variants[0].wire_bytes[e.port] for e in edges], dtype=float)
        before, after = self.ideals[segment], self.ideals[segment + 1]
        out = np.diag(self._passing(after, after, sizes)) if len(after.bits) else np.zeros(0)
        return out[None, :] - self._passing(before, after, sizes)

    def _passing(self, before: Ideals, after: Ideals, sizes: Floats) -> Floats:
        """Return the summed sizes of streams from within the one ideal to beyond the other."""
        sources = [edge.source for edge in self.problem.edges]
        sinks = [edge.sink for edge in self.problem.edges]
        begun = before.holds[:, sources] * sizes
        result: Floats = begun @ (~after.holds[:, sinks]).T.astype(float)
        return result


def _within(before: Ideals, after: Ideals) -> Bools:
    """Return where the one ideal lies within the other."""
    outside = before.holds.astype(np.float32) @ (~after.holds).T.astype(np.float32)
    found: Bools = outside == 0
    return found


def _filled(room: Room, used: Ints) -> Floats:
    """Return the largest share of a card's resources that ``used`` and its overhead take; never where that is more than allowed."""
    found = np.zeros(used.shape[:-1])
    for resource, (capacity, allowed) in enumerate(zip(room.capacity, room.allowed, strict=True)):
        whole = used[..., resource] + room.overhead[resource]
        if capacity:
            found = np.maximum(found, whole / capacity)
        if allowed is not None:
            found = np.where(whole > allowed, NEVER, found)
    return found
