# SPDX-License-Identifier: Apache-2.0
"""A port's tables: its neighbours, its sockets, and the registers that hold them."""

from collections.abc import Iterator, Mapping

from levada.core.cluster import Cluster
from levada.core.manifests import ArpEntry, Hop, NetworkPort, RegisterWindow, RegisterWrite, Socket
from levada.netstack.addresses import ip_value, mac_for, mac_value, swapped
from levada.netstack.registers import CMAC, NETWORK_LAYER, RANGE_BYTES, SOCKET_COLUMNS

SOURCE_PORT = 50000
SINK_PORT = 60000
"""UDP ports of hop 0 at its two ends (VNx's examples use these two); hop n uses the n-th after them."""
WINDOWS = (
    RegisterWindow(kernel="networklayer", unit="networklayer_0", offset=NETWORK_LAYER, size_bytes=RANGE_BYTES),
    RegisterWindow(kernel="cmac_0", unit="cmac_0", offset=CMAC, size_bytes=RANGE_BYTES),
)


def network_port(card: int, hops: tuple[Hop, ...], ips: Mapping[str, str], cluster: Cluster) -> tuple[NetworkPort, ...]:
    """Return the one port of a card, or none where no hop touches it. ``ips`` maps port name → address."""
    mine = [hop for hop in hops if card in (hop.source_card, hop.sink_card)]
    if not mine:
        return ()
    name = mine[0].source_port if mine[0].source_card == card else mine[0].sink_port
    sockets = tuple(sorted(_sockets(name, mine, ips), key=lambda socket: socket.index))
    peers = sorted({socket.their_ip for socket in sockets}, key=ip_value)
    arp = tuple(ArpEntry(ip=ip, mac=mac_for(ip)) for ip in peers)
    gateway = str(cluster.gateway_address())
    port = NetworkPort(
        name=name,
        card=card,
        ip=ips[name],
        mac=mac_for(ips[name]),
        gateway=gateway,
        arp=arp,
        sockets=sockets,
        registers=(*_identity(ips[name], gateway), *_socket_writes(sockets), *_arp_writes(arp)),
        windows=WINDOWS,
    )
    return (port,)


def _sockets(name: str, hops: list[Hop], ips: Mapping[str, str]) -> Iterator[Socket]:
    for hop in hops:
        ends = (SOURCE_PORT + hop.stream_id, SINK_PORT + hop.stream_id)
        if hop.source_port == name:
            yield _socket(hop.source_socket, ips[hop.sink_port], their_port=ends[1], my_port=ends[0])
        if hop.sink_port == name:
            # Valid at the receiving end, too: credits go back over it.
            yield _socket(hop.sink_socket, ips[hop.source_port], their_port=ends[0], my_port=ends[1])


def _socket(index: int, their_ip: str, *, their_port: int, my_port: int) -> Socket:
    return Socket(index=index, their_ip=their_ip, their_port=their_port, my_port=my_port)


def _identity(ip: str, gateway: str) -> Iterator[RegisterWrite]:
    yield RegisterWrite(register="ip_address", value=ip_value(ip))
    yield RegisterWrite(register="gateway", value=ip_value(gateway))
    yield RegisterWrite(register="mac_address", value=mac_value(mac_for(ip)))


def _socket_writes(sockets: tuple[Socket, ...]) -> Iterator[RegisterWrite]:
    for socket in sockets:
        values = (ip_value(socket.their_ip), socket.their_port, socket.my_port, int(socket.valid))
        for column, value in zip(SOCKET_COLUMNS, values, strict=True):
            yield RegisterWrite(register=column, value=value, index=socket.index)


def _arp_writes(arp: tuple[ArpEntry, ...]) -> Iterator[RegisterWrite]:
    for entry in arp:
        index = ip_value(entry.ip) & 0xFF
        yield RegisterWrite(register="arp_ip_addr", value=swapped(ip_value(entry.ip), 4), index=index)
        yield RegisterWrite(register="arp_mac_addr", value=swapped(mac_value(entry.mac), 6), index=index)
        yield RegisterWrite(register="arp_valid", value=1, index=index)
