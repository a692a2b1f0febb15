# SPDX-License-Identifier: Apache-2.0
from levada.core.manifests import ArpEntry, RegisterWrite, Socket


def port_of(deployment, card):
    return deployment.cards[card - 1].ports[0]


def test_a_sender_s_socket_leads_to_the_receiver(one_hop):
    assert port_of(one_hop(100), 1).sockets == (
        Socket(index=0, their_ip="192.168.40.11", their_port=60000, my_port=50000),
    )


def test_a_receiver_s_socket_leads_back_so_that_credits_may(one_hop):
    assert port_of(one_hop(100), 2).sockets == (
        Socket(index=0, their_ip="192.168.40.10", their_port=50000, my_port=60000),
    )


def test_a_port_knows_those_it_talks_to(one_hop):
    assert port_of(one_hop(100), 1).arp == (ArpEntry(ip="192.168.40.11", mac="00:0a:35:02:9d:0b"),)


def test_a_port_does_not_list_those_it_never_talks_to(draw, deploy):
    chain = deploy(draw([1, 2, 3], [0, 1, 2], [(0, 1, 8), (1, 2, 8)]))
    assert [len(port_of(chain, card).arp) for card in (1, 2, 3)] == [1, 2, 1]


def test_registers_are_named_with_the_values_that_vnx_takes(one_hop):
    assert port_of(one_hop(100), 1).registers == (
        RegisterWrite(register="ip_address", value=0xC0A8280A),
        RegisterWrite(register="gateway", value=0xC0A82801),
        RegisterWrite(register="mac_address", value=0x000A35029D0A),
        RegisterWrite(register="udp_theirIP_offset", value=0xC0A8280B, index=0),
        RegisterWrite(register="udp_theirPort_offset", value=60000, index=0),
        RegisterWrite(register="udp_myPort_offset", value=50000, index=0),
        RegisterWrite(register="udp_valid_offset", value=1, index=0),
        RegisterWrite(register="arp_ip_addr", value=0x0B28A8C0, index=11),
        RegisterWrite(register="arp_mac_addr", value=0x0B9D02350A00, index=11),
        RegisterWrite(register="arp_valid", value=1, index=11),
    )


def test_a_driver_is_told_which_unit_s_registers_lie_where(one_hop):
    windows = port_of(one_hop(100), 1).windows
    assert [(window.kernel, window.unit, window.offset) for window in windows] == [
        ("networklayer", "networklayer_0", 0),
        ("cmac_0", "cmac_0", 0x2000),
    ]


def test_hops_have_udp_ports_of_their_own(draw, deploy):
    both = deploy(draw([1, 2], [0, 1], [(0, 1, 8)])), deploy(draw([1, 2], [0, 0, 1], [(0, 2, 8), (1, 2, 8)]))
    assert [socket.my_port for socket in port_of(both[1], 1).sockets] == [50000, 50001]


def test_one_card_alone_has_no_port(draw, deploy):
    assert deploy(draw([1], [0, 0], [(0, 1, 8)])).cards[0].ports == ()


def test_the_first_card_of_a_loop_sends_and_receives_on_one_port(looped):
    sockets = port_of(looped, 1).sockets
    assert [socket.my_port for socket in sockets] == [50000, 50001, 60003]


def test_a_port_is_named_after_its_card(one_hop):
    assert [port_of(one_hop(100), card).name for card in (1, 2)] == ["u280-1.qsfp0", "u280-2.qsfp0"]
