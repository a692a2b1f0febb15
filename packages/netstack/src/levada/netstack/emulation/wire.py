# SPDX-License-Identifier: Apache-2.0
"""Ethernet, IPv4, UDP, ICMP and ARP as VNx writes and reads them: frames as bytes, without FCS."""

from struct import Struct

from levada.core.manifests import Record

ETHERNET_BYTES = 14
IP_BYTES = 20
UDP_BYTES = 8
HEADERS_BYTES = ETHERNET_BYTES + IP_BYTES + UDP_BYTES
MINIMUM_BYTES = 60
ARP_BYTES = 60
TYPE_IP = 0x0800
TYPE_ARP = 0x0806
ICMP = 1
UDP = 17
UDP_TTL = 64
ICMP_TTL = 128
BROADCAST = 0xFFFFFFFFFFFF

_ETHERNET = Struct(">6s6sH")
_IP = Struct(">BBHHHBBHII")
_UDP = Struct(">HHHH")
_ARP = Struct(">HHBBH6sI6sI")
_ARP_PADDING = bytes(12) + b"COFFEE"
_UDP_HEADERS = Struct(">12xHBxHHHBBHIIHHHH")


def checksum(header: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of an even number of bytes whose checksum field is zero."""
    total = sum(header[::2]) * 256 + sum(header[1::2])
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ip_header(protocol: int, ttl: int, source: int, sink: int, payload_bytes: int) -> bytes:
    """Return an IPv4 header: no options, no fragments, identification 0."""
    fields = (0x45, 0, IP_BYTES + payload_bytes, 0, 0, ttl, protocol)
    value = checksum(_IP.pack(*fields, 0, source, sink))
    return _IP.pack(*fields, value, source, sink)


def ethernet_header(sink_mac: int, source_mac: int, kind: int) -> bytes:
    """Return an Ethernet header."""
    return _ETHERNET.pack(sink_mac.to_bytes(6, "big"), source_mac.to_bytes(6, "big"), kind)


def padded(frame: bytes) -> bytes:
    """Return ``frame`` with zeros up to the 60 bytes that the CMAC sends at least."""
    return frame if len(frame) >= MINIMUM_BYTES else frame.ljust(MINIMUM_BYTES, b"\0")


class Flow(Record, frozen=True, kw_only=True):
    """Who sends to whom: addresses as integers in written order, UDP ports."""

    source_mac: int
    sink_mac: int
    source_ip: int
    sink_ip: int
    source_port: int
    sink_port: int


def udp_headers(flow: Flow, payload_bytes: int) -> bytes:
    """Return the 42 bytes before a UDP payload; VNx sends no UDP checksum (0)."""
    return (
        ethernet_header(flow.sink_mac, flow.source_mac, TYPE_IP)
        + ip_header(UDP, UDP_TTL, flow.source_ip, flow.sink_ip, UDP_BYTES + payload_bytes)
        + _UDP.pack(flow.source_port, flow.sink_port, UDP_BYTES + payload_bytes, 0)
    )


class Seen(Record, frozen=True, kw_only=True, gc=False):
    """What VNx reads of an IPv4 frame: protocol, addresses, and the first two words after the header (UDP's ports)."""

    protocol: int
    source_ip: int
    sink_ip: int
    source_port: int
    sink_port: int


def ethernet_type(frame: bytes) -> int:
    """Return the EtherType, 0 of a frame that is too short to have one."""
    return int.from_bytes(frame[12:14], "big")


def read_ip(frame: bytes) -> Seen | None:
    """Return what VNx reads of an IPv4 frame, None where it is shorter than any it takes or not version 4."""
    if len(frame) < HEADERS_BYTES:
        return None
    fields = _UDP_HEADERS.unpack_from(frame)
    if fields[1] >> 4 != 4:
        return None
    return Seen(
        protocol=fields[6], source_ip=fields[8], sink_ip=fields[9], source_port=fields[10], sink_port=fields[11]
    )


class Arp(Record, frozen=True, kw_only=True):
    """An ARP packet; ``operation`` 1 asks, 2 answers."""

    operation: int
    source_mac: int
    source_ip: int
    sink_mac: int
    sink_ip: int


ARP_REQUEST = 1
ARP_REPLY = 2


def arp_frame(packet: Arp) -> bytes:
    """Return the 60 bytes of an ARP packet as VNx sends it: its padding ends in the letters COFFEE."""
    receiver = BROADCAST if packet.operation == ARP_REQUEST else packet.sink_mac
    source = packet.source_mac.to_bytes(6, "big")
    sink = packet.sink_mac.to_bytes(6, "big")
    body = _ARP.pack(1, TYPE_IP, 6, 4, packet.operation, source, packet.source_ip, sink, packet.sink_ip)
    return ethernet_header(receiver, packet.source_mac, TYPE_ARP) + body + _ARP_PADDING


def read_arp(frame: bytes) -> Arp | None:
    """Return the ARP packet in a frame, None where it is too short to hold one."""
    if len(frame) < ETHERNET_BYTES + _ARP.size:
        return None
    fields = _ARP.unpack_from(frame, ETHERNET_BYTES)
    return Arp(
        operation=fields[4],
        source_mac=int.from_bytes(fields[5], "big"),
        source_ip=fields[6],
        sink_mac=int.from_bytes(fields[7], "big"),
        sink_ip=fields[8],
    )


def echo_reply(frame: bytes) -> bytes | None:
    """Return the IPv4 packet that answers an ICMP echo request, None where VNx would not answer.

    It checks the IP header's checksum, swaps the addresses, sets TTL 128, and adds 0x0800 to the ICMP checksum.
    """
    packet = frame[ETHERNET_BYTES:]
    if checksum(packet[:IP_BYTES]) or packet[IP_BYTES : IP_BYTES + 2] != b"\x08\x00":
        return None
    tos_to_flags = packet[1:8]
    source, sink = packet[12:16], packet[16:20]
    header = b"\x45" + tos_to_flags + bytes((ICMP_TTL, ICMP, 0, 0)) + sink + source
    header = header[:10] + checksum(header).to_bytes(2, "big") + header[12:]
    carried = int.from_bytes(packet[IP_BYTES + 2 : IP_BYTES + 4], "big") + 0x0800
    carried = (carried & 0xFFFF) + (carried >> 16)
    return header + bytes(2) + carried.to_bytes(2, "big") + packet[IP_BYTES + 4 :]
