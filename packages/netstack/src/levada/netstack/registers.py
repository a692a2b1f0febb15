# SPDX-License-Identifier: Apache-2.0
"""Where VNx keeps its registers: named tables, because the offsets moved between releases.

Layout E is today's (since 2023-12-27); its socket columns move with the number of sockets. Layout D is that of 2022-05 to
2023-12 and of the network layer that the Open Cloud Testbed distributes. A port's window holds the network layer from
:data:`NETWORK_LAYER` and the CMAC from :data:`CMAC`; each kernel's own AXI-Lite range is 8 KiB.
(Sources: VNx ``NetLayers/template.xml`` and its history, PG203 for the CMAC.)
"""

from collections.abc import Mapping
from functools import lru_cache

from levada.core.errors import NetworkError
from levada.core.interfaces import Registers
from levada.core.manifests import Record

NETWORK_LAYER = 0x0000
CMAC = 0x2000
RANGE_BYTES = 0x2000

MAGIC_OFFSET = 0x007C
MAGIC = 0x5E771465
SOCKETS = 16
MAX_SOCKETS = 63
SOCKET_COLUMNS = ("udp_theirIP_offset", "udp_theirPort_offset", "udp_myPort_offset", "udp_valid_offset")
ARP_ENTRIES = 256
PROBES = (
    "eth_in", "pkth_in", "arp_in", "arp_out", "icmp_in", "icmp_out",
    "ethhi_out", "eth_out", "udp_in", "app_out", "udp_out", "app_in",
)  # fmt: skip
PROBE_BASE = 0x0400
PROBE_STRIDE = 0x18


class Register(Record, frozen=True, kw_only=True):
    """A register or an array of them: ``bits`` wide, ``count`` of them every ``stride`` bytes."""

    name: str
    offset: int
    bits: int = 32
    stride: int = 8
    count: int = 1
    writable: bool = True

    def address(self, index: int | None = None) -> int:
        """Return the byte offset of one entry. Raise NetworkError where the array has no such entry."""
        at = index or 0
        if not 0 <= at < self.count:
            msg = f"register {self.name!r} has {self.count} entries, there is no entry {at}"
            raise NetworkError(msg)
        return self.offset + at * self.stride


class Layout(Record, frozen=True, kw_only=True):
    """The registers of one generation of the network layer, by name."""

    name: str
    sockets: int
    registers: Mapping[str, Register]

    def register(self, name: str) -> Register:
        """Return a register. Raise NetworkError where the layout has none of this name."""
        if name not in self.registers:
            msg = f"layout {self.name} of VNx has no register {name!r}; it has {', '.join(sorted(self.registers))}"
            raise NetworkError(msg)
        return self.registers[name]

    def address(self, name: str, index: int | None = None) -> int:
        """Return the byte offset of one entry of a register."""
        return self.register(name).address(index)

    def write(self, registers: Registers, name: str, value: int, index: int | None = None) -> None:
        """Write one entry: two words where it is wider than one, read-modify-write where it is a byte of one."""
        register = self.register(name)
        at = register.address(index)
        if register.stride == 1:
            shift = 8 * (at % 4)
            old = registers.read32(at - at % 4)
            registers.write32(at - at % 4, old & ~(0xFF << shift) | value << shift)
            return
        registers.write32(at, value & 0xFFFFFFFF)
        if register.bits > 32:
            registers.write32(at + 4, value >> 32)

    def read(self, registers: Registers, name: str, index: int | None = None) -> int:
        """Return one entry: two words where it is wider than one, a byte where it is a byte of one."""
        register = self.register(name)
        at = register.address(index)
        if register.stride == 1:
            return registers.read32(at - at % 4) >> 8 * (at % 4) & 0xFF
        low = registers.read32(at)
        return low | registers.read32(at + 4) << 32 if register.bits > 32 else low


