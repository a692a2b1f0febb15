# SPDX-License-Identifier: Apache-2.0
"""Rules on addresses: one /24, nothing twice, every neighbour known, registers that say the same as the tables."""

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

from levada.core.manifests import Deployment, NetworkPort
from levada.netstack.checking.finding import Finding, all_ports, finding, repeated


def addresses_lie_in_one_subnet(deployment: Deployment) -> Finding:
    """VNx finds a neighbour's MAC by the last byte of its address, so all ports must share the first three."""
    ports = all_ports(deployment)
    subnets = {_prefix(port.ip) for port in ports}
    problems = [f"port {port.name} has {port.ip}, which no host can have" for port in ports if not _is_host(port.ip)]
    problems += [
        f"port {port.name} ({port.ip}) has its gateway {port.gateway} in another /24"
        for port in ports
        if _prefix(port.gateway) != _prefix(port.ip)
    ]
    if len(subnets) > 1:
        problems.append(f"ports lie in {len(subnets)} subnets: {', '.join(f'{p}.0/24' for p in sorted(subnets))}")
    return finding(problems, f"{len(ports)} ports in one /24, and their gateways with them")


def addresses_are_unique(deployment: Deployment) -> Finding:
    """Two ports with one address would answer each other's ARP requests."""
    ports = all_ports(deployment)
    problems = [f"address {ip} belongs to several ports" for ip in repeated(port.ip for port in ports)]
    problems += [f"port {port.name} has its gateway's address {port.ip}" for port in ports if port.ip == port.gateway]
    return finding(problems, f"{len(ports)} addresses, all different")


def macs_are_unique(deployment: Deployment) -> Finding:
    """Two ports with one MAC confuse the switch; a group address is no port's."""
    ports = all_ports(deployment)
    problems = [f"MAC {mac} belongs to several ports" for mac in repeated(port.mac.lower() for port in ports)]
    problems += [
        f"port {port.name} has {port.mac}, which is no station's MAC" for port in ports if not _station(port.mac)
    ]
    return finding(problems, f"{len(ports)} MACs, all different")


def port_names_are_unique(deployment: Deployment) -> Finding:
    """A hop names a card and a port; a port says which card it is on."""
    problems = []
    for card in deployment.cards:
        problems += [f"card {card.name} has two ports {name}" for name in repeated(port.name for port in card.ports)]
        problems += [
            f"port {port.name} of card {card.index} says {port.card}" for port in card.ports if port.card != card.index
        ]
    return finding(problems, "every port has a name of its own on its card")


def arp_tables_know_every_peer(deployment: Deployment) -> Finding:
    """VNx drops what it sends to an address without ARP entry, in both directions of a hop (credits go back)."""
    ports = all_ports(deployment)
    by_ip = {port.ip: port.mac for port in ports}
    problems = []
    for port in ports:
        known = {entry.ip: entry.mac for entry in port.arp}
        needed = {socket.their_ip for socket in port.sockets}
        problems += [f"port {port.name} has no ARP entry for {ip}" for ip in sorted(needed - known.keys())]
        problems += [
            f"port {port.name} has {mac} for {ip}, which is {by_ip.get(ip, 'nobody')}"
            for ip, mac in known.items()
            if by_ip.get(ip) != mac
        ]
        problems += [f"port {port.name} has two ARP entries {ip}" for ip in repeated(entry.ip for entry in port.arp)]
    return finding(problems, "every port knows the MAC of each port that it sends to, so nothing waits for ARP")


def registers_say_what_the_tables_say(deployment: Deployment) -> Finding:
    """What is written to the card must be the addresses, sockets and ARP entries, no more and no less."""
    problems = [text for port in all_ports(deployment) for text in _differences(port)]
    return finding(problems, "register writes and tables agree, value for value")


def _differences(port: NetworkPort) -> Iterator[str]:
    written = {(write.register, write.index): write.value for write in port.registers}
    if len(written) != len(port.registers):
        yield f"port {port.name} writes a register twice"
    expected = _registers(port)
    for place in sorted(written.keys() | expected.keys(), key=str):
        found, should = written.get(place), expected.get(place)
        if found != should:
            name = place[0] if place[1] is None else f"{place[0]}[{place[1]}]"
            yield f"port {port.name} writes {_hex(found)} to {name}, its tables say {_hex(should)}"


def _registers(port: NetworkPort) -> dict[tuple[str, int | None], int]:
    """Return what the tables of a port mean as registers: VNx keeps its ARP table byte for byte reversed."""
    expected: dict[tuple[str, int | None], int] = {
        ("ip_address", None): int.from_bytes(_octets(port.ip), "big"),
        ("gateway", None): int.from_bytes(_octets(port.gateway), "big"),
        ("mac_address", None): int.from_bytes(_mac_octets(port.mac), "big"),
    }
    for socket in port.sockets:
        expected["udp_theirIP_offset", socket.index] = int.from_bytes(_octets(socket.their_ip), "big")
        expected["udp_theirPort_offset", socket.index] = socket.their_port
        expected["udp_myPort_offset", socket.index] = socket.my_port
        expected["udp_valid_offset", socket.index] = 1 if socket.valid else 0
    for entry in port.arp:
        place = _octets(entry.ip)[3]
        expected["arp_ip_addr", place] = int.from_bytes(_octets(entry.ip), "little")
        expected["arp_mac_addr", place] = int.from_bytes(_mac_octets(entry.mac), "little")
        expected["arp_valid", place] = 1
    return expected


def _hex(value: int | None) -> str:
    return "nothing" if value is None else f"0x{value:X}"


def _prefix(ip: str) -> str:
    return ip.rpartition(".")[0]


def _octets(ip: str) -> bytes:
    try:
        return IPv4Address(ip).packed
    except AddressValueError:
        return bytes(4)


def _mac_octets(mac: str) -> bytes:
    octets = bytes(
        int(part, 16) for part in mac.split(":") if part and all(c in "0123456789abcdefABCDEF" for c in part)
    )
    return octets if len(octets) == 6 else bytes(6)


def _is_host(ip: str) -> bool:
    return any(_octets(ip)) and 0 < _octets(ip)[3] < 255


def _station(mac: str) -> bool:
    octets = _mac_octets(mac)
    return any(octets) and not octets[0] & 1
