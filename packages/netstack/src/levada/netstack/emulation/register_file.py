# SPDX-License-Identifier: Apache-2.0
"""The registers of an emulated port: VNx's network layer and its CMAC in one window, with the side effects that they have."""

from collections.abc import Callable

from levada.core.errors import NetworkError
from levada.core.interfaces import Registers
from levada.netstack.emulation.cmac import Cmac
from levada.netstack.emulation.probes import Probes
from levada.netstack.registers import (
    CMAC,
    LAYOUT_E,
    MAGIC,
    MAGIC_OFFSET,
    PROBE_BASE,
    PROBE_STRIDE,
    PROBES,
    RANGE_BYTES,
    Layout,
)  # fmt: skip

WINDOW_BYTES = CMAC + RANGE_BYTES
RESET = {"mac_address": 0x000A35029DE5, "ip_address": 0xC0A80005, "gateway": 0xC0A80001, "ip_mask": 0xFFFFFF00}
_PROBES_END = PROBE_BASE + PROBE_STRIDE * len(PROBES)
_CONSTANTS = {MAGIC_OFFSET: MAGIC, 0x05F4: 322265624, 0x05F8: len(PROBES), 0x05FC: 0x00ADACED}


class RegisterFile(Registers):
    """The window of one port, with VNx's reset values. ``version`` rises with every write to the network layer."""

    def __init__(self, layout: Layout = LAYOUT_E) -> None:
        """Be in reset. ``on_discovery`` is called at a rising edge of ``arp_discovery``."""
        self.layout = layout
        self.probes = Probes()
        self.cmac = Cmac()
        self.version = 0
        self.on_discovery: Callable[[], None] = lambda: None
        self._words = [0] * (CMAC // 4)
        self._masks = _write_masks(layout)
        self._discovery = layout.address("arp_discovery")
        self._clear = layout.address("debug_reset_counters")
        for name, value in RESET.items():
            self.enter(name, value)
        self._words[layout.address("udp_number_sockets") // 4] = layout.sockets
        for offset, value in _CONSTANTS.items():
            self._words[offset // 4] = value

    def read32(self, offset: int) -> int:
        """Return the word at ``offset``. Raise NetworkError outside the window."""
        _check(offset)
        if offset >= CMAC:
            return self.cmac.read32(offset - CMAC)
        if PROBE_BASE <= offset < _PROBES_END:
            return self.probes.word(offset - PROBE_BASE)
        return self._words[offset // 4]

    def write32(self, offset: int, value: int) -> None:
        """Write the word at ``offset``; what is read-only keeps its value. Raise NetworkError outside the window."""
        _check(offset)
        if offset >= CMAC:
            self.cmac.write32(offset - CMAC, value)
        elif offset == self._clear:
            self._reset_probes(value)
        else:
            self._store(offset, value)

    def entry(self, name: str, index: int | None = None) -> int:
        """Return one entry of a register by its name."""
        return self.layout.read(self, name, index)

    def enter(self, name: str, value: int, index: int | None = None) -> None:
        """Set one entry of a register by its name, as the fabric does when it learns something."""
        self.layout.write(self, name, value, index)

    def _store(self, offset: int, value: int) -> None:
        rises = offset == self._discovery and value & 1 and not self._words[offset // 4] & 1
        if offset in self._masks:
            self._words[offset // 4] = value & self._masks[offset]
            self.version += 1
        if rises:
            self.on_discovery()

    def _reset_probes(self, value: int) -> None:
        if value & 1:
            self.probes.reset()


def _check(offset: int) -> None:
    if offset % 4 or not 0 <= offset < WINDOW_BYTES:
        msg = f"expected a register offset that is a multiple of 4 below 0x{WINDOW_BYTES:X}, got {offset:#x}"
        raise NetworkError(msg)


def _write_masks(layout: Layout) -> dict[int, int]:
    """Return which bits of which words keep what is written."""
    masks: dict[int, int] = {}
    for register in layout.registers.values():
        for index in range(register.count if register.writable else 0):
            at = register.address(index)
            if register.stride == 1:
                masks[at - at % 4] = masks.get(at - at % 4, 0) | 1 << 8 * (at % 4)
            else:
                masks[at] = (1 << min(register.bits, 32)) - 1
            if register.bits > 32:
                masks[at + 4] = (1 << register.bits - 32) - 1
    return masks
