# SPDX-License-Identifier: Apache-2.0
"""Two network layers, .5 and .10, as in VNx's examples: socket 0 of .5 sends from 50000 to 60000 of .10."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.errors import NetworkError
from levada.netstack.addresses import swapped
from levada.netstack.emulation import wire
from levada.netstack.emulation.network_layer import Arrival, Drop, NetworkLayer
from levada.netstack.emulation.register_file import RegisterFile

IP_5, IP_10 = 0xC0A80005, 0xC0A8000A
MAC_5, MAC_10 = 0x000A35029D05, 0x000A35029D0A


class Node:
    """A network layer with its registers."""

    def __init__(self, ip, mac):
        self.registers = RegisterFile()
        self.layer = NetworkLayer(self.registers)
        self.registers.enter("ip_address", ip)
        self.registers.enter("mac_address", mac)

    def socket(self, index, their_ip, their_port, my_port, valid=1):
        for column, value in zip(
            ("udp_theirIP_offset", "udp_theirPort_offset", "udp_myPort_offset", "udp_valid_offset"),
            (their_ip, their_port, my_port, valid),
            strict=True,
        ):
            self.registers.enter(column, value, index)
        return self

    def knows(self, ip, mac):
        self.registers.enter("arp_ip_addr", swapped(ip, 4), ip & 0xFF)
        self.registers.enter("arp_mac_addr", swapped(mac, 6), ip & 0xFF)
        self.registers.enter("arp_valid", 1, ip & 0xFF)
        return self

    def sent(self, *payloads, socket=0):
        for payload in payloads:
            self.layer.send(socket, payload)
        return self.layer.leave()


@pytest.fixture
def five():
    return Node(IP_5, MAC_5).socket(0, IP_10, 60000, 50000).knows(IP_10, MAC_10)


@pytest.fixture
def ten():
    return Node(IP_10, MAC_10).socket(0, IP_5, 50000, 60000).knows(IP_5, MAC_5)


def test_a_payload_leaves_as_vnx_s_frame(five):
    (frame,) = five.sent(bytes(range(64)))
    assert (
        frame.hex()
        == "000a35029d0a000a35029d0508004500005c000000004011f931c0a80005c0a8000ac350ea6000480000"
        + bytes(range(64)).hex()
    )


def test_a_frame_arrives_in_its_socket(five, ten):
    (frame,) = five.sent(b"x" * 64)
    assert ten.layer.receive(frame) == Arrival(socket=0, payload=b"x" * 64)


def test_what_left_does_not_leave_again(five):
    five.sent(b"x" * 64)
    assert five.layer.leave() == []


def test_seventeen_bytes_arrive_as_eighteen(five, ten):
    (frame,) = five.sent(b"x" * 17)
    assert (len(frame), ten.layer.receive(frame).payload) == (60, b"x" * 17 + b"\0")


def test_another_port_number_is_not_taken(five, ten):
    (frame,) = five.sent(b"x" * 64)
    assert ten.socket(0, IP_5, 50001, 60000).layer.receive(frame) is Drop.NO_SOCKET


def test_another_sender_is_not_taken(five, ten):
    (frame,) = five.sent(b"x" * 64)
    assert ten.socket(0, IP_5 + 1, 50000, 60000).layer.receive(frame) is Drop.NO_SOCKET


def test_another_address_is_not_taken(five, ten):
    (frame,) = five.sent(b"x" * 64)
    ten.registers.enter("ip_address", IP_10 + 1)
    assert ten.layer.receive(frame) is Drop.NOT_MINE


def test_the_lowest_of_equal_sockets_takes_it(five, ten):
    ten.socket(0, 0, 0, 0).socket(7, IP_5, 50000, 60000).socket(3, IP_5, 50000, 60000)
    (frame,) = five.sent(b"x" * 64)
    assert ten.layer.receive(frame).socket == 3


def test_a_socket_that_is_not_valid_receives(five, ten):
    (frame,) = five.sent(b"x" * 64)
    assert ten.socket(0, IP_5, 50000, 60000, valid=0).layer.receive(frame).socket == 0


def test_a_socket_that_is_not_valid_does_not_send(five):
    assert five.socket(0, IP_10, 60000, 50000, valid=0).layer.send(0, b"x" * 64) is Drop.INVALID_SOCKET


def test_a_socket_made_valid_sends_again(five):
    five.socket(0, IP_10, 60000, 50000, valid=0).sent(b"x" * 64)
    five.registers.write32(0x09A0, 1)
    assert len(five.sent(b"x" * 64)) == 1


@pytest.mark.parametrize("socket", [16, -1, 65535])
def test_a_tdest_beyond_the_table_is_an_error(five, socket):
    with pytest.raises(
        NetworkError, match=rf"expected a TDEST below 16, got {socket}; VNx has no such socket and does not check"
    ):
        five.layer.send(socket, b"x" * 64)


def test_256_beats_leave(five):
    assert len(five.sent(bytes(16384))) == 1


def test_more_than_256_beats_never_leave(five):
    assert five.layer.send(0, bytes(16385)) is Drop.TOO_LONG


def test_nothing_leaves_after_a_packet_that_is_too_long(five):
    five.sent(bytes(16385))
    assert (five.layer.send(0, b"x" * 64), five.layer.leave()) == (Drop.STUCK, [])


def test_without_arp_entry_a_packet_is_lost(five):
    five.registers.enter("arp_valid", 0, 10)
    assert five.layer.send(0, b"x" * 64) is Drop.ARP_MISS


def test_without_arp_entry_one_request_goes_out_instead(five):
    five.registers.enter("arp_valid", 0, 10)
    request = wire.Arp(operation=1, source_mac=MAC_5, source_ip=IP_5, sink_mac=0, sink_ip=IP_10)
    assert five.sent(b"x" * 64) == [wire.arp_frame(request)]


def test_a_request_is_answered_with_the_mac(five, ten):
    five.registers.enter("arp_valid", 0, 10)
    (request,) = five.sent(b"x" * 64)
    ten.layer.receive(request)
    reply = wire.Arp(operation=2, source_mac=MAC_10, source_ip=IP_10, sink_mac=MAC_5, sink_ip=IP_5)
    assert ten.layer.leave() == [wire.arp_frame(reply)]


def test_an_answer_fills_the_table_and_the_next_packet_leaves(five, ten):
    five.registers.enter("arp_valid", 0, 10)
    ten.layer.receive(five.sent(b"x" * 64)[0])
    five.layer.receive(ten.layer.leave()[0])
    assert five.sent(b"x" * 64)[0][:6].hex() == "000a35029d0a"


def test_an_answer_is_entered_byte_for_byte_swapped(five, ten):
    five.registers.enter("arp_valid", 0, 10)
    ten.layer.receive(five.sent(b"x" * 64)[0])
    five.layer.receive(ten.layer.leave()[0])
    assert [five.registers.read32(offset) for offset in (0x1428, 0x1850, 0x1854, 0x1108)] == [
        0x0A00A8C0,
        0x02350A00,
        0x00000A9D,
        0x00010000,
    ]


def test_a_request_teaches_nothing(five, ten):
    ten.registers.enter("arp_valid", 0, 5)
    five.registers.enter("arp_valid", 0, 10)
    ten.layer.receive(five.sent(b"x" * 64)[0])
    assert ten.registers.entry("arp_valid", 5) == 0


def test_a_request_for_another_address_is_not_answered(five, ten):
    five.registers.enter("arp_valid", 0, 10)
    ten.registers.enter("ip_address", IP_10 + 1)
    ten.layer.receive(five.sent(b"x" * 64)[0])
    assert ten.layer.leave() == []


@pytest.mark.parametrize("operation", [0, 3, 8])
def test_an_arp_packet_that_neither_asks_nor_answers_teaches_nothing(five, operation):
    packet = wire.Arp(operation=operation, source_mac=MAC_10, source_ip=IP_10 + 1, sink_mac=MAC_5, sink_ip=IP_5)
    five.layer.receive(wire.arp_frame(packet))
    assert (five.registers.entry("arp_valid", 11), five.layer.leave()) == (0, [])


def test_an_answer_to_somebody_else_is_not_learnt(five):
    reply = wire.Arp(operation=2, source_mac=MAC_10, source_ip=IP_10 + 1, sink_mac=MAC_5, sink_ip=IP_5 + 1)
    five.layer.receive(wire.arp_frame(reply))
    assert five.registers.entry("arp_valid", 11) == 0


def test_a_first_discovery_asks_for_256_addresses():
    node = Node(IP_5, MAC_5)
    node.registers.write32(0x1010, 1)
    frames = node.layer.leave()
    assert (len(frames), node.registers.probes.arp_out.bytes) == (256, 15_360)


def test_a_later_discovery_asks_only_for_what_is_missing(five):
    five.registers.write32(0x1010, 1)
    assert len(five.layer.leave()) == 255


def test_a_discovery_asks_for_each_address_in_turn():
    node = Node(IP_5, MAC_5)
    node.registers.write32(0x1010, 1)
    assert [wire.read_arp(frame).sink_ip for frame in node.layer.leave()] == [
        IP_5 & ~0xFF | host for host in range(256)
    ]


def test_outside_the_subnet_the_gateway_s_mac_is_used(five):
    five.socket(1, 0x08080808, 53, 53).knows(0xC0A80001, 0x0000DEADBEEF)
    assert five.sent(b"x" * 64, socket=1)[0][:6].hex() == "0000deadbeef"


def test_outside_the_subnet_the_gateway_is_asked_for(five):
    five.socket(1, 0x08080808, 53, 53)
    assert wire.read_arp(five.sent(b"x" * 64, socket=1)[0]).sink_ip == 0xC0A80001


def ping_to_five():
    message = b"\x08\x00\xf7\xff\x00\x00\x00\x00"
    header = wire.ip_header(wire.ICMP, 64, IP_10, IP_5, len(message))
    return wire.padded(wire.ethernet_header(MAC_5, MAC_10, wire.TYPE_IP) + header + message)


def test_a_ping_is_answered(five):
    five.layer.receive(ping_to_five())
    (reply,) = five.layer.leave()
    assert (reply[:6].hex(), reply[22], reply[34]) == ("000a35029d0a", 128, 0)


def test_a_ping_from_an_unknown_neighbour_is_lost_and_asks_for_it(five):
    five.registers.enter("arp_valid", 0, 10)
    assert five.layer.receive(ping_to_five()) is Drop.ARP_MISS


def test_a_ping_to_another_address_is_not_answered(ten):
    assert ten.layer.receive(ping_to_five()) is Drop.NOT_MINE


def test_a_ping_s_answer_is_not_answered(five, ten):
    five.layer.receive(ping_to_five())
    assert (ten.layer.receive(five.layer.leave()[0]), ten.layer.leave()) == (None, [])


def test_tcp_is_dropped(five, ten):
    frame = bytearray(five.sent(b"x" * 64)[0])
    frame[23] = 6
    assert ten.layer.receive(bytes(frame)) is Drop.FOREIGN


def test_what_is_not_ip_is_dropped(five, ten):
    frame = bytearray(five.sent(b"x" * 64)[0])
    frame[12:14] = b"\x88\xcc"
    assert ten.layer.receive(bytes(frame)) is Drop.FOREIGN


@given(st.binary(max_size=200))
def test_no_frame_whatever_upsets_the_network_layer(frame):
    node = Node(IP_5, MAC_5)
    node.layer.receive(frame)
    assert node.registers.probes.eth_in.packets == 1


SIZES = st.lists(st.integers(1, 1472), max_size=30)


@given(SIZES)
def test_each_layer_of_sending_adds_its_headers(sizes):
    node = Node(IP_5, MAC_5).socket(0, IP_10, 60000, 50000).knows(IP_10, MAC_10)
    node.sent(*(bytes(size) for size in sizes))
    p, n = node.registers.probes, len(sizes)
    assert (p.udp_out.bytes, p.ethhi_out.bytes, p.eth_out.bytes) == (
        p.app_out.bytes + 28 * n,
        p.app_out.bytes + 42 * n,
        p.ethhi_out.bytes,
    )


@given(SIZES, st.integers(0, 5))
def test_what_leaves_is_packets_and_arp(sizes, requests):
    node = Node(IP_5, MAC_5).socket(0, IP_10, 60000, 50000).knows(IP_10, MAC_10).socket(1, IP_10 + 1, 1, 1)
    node.sent(*(bytes(size) for size in sizes))
    node.sent(*[b"x" * 64] * requests, socket=1)
    assert node.registers.probes.eth_out.bytes == node.registers.probes.ethhi_out.bytes + 60 * requests


@given(SIZES)
def test_each_layer_of_receiving_takes_its_headers_off(sizes):
    ten = Node(IP_10, MAC_10).socket(0, IP_5, 50000, 60000)
    for frame in Node(IP_5, MAC_5).socket(0, IP_10, 60000, 50000).knows(IP_10, MAC_10).sent(*map(bytes, sizes)):
        ten.layer.receive(frame)
    p, n = ten.registers.probes, len(sizes)
    assert (p.udp_in.bytes, p.eth_in.bytes, p.app_in.packets) == (p.app_in.bytes + 28 * n, p.app_in.bytes + 42 * n, n)


def test_what_a_sender_offers_its_receiver_gets_where_nothing_is_lost(five, ten):
    for frame in five.sent(*[b"x" * 64] * 9):
        ten.layer.receive(frame)
    assert five.registers.probes.app_out.packets == ten.registers.probes.app_in.packets == 9


def test_unmatched_packets_show_between_udp_and_application(five, ten):
    ten.socket(0, 0, 0, 0)
    for frame in five.sent(*[b"x" * 64] * 9):
        ten.layer.receive(frame)
    p = ten.registers.probes
    assert p.udp_in.packets - p.app_in.packets == 9


def test_invalid_sockets_show_between_application_and_udp(five):
    five.sent(b"x" * 64)
    five.socket(0, IP_10, 60000, 50000, valid=0).sent(b"x" * 64, b"x" * 64)
    p = five.registers.probes
    assert p.app_out.packets - p.udp_out.packets == 2


def test_arp_misses_show_between_udp_and_ethernet(five):
    five.registers.enter("arp_valid", 0, 10)
    five.sent(b"x" * 64, b"x" * 64)
    p = five.registers.probes
    assert (p.udp_out.packets - p.ethhi_out.packets, p.arp_out.packets) == (2, 2)
