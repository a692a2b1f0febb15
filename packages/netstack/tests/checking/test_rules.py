# SPDX-License-Identifier: Apache-2.0
"""One fault for each rule: a deployment that works but for it is refused, by that rule, in words that name the place."""

import pytest

from levada.core.manifests import ArpEntry, RegisterWrite, Socket, StreamLink
from levada.netstack.checking import RULES, verdict

PORT_1 = ("cards", 0, "ports", 0)
PORT_2 = ("cards", 1, "ports", 0)
FEEDS_1 = ("cards", 0, "weights")
LINK_1 = ("cards", 0, "link")
LINK_2 = ("cards", 1, "link")


def without(position):
    return lambda items: items[:position] + items[position + 1 :]


def plus(*items):
    return lambda before: (*before, *items)


def first(unit_or_link):
    return lambda items: (*items, items[unit_or_link])


def turned(link):
    return StreamLink(source=link.sink, sink=link.source)


STRAY = Socket(index=9, their_ip="192.168.40.12", their_port=7, my_port=8)
FAULTS = [
    ("every_layer_has_one_place", ("cards", 1, "parts", 0, "layers"), plus("L0"), "layer 'L0' is in two parts"),
    ("every_layer_has_one_place", ("cards", 1, "parts", 0, "layers"), (), "layer 'L2' is in no part"),
    ("parts_name_their_streams", ("cards", 1, "parts", 0, "inputs"), (), "segment 1: stream 'L1->L2' is in its lists"),
    ("ingress_and_egress_are_where_the_streams_end", ("ingress_card",), 2, "the ingress is card 2, the input's layers are on card 1"),
    ("ingress_and_egress_are_where_the_streams_end", ("egress_card",), 3, "the egress is card 3, the output's layers are on card 1"),
    ("addresses_lie_in_one_subnet", (*PORT_1, "ip"), "192.168.41.10", "ports lie in 2 subnets: 192.168.40.0/24, 192.168.41.0/24"),
    ("addresses_lie_in_one_subnet", (*PORT_1, "ip"), "192.168.40.255", "port u280-1.qsfp0 has 192.168.40.255, which no host can have"),
    ("addresses_lie_in_one_subnet", (*PORT_1, "gateway"), "10.0.0.1", "has its gateway 10.0.0.1 in another /24"),
    ("addresses_lie_in_one_subnet", (*PORT_1, "ip"), "fpga one", "has fpga one, which no host can have"),
    ("addresses_are_unique", (*PORT_1, "ip"), "192.168.40.11", "address 192.168.40.11 belongs to several ports"),
    ("addresses_are_unique", (*PORT_1, "ip"), "192.168.40.1", "port u280-1.qsfp0 has its gateway's address 192.168.40.1"),
    ("macs_are_unique", (*PORT_1, "mac"), "00:0A:35:02:9D:0B", "MAC 00:0a:35:02:9d:0b belongs to several ports"),
    ("macs_are_unique", (*PORT_1, "mac"), "01:0a:35:02:9d:0a", "has 01:0a:35:02:9d:0a, which is no station's MAC"),
    ("macs_are_unique", (*PORT_1, "mac"), "nothing", "port u280-1.qsfp0 has nothing, which is no station's MAC"),
    ("port_names_are_unique", ("cards", 0, "ports"), first(0), "card u280-1 has two ports u280-1.qsfp0"),
    ("port_names_are_unique", (*PORT_1, "card"), 2, "port u280-1.qsfp0 of card 1 says 2"),
    ("arp_tables_know_every_peer", (*PORT_1, "arp"), without(0), "port u280-1.qsfp0 has no ARP entry for 192.168.40.11"),
    ("arp_tables_know_every_peer", (*PORT_1, "arp", 0, "mac"), "00:0a:35:02:9d:0c", "has 00:0a:35:02:9d:0c for 192.168.40.11, which is 00:0a:35:02:9d:0b"),
    ("arp_tables_know_every_peer", (*PORT_1, "arp"), first(0), "port u280-1.qsfp0 has two ARP entries 192.168.40.11"),
    ("arp_tables_know_every_peer", (*PORT_1, "arp"), plus(ArpEntry(ip="192.168.40.99", mac="00:0a:35:02:9d:63")), "for 192.168.40.99, which is nobody"),
    ("sockets_fit_the_table", (*PORT_1, "sockets", 0, "index"), 16, "port u280-1.qsfp0 uses socket 16, its table ends at 15"),
    ("sockets_fit_the_table", (*PORT_1, "sockets", 1, "index"), 0, "port u280-1.qsfp0 uses socket 0 twice"),
    ("sockets_fit_the_table", (*PORT_1, "sockets", 0, "my_port"), 65536, "socket 0: UDP ports 65536 → 60000 are out of range"),
    ("socket_triples_are_unique", (*PORT_1, "sockets"), first(0), "several sockets for 192.168.40.11:60000 → 50000"),
    ("socket_triples_are_unique", (*PORT_1, "sockets", 1, "my_port"), 50000, "port u280-1.qsfp0 listens twice on UDP port 50000"),
    ("every_sender_has_one_receiver", (*PORT_1, "sockets", 0, "their_port"), 60009, "socket 0 sends to 192.168.40.11:60009, where 0 sockets take it"),
    ("every_sender_has_one_receiver", (*PORT_2, "sockets"), first(0), "socket 0 sends to 192.168.40.11:60000, where 2 sockets take it"),
    ("every_sender_has_one_receiver", (*PORT_2, "sockets", 0, "their_ip"), "192.168.40.12", "where 0 sockets take it"),
    ("every_socket_belongs_to_one_hop", ("hops", 1, "source_socket"), 0, "socket 0 of port u280-1.qsfp0 (card 1) carries several streams"),
    ("every_socket_belongs_to_one_hop", (*PORT_1, "sockets"), plus(STRAY), "socket 9 of port u280-1.qsfp0 (card 1) carries no stream"),
    ("every_socket_belongs_to_one_hop", (*PORT_1, "sockets"), without(0), "socket 0 of port u280-1.qsfp0 (card 1) is used by a hop, and no port has it"),
    ("hops_join_their_two_sockets", ("hops", 0, "sink_socket"), 1, "stream 'L1->L2': its two sockets do not lead to each other"),
    ("hops_join_their_two_sockets", ("hops", 0, "sink_port"), "u280-9.qsfp0", "stream 'L1->L2' names a socket that is not there"),
    ("hops_join_their_two_sockets", (*PORT_1, "sockets", 0, "valid"), False, "a socket that must send is not valid"),
    ("hops_join_their_two_sockets", (*PORT_2, "sockets", 0, "valid"), False, "a socket that must send is not valid"),
    ("every_cut_has_one_hop", ("hops",), without(0), "stream 'L1->L2' goes from card 1 to 2 and has 0 hops"),
    ("every_cut_has_one_hop", ("hops",), first(0), "stream 'L1->L2' goes from card 1 to 2 and has 2 hops"),
    ("every_cut_has_one_hop", ("hops", 0, "stream"), "L0->L1", "stream 'L0->L1' goes from card 1 to 1 and has 1 hops"),
    ("every_cut_has_one_hop", ("hops", 0, "sink_card"), 3, "goes from card 1 to 2, its hop from 1 to 3"),
    ("every_cut_has_one_hop", ("hops", 0, "stream"), "nobody's", "hop of \"nobody's\", which is no stream"),
    ("stream_ids_are_unique", ("hops", 0, "stream_id"), 1, "stream id 1 is used twice"),
    ("stream_ids_are_unique", ("hops", 0, "stream_id"), 65536, "stream id 65536 needs more than 16 bits"),
    ("registers_say_what_the_tables_say", (*PORT_1, "registers", 0, "value"), 1, "port u280-1.qsfp0 writes 0x1 to ip_address, its tables say 0xC0A8280A"),
    ("registers_say_what_the_tables_say", (*PORT_1, "registers"), without(3), "writes nothing to udp_theirIP_offset[0], its tables say 0xC0A8280B"),
    ("registers_say_what_the_tables_say", (*PORT_1, "registers"), plus(RegisterWrite(register="ip_mask", value=0)), "writes 0x0 to ip_mask, its tables say nothing"),
    ("registers_say_what_the_tables_say", (*PORT_1, "registers"), first(0), "port u280-1.qsfp0 writes a register twice"),
    ("packets_fit", ("hops", 0, "packetisation", "payload_bytes"), 1440, "stream 'L1->L2' (card 1 → 2) sends packets of 1472 bytes, 1408 are allowed"),
    ("packets_fit", ("hops", 0, "packetisation", "payload_bytes"), 16384, "sends packets of 16416 bytes, VNx's transmit FIFO holds 16384"),
    ("packets_fit", ("hops", 0, "packetisation", "last_padded_bytes"), 281, "sends packets that are no whole 64-byte flits"),
    ("packets_carry_the_whole_stream", ("hops", 0, "packetisation", "packets"), 2, "2 packets carry 1624 bytes of 3000"),
    ("packets_carry_the_whole_stream", ("hops", 0, "packetisation", "header_bytes"), 0, "has headers of 0 bytes, framed mode has 32"),
    ("packets_carry_the_whole_stream", ("hops", 0, "packetisation", "last_padded_bytes"), 256, "its last packet is sent as 256 bytes, flits make it 320"),
    ("packets_carry_the_whole_stream", ("streams", 1, "element_bits"), 9, "carries 3000 bytes, its beats make 6000"),
    ("wire_bytes_are_what_packets_cost", ("hops", 0, "wire_bytes"), 3333, "costs 3334 bytes on the wire, 3333 are given"),
    ("receive_buffer_is_the_cards", ("flow", "rx_buffer_bytes"), 65536, "a receive buffer of 65536 bytes is given, VNx has 49152"),
    ("receive_buffer_is_the_cards", ("flow", "rx_buffer_bytes"), 0, "a receive buffer of 0 bytes is given, VNx has 49152"),
    ("credits_fit_the_receive_buffer", ("flow", "credits"), 40, "may have to hold"),
    ("credits_fit_the_receive_buffer", ("flow", "credits"), 0, "framed mode with 0 credits: nothing may ever leave"),
    ("links_join_existing_units", (*LINK_1, "units"), without(0), "is a port of no unit"),
    ("links_join_existing_units", (*LINK_1, "units"), first(0), "card u280-1: two units are named segment0_slr1"),
    ("links_join_existing_units", (*LINK_2, "streams"), lambda links: links[:-4], "card u280-2: unit networklayer_0 is joined to nothing"),
    ("link_ports_are_used_once", (*LINK_1, "streams"), first(0), "card u280-1: port segment0_slr2.m_axis_0 is joined twice"),
    ("network_is_joined_once", (*LINK_2, "units", 3, "kernel"), "switch", "card u280-2 has 1 ports and 0 units of cmac_0"),
    ("network_is_joined_once", (*LINK_2, "units", 1, "kernel"), "plain_bridge", "card u280-2 has 1 ports and 0 units of framed_bridge"),
    ("network_is_joined_once", (*LINK_2, "streams"), lambda links: links[:-1], "networklayer_0 has the streams"),
    ("links_lead_from_outputs_to_inputs", (*LINK_2, "streams", 0), turned, "bridge_0.m_axis_0 takes a stream and is an output"),
    ("links_carry_every_stream", (*LINK_2, "streams"), without(0), "card u280-2 has 1 streams out of the bridge, its streams need 2"),
    ("links_carry_every_stream", (*LINK_2, "streams"), plus(StreamLink(source="segment1_slr0.m_axis_5", sink="bridge_0.s_axis_5")), "streams into the bridge"),
    ("links_carry_every_stream", ("weight_cards",), (), "card u280-1 has 1 cards with weight DMAs, its streams need 0"),
    ("units_have_their_place", (*LINK_1, "units", 0, "memory"), "HBM[0]", "unit segment0_slr1 (segment0_slr1) has memory 'HBM[0]'"),
    ("units_have_their_place", (*LINK_1, "units", 3, "memory"), None, "has memory None"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1,), (), "card u280-1: wdma_0 streams no layer's weights"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1,), (), "weights are streamed to cards (), cards (1,) are named"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1,), first(0), "payload 'weights_1_wdma_0' is the buffer of two DMAs"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1,), first(0), "card u280-1: wdma_0 streams the weights of two layers"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1,), first(0), "card u280-1: layer 'L4' gets two streams of weights"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1, 0, "layer"), "L2", "wdma_0 streams the weights of layer 'L2', which is not on this card"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1, 0, "layer"), "L0", "wdma_0 leads to segment3_slr1.s_axis_weights_0, its layer 'L0' lies in segment 0"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1, 0, "unit"), "idma_0", "idma_0 is to stream weights and is no weight DMA"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1, 0, "readings"), 0, "reads 4 bytes 0 times per inference"),
    ("streamed_weights_reach_their_layers", (*FEEDS_1, 0, "simd"), 0, "wdma_0 streams beats of 1 × 0 elements"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "path", "value", "text"), FAULTS, ids=[f"{fault[0]}-{fault[3][:40]}" for fault in FAULTS]
)
def test_the_rule_finds_the_fault_and_names_the_place(looped, alter, broken, rule, path, value, text):
    assert text in broken(alter(looped, path, value)).get(rule, "the rule holds")


