# SPDX-License-Identifier: Apache-2.0
"""FPGA boards as the planner sees them: SLRs with capacities on named bases, memories, QSFP positions, shell."""

from levada.core.errors import BoardError
from levada.core.manifests.common import Basis, Record
from levada.core.resources import Resources


class Capacity(Record, frozen=True, kw_only=True):
    """What one SLR holds on one basis, and where the figure is from."""

    basis: Basis
    resources: Resources
    origin: str


class Slr(Record, frozen=True, kw_only=True):
    """A super logic region: its number on the die and its capacities."""

    index: int
    capacities: tuple[Capacity, ...]


class BoardMemory(Record, frozen=True, kw_only=True):
    """Memory beside the fabric: bank name as Vitis knows it, size, the SLR that its port lies in."""

    bank: str
    size_bytes: int
    slr: int


class Overhead(Record, frozen=True, kw_only=True):
    """What a fixed function (memory controller, shell) takes of one SLR, and where the figure is from."""

    function: str
    slr: int
    resources: Resources
    origin: str


class Board(Record, frozen=True, kw_only=True):
    """A board. ``sll_bits`` is the budget of wires between neighbouring SLRs; ``qsfp_slrs`` lists the SLR of each QSFP."""

    name: str
    part: str
    platform: str
    slrs: tuple[Slr, ...]
    sll_bits: int
    memories: tuple[BoardMemory, ...]
    qsfp_slrs: tuple[int, ...]
    shell: tuple[Overhead, ...]

    def capacity(self, basis: Basis) -> tuple[Resources, ...]:
        """Return the capacity of each SLR, in order, on one basis. Raise BoardError where the board has no such basis."""
        found = tuple(c.resources for slr in self.slrs for c in slr.capacities if c.basis == basis)
        if len(found) != len(self.slrs):
            known = sorted({c.basis for slr in self.slrs for c in slr.capacities})
            msg = f"board {self.name!r} has no capacities on basis {basis!r}; it has {', '.join(known)}"
            raise BoardError(msg)
        return found
