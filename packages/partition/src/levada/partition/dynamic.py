# SPDX-License-Identifier: Apache-2.0
"""The dynamic programme over order ideals: for fixed variants the exact optimum of utilisation, then of network bytes, card by card.

What lies before each boundary along the route is an ideal, and a placement a chain of them, each within the next. A table holds the best that can be
had up to an ideal; in a loop one row for each ideal of the head, because head and tail fill the first card together.

Beside one optimal placement it gives the windows of all of them, which leave the rest of a search little to decide. SLRs are not told apart here.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from levada.core.manifests import Record
from levada.partition.ideals import Ideals, boundary, listed, needed, possible, tabled
from levada.partition.layout import Layout, Spot
from levada.partition.problem import Problem
from levada.partition.transitions import NEVER, Costs, Floats, Segments, looped
from levada.partition.windows import Bools, Window, windows

Join = Callable[[Floats, Floats], Floats]

MOST_IDEALS = 20_000
"""Listed at one boundary, before those are left out that capacity rules out. Beyond, others have to solve it."""
MOST_PAIRS = 20_000_000
"""Of ideals at neighbouring boundaries, all boundaries together: a table of 160 MB, of which there are a few at a time."""
MOST_JOINS = 10_000_000_000
"""Pairs times heads: about a minute. In a chain there is one head, and pairs bind before."""
SLACKS = (Fraction(1, 200), Fraction(1, 50), Fraction(1, 12))
"""How far above the least thinkable utilisation placements are looked for, in turn, before all are allowed: the lower, the fewer ideals."""


class Best(Record, frozen=True, kw_only=True):
    """One optimal layout, and the windows of segments in which all optimal ones lie, or all that are good enough."""

    layout: Layout
    spans: tuple[Window, ...]


def applies(problem: Problem) -> bool:
    """Say whether the programme can answer: no choice of variants, and no card visited twice but the first, at the end."""
    cards = [segment.card for segment in problem.route.segments]
    inner = cards[:-1] if looped(problem) else cards
    settled = not problem.several and all(edge.links is None for edge in problem.edges)
    return settled and len(set(inner)) == len(inner)


def least_utilisation(problem: Problem) -> Best | bool | None:
    """Return a placement of least utilisation; False where there is none at all, None where ideals are too many to tell."""
    floor = _floor(problem)
    for slack in SLACKS:
        tables = _tables(problem.capped(floor * (1 + slack)))
        if tables is None:  # with more room there are only more
            return None
        if best := tables.best(tables.segments.shares, np.maximum):
            return best
    tables = _tables(problem)
    return None if tables is None else tables.best(tables.segments.shares, np.maximum) or False


def least_bytes(problem: Problem) -> Best | None:
    """Return a placement of the fewest network bytes, within the problem's limits; None where ideals are too many."""
    tables = _tables(problem)
    return None if tables is None else tables.best(tables.segments.wire_bytes, np.add)


def spans(problem: Problem, most_bytes: float = NEVER) -> tuple[Window, ...] | None:
    """Return the windows of segments of all placements within the limits, of at most so many network bytes; None where ideals are too many.

    They are empty where there is no such placement.
    """
    tables = _tables(problem)
    if tables is None:
        return None
    found = tables.best(tables.segments.wire_bytes, np.add, most_bytes)
    return found.spans if found else tuple(Window(1, 0) for _ in problem.tasks)


def _floor(problem: Problem) -> Fraction:
    """Return the utilisation that no placement gets under: all layers spread evenly over all cards."""
    shares = [Fraction(0)]
    for resource in range(len(problem.names)):
        capacities = [card.whole.capacity[resource] for card in problem.cards]
        if all(capacities):
            needed_count = sum(task.least(resource) for task in problem.tasks)
            needed_count += sum(card.whole.overhead[resource] for card in problem.cards)
            shares.append(Fraction(needed_count, sum(has or 0 for has in capacities)))
    return max(shares)