def test_there_is_a_fault_for_every_rule():
    assert {rule.__name__ for rule in RULES} - {fault[0] for fault in FAULTS} == {"no_card_outruns_the_next"}


def test_nothing_is_found_where_nothing_is_wrong(looped, broken):
    assert broken(looped) == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_says_what_it_proves(looped, rule):
    assert rule(looped).detail() == rule(looped).proven != ""


def test_the_verdict_has_a_check_for_every_rule(looped):
    assert [check.rule for check in verdict(looped).checks] == [rule.__name__.replace("_", " ") for rule in RULES]


def test_the_verdict_says_who_gives_it(looped):
    assert verdict(looped).checker == "vnx"


def test_an_earlier_verdict_is_not_believed(looped, alter):
    tampered = alter(looped, ("flow", "credits"), 40)
    assert (tampered.verdict.passed, verdict(tampered).passed) == (True, False)


def test_many_problems_are_counted_not_listed(looped, alter, broken):
    detail = broken(alter(looped, (*PORT_1, "registers"), ()))["registers_say_what_the_tables_say"]
    assert (detail.count(";"), detail[-11:]) == (5, "and 16 more")


def test_a_deployment_without_network_has_nothing_to_prove_about_it(draw, deploy, broken):
    assert broken(deploy(draw([1], [0, 0], [(0, 1, 8)]))) == {}


def test_credits_without_hops_are_refused(draw, deploy, alter, broken):
    assert broken(alter(deploy(draw([1], [0], [])), ("flow", "credits"), 3)) == {
        "credits_fit_the_receive_buffer": "credits without hops"
    }


def test_the_figures_are_not_the_planner_s():
    import levada.netstack.checking as package

    sources = [path.read_text() for path in __import__("pathlib").Path(package.__file__).parent.glob("*.py")]
    imports = [
        line
        for text in sources
        for line in text.splitlines()
        if line.startswith(("from levada.netstack", "import levada.netstack"))
    ]
    assert [line for line in imports if ".checking" not in line] == []
