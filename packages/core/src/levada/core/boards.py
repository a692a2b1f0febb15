# SPDX-License-Identifier: Apache-2.0
"""FPGA boards as the planner sees them: SLRs with capacities on named bases, memories, QSFP positions, shell."""

from levada.core.errors import BoardError
from levada.core.manifests.common import Basis, Record
from levada.core.resources import Resources, total

DMA = Resources(lut=2_000, ff=3_000, bram18=15)
"""One DMA between memory and a stream at 512 bits. FINN estimates none.

A burst buffer of 512 words of 512 bits is 15 RAMB18 (UG573: 36 bits by 512 words each); the logic is an allowance.
"""

BURST_EFFICIENCY = 0.9
"""How much of its peak a memory is taken to deliver to long sequential bursts, as DMAs of weights read. A choice, not a measurement.

For comparison: Shuhai (FCCM 2020) measured 425 of 460 GB/s, 0.92, on a U280; bank conflicts and refresh never leave all.
"""


class Capacity(Record, frozen=True, kw_only=True):
    """What one SLR holds on one basis, and where the figure is from."""

    basis: Basis
    resources: Resources
    origin: str


class Slr(Record, frozen=True, kw_only=True):
    """A super logic region: its number on the die and its capacities."""

    index: int
    capacities: tuple[Capacity, ...]


class Delivery(Record, frozen=True, kw_only=True):
    """What a memory delivers at its peak, all ports together, to how many AXI masters at once, and where the figures are from."""

    gbytes_per_s: float
    ports: int
    origin: str


class BoardMemory(Record, frozen=True, kw_only=True):
    """Memory beside the fabric: bank name as Vitis knows it, size, the SLR that its port lies in.

    ``delivery`` is None where nobody says what it delivers: then it limits nothing, and a plan that relies on it says so.
    """

    bank: str
    size_bytes: int
    slr: int
    delivery: Delivery | None = None


class Overhead(Record, frozen=True, kw_only=True):
    """What a fixed function (memory controller, shell) takes of one SLR, and where the figure is from.

    ``bases`` names those that it is charged on, every one where it is empty: what lies outside a dynamic region takes nothing of it.
    """

    function: str
    slr: int
    resources: Resources
    origin: str
    bases: tuple[Basis, ...] = ()


class Board(Record, frozen=True, kw_only=True):
    """A board. ``sll_bits`` is the budget of wires between neighbouring SLRs; ``qsfp_slrs`` lists the SLR of each QSFP.

    ``dma`` is what each way in or out of the fabric takes, beside the port of the first memory.
    """

    name: str
    part: str
    platform: str
    slrs: tuple[Slr, ...]
    sll_bits: int
    memories: tuple[BoardMemory, ...]
    qsfp_slrs: tuple[int, ...]
    shell: tuple[Overhead, ...]
    dma: Resources = Resources()

    def capacity(self, basis: Basis) -> tuple[Resources, ...]:
        """Return the capacity of each SLR, in order, on one basis. Raise BoardError where the board has no such basis."""
        found = tuple(c.resources for slr in self.slrs for c in slr.capacities if c.basis == basis)
        if len(found) != len(self.slrs):
            known = sorted({c.basis for slr in self.slrs for c in slr.capacities})
            msg = f"board {self.name!r} has no capacities on basis {basis!r}; it has {', '.join(known)}; ask for one of these"
            raise BoardError(msg)
        return found

    def overhead(self, basis: Basis) -> tuple[Resources, ...]:
        """Return what the shell takes of each SLR, in order, on one basis."""
        charged = [part for part in self.shell if basis in part.bases or not part.bases]
        return tuple(total(part.resources for part in charged if part.slr == slr.index) for slr in self.slrs)
