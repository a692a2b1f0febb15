# SPDX-License-Identifier: Apache-2.0
"""VNx's network layer as far as its wire and its accelerator see it: sockets, ARP, ICMP, counters, and what it drops.

Behaviour by source: VNx (Xilinx/xup_vitis_network_example) and its HLS core (hpcn-uam/100G-fpga-network-stack-core):
``packet_handler``, ``udp``, ``ethernet_header_inserter``, ``arp_server``, ``icmp_server``.
"""

from enum import Enum

from levada.core.errors import NetworkError
from levada.core.manifests import Record
from levada.netstack.addresses import swapped
from levada.netstack.emulation import wire
from levada.netstack.emulation.register_file import RegisterFile
from levada.netstack.registers import ARP_ENTRIES, SOCKET_COLUMNS

MAX_PACKET_BYTES = 256 * 64
"""The transmit FIFO stores a whole packet before its header is known: a longer one never leaves, nor does anything after it."""
HOST_MASK = 0xFF


class Drop(Enum):
    """Why the network layer let go of a packet, silently as the hardware does; the text says what to look at."""

    INVALID_SOCKET = "its socket is not valid: is the port configured?"
    ARP_MISS = "no ARP entry for its receiver (a request was sent): configure the port, or run ARP discovery"
    TOO_LONG = "it is longer than the 16384 bytes that the transmit FIFO holds: the transmit side is stuck for good"
    STUCK = "the transmit side is stuck behind a packet longer than its FIFO"
    NOT_MINE = "it is for another address"
    NO_SOCKET = "no socket expects its sender and ports"
    FOREIGN = "it is neither ARP, nor ICMP, nor UDP over IPv4"


class Arrival(Record, frozen=True, kw_only=True, gc=False):
    """A UDP payload for the accelerator: the index of the lowest socket that matches, and the bytes."""

    socket: int
    payload: bytes


