# SPDX-License-Identifier: Apache-2.0
"""Say of a port what keeps it from being ready: one rule per cause, each with its remedy."""

from collections.abc import Iterator

from levada.core.errors import NetworkError
from levada.core.interfaces import Health, Registers
from levada.core.manifests import NetworkPort, Socket
from levada.netstack.addresses import ip_text, ip_value, mac_text, mac_value, swapped
from levada.netstack.registers import RX_ALIGNED, RX_LINK, SOCKET_COLUMNS, CmacRegister, Layout, cmac, probe

SUBNET_MASK = 0xFFFFFF00


def health(registers: Registers, port: NetworkPort) -> Health:
    """Return what is wrong with the link, the addresses, the socket table and the ARP table of a port."""
    try:
        layout = probe(registers)
    except NetworkError as error:
        return Health(port=port.name, ready=False, problems=(str(error),))
    problems = (
        *link_problems(registers),
        *address_problems(registers, layout, port),
        *socket_problems(registers, layout, port),
        *arp_problems(registers, layout, port),
    )
    return Health(port=port.name, ready=not problems, problems=problems)


def link_problems(registers: Registers) -> Iterator[str]:
    """Yield why the 100 GbE link is down. The status is read twice: its first value is what was latched earlier."""
    for _ in range(2):
        status = registers.read32(cmac(CmacRegister.RX_STATUS))
    if not status & RX_LINK or not status & RX_ALIGNED:
        fec = registers.read32(cmac(CmacRegister.RSFEC_ENABLE))
        yield (
            f"no link (CMAC receive status 0x{status:X}, RS-FEC {'on' if fec else 'off'}); check the cable, that the other "
            f"end is 100 GbE, and that RS-FEC is the same at both ends: VNx does not negotiate"
        )


def address_problems(registers: Registers, layout: Layout, port: NetworkPort) -> Iterator[str]:
    """Yield addresses that are not those of the deployment."""
    ip = layout.read(registers, "ip_address")
    if ip != ip_value(port.ip):
        yield f"address is {ip_text(ip)}, planned is {port.ip}; configure the port"
    mac = layout.read(registers, "mac_address")
    if mac != mac_value(port.mac):
        yield f"MAC is {mac_text(mac)}, planned is {port.mac}; configure the port"
    gateway = layout.read(registers, "gateway")
    if gateway != ip_value(port.gateway):
        yield f"gateway is {ip_text(gateway)}, planned is {port.gateway}; configure the port"
    mask = layout.read(registers, "ip_mask")
    if mask != SUBNET_MASK:
        yield f"subnet mask is {ip_text(mask)}, VNx works in a /24 ({ip_text(SUBNET_MASK)}); program the card again"


def socket_problems(registers: Registers, layout: Layout, port: NetworkPort) -> Iterator[str]:
    """Yield socket entries that are not those of the deployment, unplanned ones included: they receive, too."""
    planned = {socket.index: _columns(socket) for socket in port.sockets}
    for index in range(layout.sockets):
        found = tuple(layout.read(registers, column, index) for column in SOCKET_COLUMNS)
        expected = planned.pop(index, (0, 0, 0, 0))
        if found != expected:
            yield f"socket {index} is {_shown(found)}, planned is {_shown(expected)}; configure the port"
    for index in planned:
        yield f"socket {index} is planned, the network layer has only {layout.sockets}; build it with more (MAX_SOCKETS)"


def arp_problems(registers: Registers, layout: Layout, port: NetworkPort) -> Iterator[str]:
    """Yield neighbours whose ARP entry is missing or false: VNx drops what it sends to them."""
    for entry in port.arp:
        index = ip_value(entry.ip) & 0xFF
        valid = layout.read(registers, "arp_valid", index)
        ip = swapped(layout.read(registers, "arp_ip_addr", index), 4)
        mac = swapped(layout.read(registers, "arp_mac_addr", index), 6)
        if not valid:
            yield f"no ARP entry for {entry.ip}: what is sent there is dropped; configure the port, or run ARP discovery"
        elif (ip, mac) != (ip_value(entry.ip), mac_value(entry.mac)):
            yield (
                f"ARP entry {index} is {ip_text(ip)} at {mac_text(mac)}, planned is {entry.ip} at {entry.mac}; configure the "
                f"port, and look for a second port with this address"
            )


def _columns(socket: Socket) -> tuple[int, ...]:
    return (ip_value(socket.their_ip), socket.their_port, socket.my_port, int(socket.valid))


def _shown(columns: tuple[int, ...]) -> str:
    their_ip, their_port, my_port, valid = columns
    return f"{ip_text(their_ip)}:{their_port} to my port {my_port}{'' if valid else ', not valid'}"
