# SPDX-License-Identifier: Apache-2.0
"""FPGA resources: five counts, where *unknown* is not zero."""

from collections.abc import Iterable
from typing import Literal

import msgspec

Name = Literal["lut", "ff", "bram18", "uram", "dsp"]
NAMES: tuple[Name, ...] = ("lut", "ff", "bram18", "uram", "dsp")


class Resources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Counts of the five resources of an FPGA; ``None`` means that nobody estimates it, which is not the same as 0.

    ``bram18`` counts 18 Kb halves (RAMB18); a BRAM36 tile, the unit of most published tables, is two of them.
    """

    lut: int | None = 0
    ff: int | None = 0
    bram18: int | None = 0
    uram: int | None = 0
    dsp: int | None = 0

    def __add__(self, other: "Resources") -> "Resources":
        """Add count by count; unknown plus anything is unknown."""
        return Resources(*(_add(mine, theirs) for mine, theirs in zip(self.counts(), other.counts(), strict=True)))

    def counts(self) -> tuple[int | None, ...]:
        """Return the counts in the order of :data:`NAMES`."""
        return (self.lut, self.ff, self.bram18, self.uram, self.dsp)

    def get(self, name: Name) -> int | None:
        """Return one count by its name."""
        return self.counts()[NAMES.index(name)]

    def unknown(self) -> tuple[Name, ...]:
        """Return the names of the counts that nobody estimates."""
        return tuple(name for name, count in zip(NAMES, self.counts(), strict=True) if count is None)


UNKNOWN = Resources(None, None, None, None, None)
"""Counts that nobody gives."""


def total(parts: Iterable[Resources]) -> Resources:
    """Return the sum of ``parts``."""
    return sum(parts, Resources())


def _add(mine: int | None, theirs: int | None) -> int | None:
    return None if mine is None or theirs is None else mine + theirs


class Fractions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fraction of each resource, 0 to 1: a limit on utilisation, or a utilisation."""

    lut: float = 0.7
    ff: float = 0.5
    bram18: float = 0.8
    uram: float = 0.8
    dsp: float = 0.8

    def get(self, name: Name) -> float:
        """Return one fraction by its resource's name."""
        return (self.lut, self.ff, self.bram18, self.uram, self.dsp)[NAMES.index(name)]
