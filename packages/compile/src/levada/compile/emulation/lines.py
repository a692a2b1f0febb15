# SPDX-License-Identifier: Apache-2.0
"""Thresholds as a line: slope · x + offset, rounded down and clipped, where that provably counts the thresholds reached.

A quantiser's thresholds are evenly spaced but for their own rounding, so nearly every channel has such a line. It must pass
at or above *k* where the *k*-th threshold stands and below *k* one step to its left; between two thresholds it follows from
its rise. The line with the widest margin is found, and taken only if it keeps every bound by more than floating point can lose
there, whether or not a processor rounds between multiplying and adding. Rounding never turns a rise into a fall, so the
bounds suffice.
"""

from typing import Any

import msgspec
import numpy as np

from levada.compile.emulation.values import Range

SEARCH_STEPS = 100


class Lines(msgspec.Struct, frozen=True):
    """One line per channel, slope and offset both of one floating-point type."""

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

    def kept(self, lines: Lines) -> Any:
        """Return for each channel whether its line keeps every bound, whatever its floating-point type loses.

        A product, and then a sum, lose at most half a step of that type, relative to what comes out.
        """
        half_step = np.finfo(lines.slope.dtype).eps / 2 * _SLACK[lines.slope.dtype.itemsize]
        slope, offset = (np.asarray(each, np.float64)[:, None] for each in (lines.slope, lines.offset))
        low, high = slope * self.left + offset, slope * self.right + offset
        lost_low = half_step * (np.abs(slope * self.left) + np.abs(low))
        lost_high = half_step * (np.abs(slope * self.right) + np.abs(high))
        return ((low - lost_low >= self.floor) & (high + lost_high < self.ceiling)).all(axis=1)


_SLACK = {4: 1 + 2.0**-20, 8: 4}
"""For what the check itself loses, which is computed in double precision."""


def fit(steps: Any, domain: Range) -> Lines | None:
    """Return lines that count ``steps`` (channels × thresholds, integers) for every integer in ``domain``, or None.

    In single precision where that suffices, else in double.
    """
    bounds = _bounds(np.sort(steps, axis=1), domain)
    slope = _widest(bounds, steps.shape[1])
    for kind in (np.float32, np.float64):
        _, offset = bounds.margin(slope.astype(kind).astype(np.float64))
        lines = Lines(slope.astype(kind), offset.astype(kind))
        if domain.largest < 2 ** (np.finfo(kind).nmant + 1) and bounds.kept(lines).all():
            return lines
    return None


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
