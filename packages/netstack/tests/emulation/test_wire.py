# SPDX-License-Identifier: Apache-2.0
"""Frames byte for byte: against VNx's own traffic where there is a record, against the RFCs' rules elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.netstack.emulation import wire

FLOW = wire.Flow(
    source_mac=0x000A35029D05, sink_mac=0x000A35029D0A, source_ip=0xC0A80005, sink_ip=0xC0A8000A,
    source_port=50000, sink_port=60000,
)  # fmt: skip
VNX_HEADERS_64 = "000a35029d0a000a35029d0508004500005c000000004011f931c0a80005c0a8000ac350ea6000480000"
VNX_ARP_REQUEST = (
    "ffffffffffff000a35029d0508060001080006040001000a35029d05c0a80005000000000000c0a8000a"
    "000000000000000000000000434f46464545"
)
REQUEST = wire.Arp(operation=1, source_mac=0x000A35029D05, source_ip=0xC0A80005, sink_mac=0, sink_ip=0xC0A8000A)
REPLY = wire.Arp(
    operation=2, source_mac=0x000A35029D0A, source_ip=0xC0A8000A, sink_mac=0x000A35029D05, sink_ip=0xC0A80005
)


def ping(payload=b"abcdefgh"):
    """Return a whole echo request from .10 to .5 with correct checksums."""
    message = b"\x08\x00\x00\x00\x12\x34\x00\x01" + payload
    message = message[:2] + wire.checksum(message).to_bytes(2, "big") + message[4:]
    header = wire.ip_header(wire.ICMP, 64, 0xC0A8000A, 0xC0A80005, len(message))
    return wire.ethernet_header(0x000A35029D05, 0x000A35029D0A, wire.TYPE_IP) + header + message


def test_the_headers_of_a_64_byte_payload_are_vnx_s():
    assert wire.udp_headers(FLOW, 64).hex() == VNX_HEADERS_64


@pytest.mark.parametrize(("size", "checksum", "frame"), [(64, "f931", 106), (1408, "f3f1", 1450), (1472, "f3b1", 1514)])
def test_ip_checksum_and_frame_length_follow_the_payload(size, checksum, frame):
    headers = wire.udp_headers(FLOW, size)
    assert (headers[24:26].hex(), len(headers) + size) == (checksum, frame)


def test_an_arp_request_is_vnx_s_with_its_coffee():
    assert wire.arp_frame(REQUEST).hex() == VNX_ARP_REQUEST


def test_an_arp_reply_goes_to_the_one_who_asked():
    assert wire.arp_frame(REPLY)[:14].hex() == "000a35029d05000a35029d0a0806"


def test_an_arp_reply_ends_in_coffee_as_well():
    assert (len(wire.arp_frame(REPLY)), wire.arp_frame(REPLY)[-6:]) == (60, b"COFFEE")


@pytest.mark.parametrize("packet", [REQUEST, REPLY])
def test_an_arp_packet_is_read_as_it_was_written(packet):
    assert wire.read_arp(wire.arp_frame(packet)) == packet


def test_a_short_arp_frame_is_none():
    assert wire.read_arp(wire.arp_frame(REQUEST)[:41]) is None


def test_a_udp_frame_is_read_as_vnx_reads_it():
    seen = wire.read_ip(wire.udp_headers(FLOW, 64) + bytes(64))
    assert seen == wire.Seen(protocol=17, source_ip=0xC0A80005, sink_ip=0xC0A8000A, source_port=50000, sink_port=60000)


def test_a_frame_shorter_than_its_headers_is_none():
    assert wire.read_ip(wire.udp_headers(FLOW, 0)[:41]) is None


def test_ip_version_six_is_none():
    frame = bytearray(wire.udp_headers(FLOW, 64) + bytes(64))
    frame[14] = 0x60
    assert wire.read_ip(bytes(frame)) is None


def test_a_frame_without_type_has_type_zero():
    assert wire.ethernet_type(b"short") == 0


def test_a_short_frame_is_padded_with_zeros_to_sixty_bytes():
    assert wire.padded(b"x" * 43) == b"x" * 43 + bytes(17)


def test_a_long_frame_stays_as_it_is():
    assert wire.padded(b"x" * 61) == b"x" * 61


@given(st.binary(min_size=20, max_size=20))
def test_a_header_with_its_checksum_sums_to_zero(header):
    zeroed = header[:10] + bytes(2) + header[12:]
    whole = zeroed[:10] + wire.checksum(zeroed).to_bytes(2, "big") + zeroed[12:]
    assert wire.checksum(whole) == 0


def test_an_echo_reply_swaps_the_addresses():
    assert wire.echo_reply(ping())[12:20].hex() == "c0a80005c0a8000a"


def test_an_echo_reply_has_vnx_s_time_to_live():
    assert wire.echo_reply(ping())[8] == 128


def test_an_echo_reply_returns_what_was_sent():
    assert wire.echo_reply(ping())[24:] == b"\x12\x34\x00\x01abcdefgh"


def test_an_echo_reply_says_that_it_is_one():
    assert wire.echo_reply(ping())[20:22] == b"\x00\x00"


@given(st.binary(max_size=200).filter(lambda data: len(data) % 2 == 0))
def test_an_echo_reply_has_correct_checksums(payload):
    reply = wire.echo_reply(ping(payload))
    assert (wire.checksum(reply[:20]), wire.checksum(reply[20:])) == (0, 0)


def test_a_request_with_a_wrong_header_checksum_is_not_answered():
    frame = bytearray(ping())
    frame[24] ^= 1
    assert wire.echo_reply(bytes(frame)) is None


def test_a_reply_is_not_answered():
    frame = bytearray(ping())
    frame[34] = 0
    assert wire.echo_reply(bytes(frame)) is None
