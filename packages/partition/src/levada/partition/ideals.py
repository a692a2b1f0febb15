# SPDX-License-Identifier: Apache-2.0
"""Order ideals: the sets of layers that can lie before a boundary between two cards.

Such a set holds, with every layer, all that come before it, and both ends of a stream that cannot be cut. Between what must and what may lie before
a boundary there are few of them, so that they can be listed.
"""

from collections.abc import Sequence

import numpy as np

from levada.core.manifests import Record
from levada.partition.problem import Problem
from levada.partition.windows import Bools, Ints, Window, members, offered


class Ideals(Record, frozen=True, kw_only=True):
    """The ideals at one boundary: their members as bits, and per ideal which tasks it holds and how much of each resource they take."""

    bits: tuple[int, ...]
    holds: Bools
    loads: Ints


def needed(problem: Problem) -> list[int]:
    """Return, per task, the bits of all tasks that any ideal with it holds: itself, its ancestors, and what cannot be cut from those."""
    require: list[list[int]] = [[] for _ in problem.tasks]
    for edge in problem.edges:
        require[edge.sink].append(edge.source)
        if not edge.cuttable:
            require[edge.source].append(edge.sink)
    need = [1 << number for number in range(len(problem.tasks))]
    changed = True
    while changed:
        changed = False
        for task, others in enumerate(require):
            whole = need[task]
            for other in others:
                whole |= need[other]
            changed |= whole != need[task]
            need[task] = whole
    return need


def listed(least: int, most: int, need: Sequence[int], limit: int) -> list[int] | None:
    """Return the ideals that hold all of ``least`` and nothing beyond ``most``; None where there are more than ``limit``."""
    start = _closed(least, need)
    if start & ~most:
        return []
    found, queue = {start}, [start]
    units = [unit for unit in _units(need) if unit.members & ~start and not unit.whole & ~most]
    while queue:
        ideal = queue.pop()
        for unit in units:
            grown = ideal | unit.members
            if not unit.before & ~ideal and grown != ideal and grown not in found:
                found.add(grown)
                queue.append(grown)
        if len(found) > limit:
            return None
    return sorted(found, key=lambda bits: (bits.bit_count(), bits))


class _Unit(Record, frozen=True, kw_only=True):
    """Tasks that cannot be parted, and what lies before them, as bits."""

    members: int
    before: int

    @property
    def whole(self) -> int:
        return self.members | self.before


def _units(need: Sequence[int]) -> list[_Unit]:
    members: dict[int, int] = {}
    for task, whole in enumerate(need):
        members[whole] = members.get(whole, 0) | 1 << task
    return [_Unit(members=mine, before=whole & ~mine) for whole, mine in members.items()]


def _closed(bits: int, need: Sequence[int]) -> int:
    closed = 0
    for task, whole in enumerate(need):
        if bits >> task & 1:
            closed |= whole
    return closed


def boundary(segment: int, spans: Sequence[Window]) -> tuple[int, int]:
    """Return what must and what may lie in ``segment`` or before it, as bits, where tasks have these windows of segments."""
    least = sum(1 << task for task, span in enumerate(spans) if span.last <= segment)
    most = sum(1 << task for task, span in enumerate(spans) if span.first <= segment)
    return least, most


def tabled(problem: Problem, ideals: Sequence[int]) -> Ideals:
    """Return ideals with their members and loads as arrays; each task counts with its only variant."""
    count = len(problem.tasks)
    holds = np.array([members(bits, count) for bits in ideals], dtype=bool)
    counts = np.array([task.variants[0].counts for task in problem.tasks], dtype=np.int64)
    holds = holds.reshape(len(ideals), count)
    return Ideals(bits=tuple(ideals), holds=holds, loads=holds @ counts.reshape(count, len(problem.names)))


def possible(problem: Problem, boundary: int, ideals: Ideals) -> Ideals:
    """Return those ideals that fit into the places before a boundary, all beyond them into those behind it, with no more streams between.

    ``boundary``: the number of the last place before it. What windows say of single tasks, this says of whole sets.
    """
    whole = np.array([sum(task.least(r) for task in problem.tasks) for r in range(len(problem.names))], dtype=np.int64)
    ahead, behind = (
        np.array(offered(problem, places))
        for places in (problem.places[: boundary + 1], problem.places[boundary + 1 :])
    )
    fits = np.all((ideals.loads <= ahead) & (whole - ideals.loads <= behind), axis=1)
    if problem.streams_per_cut is not None:
        fits = fits & (crossing(problem, ideals) <= problem.streams_per_cut)
    kept = np.flatnonzero(fits)
    return Ideals(bits=tuple(ideals.bits[n] for n in kept), holds=ideals.holds[kept], loads=ideals.loads[kept])


def crossing(problem: Problem, ideals: Ideals) -> Ints:
    """Return, per ideal, how many streams lead from it to what lies beyond."""
    found = np.zeros(len(ideals.bits), dtype=np.int64)
    for edge in problem.edges:
        found += ideals.holds[:, edge.source] & ~ideals.holds[:, edge.sink]
    return found