class NetworkLayer:
    """What lies between the accelerator's two streams and the CMAC. Everything it knows stands in its registers."""

    def __init__(self, registers: RegisterFile) -> None:
        """Work by ``registers``; nothing is queued."""
        self._registers = registers
        self._probes = registers.probes
        self._out: list[bytes] = []
        self._stuck = False
        self._known = -1
        self._headers: dict[tuple[int, int], bytes | None] = {}
        self._sockets: dict[tuple[int, int, int], int] = {}
        self._valid: tuple[bool, ...] = ()
        self._my_ip = 0
        registers.on_discovery = self.discover

    def send(self, socket: int, payload: bytes) -> Drop | None:
        """Send a packet of the accelerator; return why it did not leave, None where it did.

        Raise NetworkError for a socket beyond the table: VNx does not check its TDEST, and what happens then is undefined.
        """
        if not 0 <= socket < self._registers.layout.sockets:
            msg = (
                f"expected a TDEST below {self._registers.layout.sockets}, got {socket}; VNx has no such socket and does "
                f"not check: plan again, or build the network layer with more sockets"
            )
            raise NetworkError(msg)
        size = len(payload)
        if self._stuck or size > MAX_PACKET_BYTES:
            drop = Drop.STUCK if self._stuck else Drop.TOO_LONG
            self._stuck = True
            return drop
        self._probes.app_out[size] += 1
        self._refresh()
        if not self._valid[socket]:
            return Drop.INVALID_SOCKET
        self._probes.udp_out[size + wire.IP_BYTES + wire.UDP_BYTES] += 1
        headers = self._headers_for(socket, size)
        if headers is None:
            self._ask(self._registers.entry("udp_theirIP_offset", socket))
            return Drop.ARP_MISS
        self._emit(headers + payload)
        return None

    def receive(self, frame: bytes) -> Arrival | Drop | None:
        """Take a frame from the CMAC; return what it brings to the accelerator, why it was dropped, or None where it ends here."""
        self._registers.cmac.received[len(frame)] += 1
        self._probes.eth_in[len(frame)] += 1
        kind = wire.ethernet_type(frame)
        if kind == wire.TYPE_ARP:
            self._receive_arp(frame)
            return None
        seen = wire.read_ip(frame) if kind == wire.TYPE_IP else None
        if seen is None or seen.protocol not in {wire.UDP, wire.ICMP}:
            return Drop.FOREIGN
        size = len(frame) - wire.ETHERNET_BYTES
        self._probes.pkth_in[size] += 1
        self._refresh()
        if seen.protocol == wire.ICMP:
            return self._receive_icmp(frame, seen)
        self._probes.udp_in[size] += 1
        if seen.sink_ip != self._my_ip:
            return Drop.NOT_MINE
        socket = self._sockets.get((seen.source_ip, seen.source_port, seen.sink_port))
        if socket is None:
            return Drop.NO_SOCKET
        self._probes.app_in[size - wire.IP_BYTES - wire.UDP_BYTES] += 1
        return Arrival(socket=socket, payload=frame[wire.HEADERS_BYTES :])

    def leave(self) -> list[bytes]:
        """Return the frames for the wire since the last call, in order, none shorter than 60 bytes."""
        frames, self._out = self._out, []
        return frames

    def discover(self) -> None:
        """Ask for every address of the /24 that has no valid ARP entry, this port's own included."""
        network = self._registers.entry("ip_address") & ~HOST_MASK
        for host in range(ARP_ENTRIES):
            if not self._registers.entry("arp_valid", host):
                self._ask(network | host)

    def _refresh(self) -> None:
        """Forget what was derived from the registers, where they have changed since."""
        if self._known == self._registers.version:
            return
        self._known = self._registers.version
        self._headers.clear()
        self._my_ip = self._registers.entry("ip_address")
        sockets = range(self._registers.layout.sockets)
        self._valid = tuple(bool(self._registers.entry("udp_valid_offset", index)) for index in sockets)
        # VNx matches on a socket that is not valid, too: valid=0 stops sending only. The lowest match wins.
        self._sockets = {self._triple(index): index for index in reversed(sockets)}

    def _triple(self, index: int) -> tuple[int, int, int]:
        their_ip, their_port, my_port, _ = (self._registers.entry(column, index) for column in SOCKET_COLUMNS)
        return their_ip, their_port, my_port

    def _headers_for(self, socket: int, size: int) -> bytes | None:
        """Return the 42 bytes before a payload of ``size``, None where the receiver's MAC is not known."""
        key = (socket, size)
        if key not in self._headers:
            flow = self._flow(socket)
            self._headers[key] = wire.udp_headers(flow, size) if flow else None
        return self._headers[key]

    def _flow(self, socket: int) -> wire.Flow | None:
        their_ip, their_port, my_port = self._triple(socket)
        sink_mac = self._mac_of(their_ip)
        if sink_mac is None:
            return None
        return wire.Flow(
            source_mac=self._registers.entry("mac_address"),
            sink_mac=sink_mac,
            source_ip=self._registers.entry("ip_address"),
            sink_ip=their_ip,
            source_port=my_port,
            sink_port=their_port,
        )

    def _mac_of(self, ip: int) -> int | None:
        """Return the MAC that frames to ``ip`` go to: by its last byte, or the gateway's outside the gateway's subnet."""
        index = self._next_hop(ip) & HOST_MASK
        if not self._registers.entry("arp_valid", index):
            return None
        return swapped(self._registers.entry("arp_mac_addr", index), 6)

    def _next_hop(self, ip: int) -> int:
        gateway, mask = self._registers.entry("gateway"), self._registers.entry("ip_mask")
        return ip if (ip ^ gateway) & mask == 0 else gateway

    def _ask(self, ip: int) -> None:
        self._emit_arp(wire.ARP_REQUEST, 0, self._next_hop(ip))

    def _receive_arp(self, frame: bytes) -> None:
        """Answer a request for this address; learn from a reply to it. A request teaches VNx nothing."""
        self._probes.pkth_in[len(frame)] += 1
        self._probes.arp_in[len(frame)] += 1
        packet = wire.read_arp(frame)
        if packet is None or packet.sink_ip != self._registers.entry("ip_address"):
            return
        if packet.operation == wire.ARP_REQUEST:
            self._emit_arp(wire.ARP_REPLY, packet.source_mac, packet.source_ip)
        elif packet.operation == wire.ARP_REPLY:
            index = packet.source_ip & HOST_MASK
            self._registers.enter("arp_ip_addr", swapped(packet.source_ip, 4), index)
            self._registers.enter("arp_mac_addr", swapped(packet.source_mac, 6), index)
            self._registers.enter("arp_valid", 1, index)

    def _receive_icmp(self, frame: bytes, seen: wire.Seen) -> Drop | None:
        self._probes.icmp_in[len(frame) - wire.ETHERNET_BYTES] += 1
        if seen.sink_ip != self._my_ip:
            return Drop.NOT_MINE
        reply = wire.echo_reply(frame)
        if reply is None:
            return None
        self._probes.icmp_out[len(reply)] += 1
        mac = self._mac_of(seen.source_ip)
        if mac is None:
            self._ask(seen.source_ip)
            return Drop.ARP_MISS
        self._emit(wire.ethernet_header(mac, self._registers.entry("mac_address"), wire.TYPE_IP) + reply)
        return None

    def _emit(self, frame: bytes) -> None:
        """Send an IPv4 frame; the CMAC kernel pads it, after the probes."""
        self._probes.ethhi_out[len(frame)] += 1
        self._leave(frame)

    def _emit_arp(self, operation: int, sink_mac: int, sink_ip: int) -> None:
        packet = wire.Arp(
            operation=operation,
            source_mac=self._registers.entry("mac_address"),
            source_ip=self._registers.entry("ip_address"),
            sink_mac=sink_mac,
            sink_ip=sink_ip,
        )
        frame = wire.arp_frame(packet)
        self._probes.arp_out[len(frame)] += 1
        self._leave(frame)

    def _leave(self, frame: bytes) -> None:
        self._probes.eth_out[len(frame)] += 1
        frame = wire.padded(frame)
        self._registers.cmac.sent[len(frame)] += 1
        self._out.append(frame)