_FIXED = (
    Register(name="mac_address", offset=0x0010, bits=48),
    Register(name="ip_address", offset=0x0018),
    Register(name="gateway", offset=0x001C),
    Register(name="ip_mask", offset=0x0020),
    *(
        Register(name=f"{probe}_{part}", offset=PROBE_BASE + PROBE_STRIDE * k + 8 * j, bits=64, writable=False)
        for k, probe in enumerate(PROBES)
        for j, part in enumerate(("cycles", "bytes", "packets"))
    ),
    Register(name="debug_reset_counters", offset=0x05F0, bits=1),
    Register(name="arp_discovery", offset=0x1010, bits=1),
    Register(name="arp_valid", offset=0x1100, bits=1, stride=1, count=ARP_ENTRIES),
    Register(name="arp_ip_addr", offset=0x1400, stride=4, count=ARP_ENTRIES),
    Register(name="arp_mac_addr", offset=0x1800, bits=48, stride=8, count=ARP_ENTRIES),
)


def _layout(name: str, sockets: int, number_offset: int, first_offset: int) -> Layout:
    bits = (32, 16, 16, 1)
    columns = (
        Register(name=column, offset=first_offset + 8 * sockets * k, bits=bits[k], count=sockets)
        for k, column in enumerate(SOCKET_COLUMNS)
    )
    number = Register(name="udp_number_sockets", offset=number_offset, bits=16, writable=False)
    registers = (*_FIXED, number, *columns)
    return Layout(name=name, sockets=sockets, registers={register.name: register for register in registers})


@lru_cache
def layout_e(sockets: int = SOCKETS) -> Layout:
    """Return layout E for a network layer built with this many sockets."""
    return _layout("E", sockets, 0x0810, 0x0820)


LAYOUT_E = layout_e(SOCKETS)
LAYOUT_D = _layout("D", SOCKETS, 0x0A10, 0x0810)


def probe(registers: Registers) -> Layout:
    """Return the layout behind ``registers``, told by the magic word and by where the number of sockets is.

    In layout E the number is at 0x0810; layout D has the first socket's address there (0 or far above 63) and the number
    at 0x0A10, where E has a bit. Raise NetworkError where it is neither.
    """
    magic = registers.read32(MAGIC_OFFSET)
    if magic != MAGIC:
        msg = (
            f"expected VNx's network layer (0x{MAGIC:08X} at 0x{MAGIC_OFFSET:04X}), got 0x{magic:08X}; "
            f"is the card programmed with a networked bitstream, and the window that of its networklayer?"
        )
        raise NetworkError(msg)
    number = registers.read32(LAYOUT_E.address("udp_number_sockets"))
    if 1 <= number <= MAX_SOCKETS:
        return layout_e(number)
    if registers.read32(LAYOUT_D.address("udp_number_sockets")) == SOCKETS:
        return LAYOUT_D
    msg = (
        f"expected a number of sockets, 1 to {MAX_SOCKETS} at 0x0810 (layout E) or {SOCKETS} at 0x0A10 (layout D), got "
        f"{number} at 0x0810; VNx shows 0 until its UDP block has run: reset the card, or update its network layer"
    )
    raise NetworkError(msg)


class CmacRegister:
    """Offsets within the CMAC's range (PG203), as :func:`cmac` places them in a port's window."""

    GT_RESET = 0x0000
    RESET = 0x0004
    CONF_TX = 0x000C
    CONF_RX = 0x0014
    CORE_MODE = 0x0020
    VERSION = 0x0024
    GT_LOOPBACK = 0x0090
    TX_STATUS = 0x0200
    RX_STATUS = 0x0204
    TICK = 0x02B0
    TX_PACKETS = 0x0500
    TX_GOOD_PACKETS = 0x0508
    TX_BYTES = 0x0510
    TX_GOOD_BYTES = 0x0518
    RX_PACKETS = 0x0608
    RX_GOOD_PACKETS = 0x0610
    RX_BYTES = 0x0618
    RX_GOOD_BYTES = 0x0620
    RSFEC_CORRECTION = 0x1000
    RSFEC_ENABLE = 0x107C


RX_LINK = 0x01
RX_ALIGNED = 0x02


def cmac(offset: int) -> int:
    """Return where a register of the CMAC lies in a port's window."""
    return CMAC + offset
