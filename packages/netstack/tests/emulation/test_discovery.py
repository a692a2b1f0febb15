# SPDX-License-Identifier: Apache-2.0
"""Three ports on a switch that learn of each other by ARP, as VNx's notebooks do it."""

import pytest

from levada.netstack.configuring import configure
from levada.netstack.emulation.network_layer import Arrival, NetworkLayer
from levada.netstack.emulation.register_file import RegisterFile
from levada.netstack.registers import LAYOUT_D, LAYOUT_E, layout_e


@pytest.fixture
def strangers(looped, wire_of):
    """Return the ports of a loop with addresses and sockets, and no ARP entry."""
    wire = wire_of(looped)
    for port in wire.ports.values():
        for host in range(256):
            port.registers.enter("arp_valid", 0, host)
    return wire


def discover(port):
    for value in (0, 1, 0):
        port.registers.write32(0x1010, value)


def known(port):
    return [host for host in range(256) if port.registers.entry("arp_valid", host)]


def test_a_discovery_finds_every_other_port(strangers):
    first = strangers.ports["u280-1.qsfp0"]
    discover(first)
    strangers.settle()
    assert known(first) == [11, 12]


def test_a_discovery_teaches_the_others_nothing(strangers):
    discover(strangers.ports["u280-1.qsfp0"])
    strangers.settle()
    assert known(strangers.ports["u280-2.qsfp0"]) == []


def test_each_port_must_discover_for_itself(strangers):
    for port in strangers.ports.values():
        discover(port)
    strangers.settle()
    assert [known(port) for port in strangers.ports.values()] == [[11, 12], [10, 12], [10, 11]]


def test_after_discovery_every_port_is_ready(strangers):
    for port in strangers.ports.values():
        discover(port)
    strangers.settle()
    healths = [
        strangers.network.health(strangers.ports[name].registers, port) for name, port in strangers.planned.items()
    ]
    assert all(health.ready for health in healths)


def test_a_port_without_its_address_is_not_found(strangers):
    first, second, _ = strangers.ports.values()
    second.registers.enter("ip_address", 0xC0A80005)
    discover(first)
    strangers.settle()
    assert known(first) == [12]


def test_without_discovery_the_first_packet_is_lost_and_the_second_arrives(strangers, looped, body):
    hop = looped.hops[0]
    size = hop.packetisation.stream_bytes
    for frame in range(2):
        strangers.source(hop).offer(hop.stream, frame, body(size, frame))
        strangers.settle()
    assert [fault.frame for fault in strangers.source(hop).faults() if fault.stream == hop.stream] == [
        0
    ] * hop.packetisation.packets


@pytest.mark.parametrize("layout", [LAYOUT_E, LAYOUT_D, layout_e(63)], ids=["E", "D", "E with 63 sockets"])
def test_a_packet_crosses_whatever_the_layout_of_the_registers(one_hop, layout):
    ports = [card.ports[0] for card in one_hop(100).cards]
    files = [RegisterFile(layout) for _ in ports]
    layers = [NetworkLayer(registers) for registers in files]
    for registers, port in zip(files, ports, strict=True):
        configure(registers, port)
    layers[0].send(0, b"x" * 64)
    (frame,) = layers[0].leave()
    assert layers[1].receive(frame) == Arrival(socket=0, payload=b"x" * 64)
