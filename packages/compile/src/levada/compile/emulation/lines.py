# SPDX-License-Identifier: Apache-2.0
"""Thresholds as a line: slope · x + offset, rounded down and clipped, where that provably counts the thresholds reached.

A quantiser's thresholds are evenly spaced but for their own rounding, so nearly every channel has such a line. It must pass
at or above *k* where the *k*-th threshold stands and below *k* one step to its left; between two thresholds it follows from
its rise. The line with the widest margin is found, and taken only if the margin exceeds what single precision can lose, in
whatever order a processor multiplies and adds.
"""

from typing import Any

import msgspec
import numpy as np

from levada.compile.emulation.values import Range

EXACT_FLOAT32 = 2**24
ROUNDING = 2.0**-22
SEARCH_STEPS = 100


class Lines(msgspec.Struct, frozen=True):
    """One line per channel, float32."""

    slope: Any
    offset: Any


class Bounds(msgspec.Struct, frozen=True):
    """Where the lines must pass, channels × points: at or above ``floor`` at ``left``, below ``ceiling`` at ``right``."""

    left: Any
    floor: Any
    right: Any
    ceiling: Any

    def margin(self, slope: Any) -> tuple[Any, Any]:
        """Return how far apart the bounds are along the offset for this slope, and the offset in their middle."""
        low = (self.floor - slope[:, None] * self.left).max(axis=1)
        high = (self.ceiling - slope[:, None] * self.right).min(axis=1)
        return (high - low) / 2, (high + low) / 2


def fit(steps: Any, domain: Range) -> Lines | None:
    """Return lines that count ``steps`` (channels × thresholds, integers) for every integer in ``domain``, or None."""
    if domain.largest >= EXACT_FLOAT32:
        return None
    bounds = _bounds(np.sort(steps, axis=1), domain)
    slope = _widest(bounds, steps.shape[1]).astype(np.float32)
    margin, offset = bounds.margin(slope.astype(np.float64))
    lost = ROUNDING * (slope * domain.largest + np.abs(offset) + 1)
    return Lines(slope, offset.astype(np.float32)) if (margin > lost).all() else None


def _bounds(steps: Any, domain: Range) -> Bounds:
    """Write every condition on the lines; a threshold that no value reaches, or every value does, sets none."""
    reached = (steps[:, None, :] <= steps[:, :, None]).sum(axis=2)
    before = (steps[:, None, :] < steps[:, :, None]).sum(axis=2)
    inside = (steps > domain.low) & (steps <= domain.high)
    first = (steps <= domain.low).sum(axis=1, keepdims=True)
    last = (steps <= domain.high).sum(axis=1, keepdims=True)
    ends = np.ones_like(first)
    count = steps.shape[1]
    return Bounds(
        left=np.hstack([steps, domain.low * ends]).astype(np.float64),
        floor=np.hstack([np.where(inside, reached, -np.inf), np.where(first > 0, first, -_FAR)]),
        right=np.hstack([steps - 1, domain.high * ends]).astype(np.float64),
        ceiling=np.hstack([np.where(inside, before + 1, np.inf), np.where(last < count, last + 1, _FAR)]),
    )


_FAR = 1e9
"""Stands for no bound at all, but keeps the arithmetic finite."""


def _widest(bounds: Bounds, steepest: int) -> Any:
    """Return the slope of the widest margin per channel: it is concave in the slope, so a ternary search finds it."""
    low = np.zeros(len(bounds.left))
    high = np.full(len(bounds.left), float(steepest))
    for _ in range(SEARCH_STEPS):
        third = (high - low) / 3
        better_right = bounds.margin(low + third)[0] < bounds.margin(high - third)[0]
        low, high = np.where(better_right, low + third, low), np.where(better_right, high, high - third)
    return (low + high) / 2