def _tables(problem: Problem) -> "_Tables | None":
    coarse = problem.coarse()
    spans, need = windows(coarse), needed(coarse)
    found = [tabled(coarse, [0])]
    for segment in range(coarse.last_segment):
        bits = [] if any(s.empty() for s in spans) else listed(*boundary(segment, spans), need, MOST_IDEALS)
        if bits is None:
            return None
        found.append(possible(coarse, segment, tabled(coarse, bits)))
        if _too_many([len(each.bits) for each in found], len(found[1].bits) if looped(coarse) else 1):
            return None
    return _Tables(coarse, [*found, tabled(coarse, [(1 << len(coarse.tasks)) - 1])])


def _too_many(counts: Sequence[int], heads: int) -> bool:
    """Say whether tables over boundaries with so many ideals would take too much memory or time."""
    pairs = sum(early * late for early, late in pairwise(counts))
    return pairs > MOST_PAIRS or heads * sum(counts) > MOST_PAIRS or heads * pairs > MOST_JOINS


class _Tables:
    """Forward and backward tables over the boundaries of one problem."""

    def __init__(self, problem: Problem, ideals: Sequence[Ideals]) -> None:
        self.problem, self.ideals = problem, ideals
        self.segments = Segments(problem, ideals)
        self.first = int(looped(problem))

    def best(self, costs: Costs, join: Join, most: float | None = None) -> Best | None:
        """Return the optimum of a goal, joined along a chain, with the windows of all chains of at most ``most``; None where there is none.

        Where ``most`` is not given, the windows are those of the optimal chains.
        """
        forward, backward = [costs.start], [costs.final]
        for step in costs.steps:
            forward.append(_joined(forward[-1], step, join))
        for step in reversed(costs.steps):
            backward.insert(0, _joined(backward[0], step.T, join))
        worth = [join(ahead, behind) for ahead, behind in zip(forward, backward, strict=True)]
        least = worth[-1].min(initial=NEVER)
        if not np.isfinite(least) or (most is not None and least > most):
            return None
        chain = self._chain(costs, forward, backward[-1], join)
        enough = least if most is None else most
        kept = [_reached(table, enough) for table in worth]
        return Best(layout=self._layout(chain), spans=self._spans(kept))

    def _chain(self, costs: Costs, forward: Sequence[Floats], final: Floats, join: Join) -> list[int]:
        """Return the numbers of the ideals of one optimal chain, at the boundaries that the tables are about."""
        head, at = (int(n) for n in np.unravel_index(np.argmin(join(forward[-1], final)), final.shape))
        chain = [at]
        for table, step in zip(reversed(forward[:-1]), reversed(costs.steps), strict=True):
            at = int(np.argmin(join(table[head], step[:, at])))
            chain.insert(0, at)
        return chain

    def _layout(self, chain: Sequence[int]) -> Layout:
        bits = [each.bits[number] for each, number in zip(self.ideals[self.first :], chain, strict=False)]
        behind = [bits[number] for number in range(1 - self.first, len(bits))]
        spots = (sum(not ideal >> task & 1 for ideal in behind) for task in range(len(self.problem.tasks)))
        return Layout(problem=self.problem, spots=tuple(Spot(place, 0) for place in spots))

    def _spans(self, kept: Sequence[Bools]) -> tuple[Window, ...]:
        """Return each task's first and last segment over all chains of the ideals that are kept at each boundary."""
        holds = [each.holds[mask] for each, mask in zip(self.ideals[self.first :], kept, strict=False)]
        inner = holds[1 - self.first :]
        tasks = range(len(self.problem.tasks))
        firsts = [sum(not table[:, task].any() for table in inner) for task in tasks]
        lasts = [sum(not table[:, task].all() for table in inner) for task in tasks]
        return tuple(Window(*span) for span in zip(firsts, lasts, strict=True))


def _joined(table: Floats, step: Floats, join: Join) -> Floats:
    """Return, per row and per ideal that a step leads to, the best over the ideals from which it leads."""
    columns = [join(table, step[:, number][None, :]).min(axis=1, initial=NEVER) for number in range(step.shape[1])]
    return np.stack(columns, axis=1) if columns else np.zeros((len(table), 0))


def _reached(table: Floats, most: float) -> Bools:
    """Return which ideals a chain of at most ``most`` passes."""
    found: Bools = np.any(np.isfinite(table) & (table <= most), axis=0)
    return np.atleast_1d(found)
