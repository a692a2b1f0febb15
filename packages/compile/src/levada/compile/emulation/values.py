# SPDX-License-Identifier: Apache-2.0
"""The values that a tensor can hold."""

from typing import Any

import msgspec
import numpy as np

from levada.core.datatypes import datatype


class Range(msgspec.Struct, frozen=True):
    """The smallest and the largest integer of a tensor."""

    low: int
    high: int

    @classmethod
    def of(cls, name: str) -> "Range":
        """Return the range of a data type."""
        kind = datatype(name)
        return cls(kind.minimum, kind.maximum)

    def times(self, weights: Any) -> "Range":
        """Return the range of the products with a matrix of inputs × outputs, over all outputs."""
        matrix = np.asarray(weights, np.int64)
        up, down = np.maximum(matrix, 0).sum(axis=0), np.minimum(matrix, 0).sum(axis=0)
        return Range(int((up * self.low + down * self.high).min()), int((up * self.high + down * self.low).max()))

    @property
    def largest(self) -> int:
        """Return the largest magnitude."""
        return max(abs(self.low), abs(self.high))
