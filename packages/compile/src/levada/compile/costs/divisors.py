# SPDX-License-Identifier: Apache-2.0
"""Divisors: the only parallelisms that fold a dimension without a remainder."""

from functools import lru_cache
from math import isqrt


@lru_cache(maxsize=1024)
def divisors(number: int) -> tuple[int, ...]:
    """Return the divisors of a positive number, ascending."""
    low = [d for d in range(1, isqrt(number) + 1) if number % d == 0]
    high = [number // d for d in reversed(low) if d * d != number]
    return (*low, *high)


def clog2(number: int) -> int:
    """Return the bits that count ``number`` different values: SystemVerilog's ``$clog2``."""
    return max(number - 1, 0).bit_length()


def ceil_div(number: int, by: int) -> int:
    """Return ``number / by``, rounded up."""
    return -(-number // by)
