# SPDX-License-Identifier: Apache-2.0
"""What a segment costs that lies between an ideal and a later one: whether it is allowed, its card's utilisation, the bytes that leave it."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from levada.core.manifests import Record
from levada.partition.ideals import Ideals
from levada.partition.problem import Problem
from levada.partition.rooms import Room
from levada.partition.windows import Bools, Ints

Floats = npt.NDArray[np.float64]
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
        filled = before.holds.sum(axis=1)[:, None] < after.holds.sum(axis=1)[None, :]
        room = self.problem.cards[self.problem.route.segments[segment].card - 1].whole
        return np.where(within & filled & self._unbarred(segment), _filled(room, -before.loads, after.loads), NEVER)

    def _unbarred(self, segment: int) -> Bools:
        """Return where no task lies in a segment whose anchor forbids it there: in a loop, one of card 1 may lie before and behind."""
        before, after = self.ideals[segment], self.ideals[segment + 1]
        may: Bools = np.asarray(~before.holds.all(axis=0) & after.holds.any(axis=0))
        barred = [task for task in self.problem.anchored if may[task] and not self.problem.allows(task, segment)]
        if not barred:
            return np.ones((1, 1), dtype=bool)
        inside = (~before.holds[:, barred]).astype(np.float32) @ after.holds[:, barred].T.astype(np.float32)
        found: Bools = inside == 0
        return found

    def _joined_share(self) -> Floats:
        """Return the utilisation of the card of head and tail for every head and every ideal before the tail; never where a stream would join the two."""
        heads, tails = self.ideals[1], self.ideals[-2]
        whole = self.ideals[-1].loads[0]
        apart = self._passing(heads, tails, np.ones(len(self.problem.edges))) == 0
        room = self.problem.cards[self.problem.route.segments[0].card - 1].whole
        return np.where(_within(heads, tails) & apart, _filled(room, heads.loads, whole - tails.loads), NEVER)

    def _leaving(self, segment: int) -> Floats:
        """Return the bytes of streams from within a segment to beyond it."""
        edges = self.problem.edges
        sizes = np.array([self.problem.tasks[e.source].variants[0].wire_bytes[e.port] for e in edges], dtype=float)
        before, after = self.ideals[segment], self.ideals[segment + 1]
        out = np.diag(self._passing(after, after, sizes)) if len(after.bits) else np.zeros(0)
        return out[None, :] - self._passing(before, after, sizes)

    def _passing(self, before: Ideals, after: Ideals, sizes: Floats) -> Floats:
        """Return the summed sizes of streams from within the one ideal to beyond the other."""
        edges = self.problem.edges
        sources, sinks = [edge.source for edge in edges], [edge.sink for edge in edges]
        begun, beyond = before.holds[:, sources], ~after.holds[:, sinks]
        may = begun.any(axis=0) & beyond.any(axis=0)
        result: Floats = (begun[:, may] * sizes[may]) @ beyond[:, may].T.astype(float)
        return result


def _within(before: Ideals, after: Ideals) -> Bools:
    """Return where the one ideal lies within the other; only tasks that some of the former hold and some of the latter do not can tell."""
    may = before.holds.any(axis=0) & ~after.holds.all(axis=0)
    outside = before.holds[:, may].astype(np.float32) @ (~after.holds[:, may]).T.astype(np.float32)
    found: Bools = outside == 0
    return found


def _filled(room: Room, rows: Ints, columns: Ints) -> Floats:
    """Return the largest share of a card's resources that overhead and the loads of row and column take; never where that is more than allowed."""
    found = np.zeros((len(rows), len(columns)))
    for resource, (capacity, allowed) in enumerate(zip(room.capacity, room.allowed, strict=True)):
        whole = np.add.outer(rows[:, resource] + room.overhead[resource], columns[:, resource])
        if capacity:
            np.maximum(found, whole / capacity, out=found)
        if allowed is not None:
            found[whole > allowed] = NEVER
    return found
