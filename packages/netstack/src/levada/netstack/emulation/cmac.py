# SPDX-License-Identifier: Apache-2.0
"""The CMAC of an emulated port: link status, settings that read back, and statistics that a tick latches."""

from levada.netstack.emulation.probes import Probe
from levada.netstack.registers import RANGE_BYTES, RX_ALIGNED, RX_LINK, CmacRegister

LINK_DOWN = 0xC0
"""What the receive status reads without a signal, as users of VNx report it."""
FCS_BYTES = 4
_RESET = {CmacRegister.CONF_RX: 1, CmacRegister.CONF_TX: 1, CmacRegister.VERSION: 0x0301}
_WRITABLE = (
    CmacRegister.GT_RESET, CmacRegister.RESET, CmacRegister.CONF_TX, CmacRegister.CONF_RX, CmacRegister.GT_LOOPBACK,
    CmacRegister.RSFEC_CORRECTION, CmacRegister.RSFEC_ENABLE,
)  # fmt: skip
_STATISTICS = (
    (CmacRegister.TX_PACKETS, CmacRegister.TX_GOOD_PACKETS),
    (CmacRegister.TX_BYTES, CmacRegister.TX_GOOD_BYTES),
    (CmacRegister.RX_PACKETS, CmacRegister.RX_GOOD_PACKETS),
    (CmacRegister.RX_BYTES, CmacRegister.RX_GOOD_BYTES),
)


class Cmac:
    """The CMAC's 8 KiB of registers. ``sent`` and ``received`` count frames without FCS; statistics read with it.

    ``link_up`` is the cable.
    """

    def __init__(self) -> None:
        """Be in reset, with a cable."""
        self.link_up = True
        self.sent, self.received = Probe(), Probe()
        self._words = [0] * (RANGE_BYTES // 4)
        self._latched = (0, 0, 0, 0)
        for offset, value in _RESET.items():
            self._words[offset // 4] = value

    def read32(self, offset: int) -> int:
        """Return the word at ``offset`` within the CMAC's range."""
        if offset == CmacRegister.RX_STATUS:
            return RX_LINK | RX_ALIGNED if self.link_up else LINK_DOWN
        return self._words[offset // 4]

    def write32(self, offset: int, value: int) -> None:
        """Write the word at ``offset`` within the CMAC's range; what is read-only keeps its value."""
        if offset == CmacRegister.TICK and value & 1:
            self._tick()
        elif offset in _WRITABLE:
            self._words[offset // 4] = value & 0xFFFFFFFF

    def _tick(self) -> None:
        """Latch what was counted since the last tick."""
        totals = (
            self.sent.packets, self.sent.bytes + FCS_BYTES * self.sent.packets,
            self.received.packets, self.received.bytes + FCS_BYTES * self.received.packets,
        )  # fmt: skip
        for offsets, now, before in zip(_STATISTICS, totals, self._latched, strict=True):
            for offset in offsets:
                self._words[offset // 4] = (now - before) & 0xFFFFFFFF
                self._words[offset // 4 + 1] = (now - before) >> 32
        self._latched = totals
