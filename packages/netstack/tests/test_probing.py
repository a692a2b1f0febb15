# SPDX-License-Identifier: Apache-2.0
import pytest

from levada.netstack.probing import health


@pytest.fixture
def port(looped):
    """Return the planned port of card 2."""
    return looped.cards[1].ports[0]


@pytest.fixture
def registers(looped, port, wire_of):
    """Return the configured registers of card 2's port."""
    return wire_of(looped).ports[port.name].registers


def problem(registers, port):
    (text,) = health(registers, port).problems
    return text


def test_a_configured_port_is_ready(registers, port):
    assert health(registers, port).ready


def test_a_port_in_reset_is_not_ready(looped, port, wire_of):
    assert not health(wire_of(looped, configured=False).ports[port.name].registers, port).ready


def test_a_pulled_cable_is_named_with_what_to_check(registers, port):
    registers.cmac.link_up = False
    assert problem(registers, port).startswith("no link (CMAC receive status 0xC0, RS-FEC off); check the cable")


def test_error_correction_is_named_where_it_is_on(registers, port):
    registers.cmac.link_up = False
    registers.write32(0x307C, 3)
    assert "RS-FEC on" in problem(registers, port)


def test_the_link_is_judged_by_the_second_reading(recorder, looped, port, wire_of):
    registers = wire_of(looped).ports[port.name].registers
    log = []
    read = registers.read32
    registers.read32 = lambda offset: log.append(offset) or read(offset)
    health(registers, port)
    assert log.count(0x2204) == 2


@pytest.mark.parametrize(
    ("register", "value", "text"),
    [
        ("ip_address", 0xC0A80005, "address is 192.168.0.5, planned is 192.168.40.11; configure the port"),
        ("mac_address", 0x000A35029DE5, "MAC is 00:0a:35:02:9d:e5, planned is 00:0a:35:02:9d:0b; configure the port"),
        ("gateway", 0xC0A80001, "gateway is 192.168.0.1, planned is 192.168.40.1; configure the port"),
        (
            "ip_mask",
            0xFFFF0000,
            "subnet mask is 255.255.0.0, VNx works in a /24 (255.255.255.0); program the card again",
        ),
    ],
)
def test_a_false_address_is_named_with_the_planned_one(registers, port, register, value, text):
    registers.enter(register, value)
    assert problem(registers, port) == text


def test_a_socket_that_is_off_is_named(registers, port):
    registers.enter("udp_valid_offset", 0, 0)
    assert problem(registers, port).startswith(
        "socket 0 is 192.168.40.10:50000 to my port 60000, not valid, planned is "
    )


def test_a_stray_socket_is_named_because_it_receives(registers, port):
    registers.enter("udp_myPort_offset", 7, 15)
    assert problem(registers, port).startswith(
        "socket 15 is 0.0.0.0:0 to my port 7, not valid, planned is 0.0.0.0:0 to"
    )


def test_a_missing_neighbour_is_named_with_what_it_costs(registers, port):
    registers.enter("arp_valid", 0, 10)
    assert problem(registers, port).startswith(
        "no ARP entry for 192.168.40.10: what is sent there is dropped; configure"
    )


def test_a_false_neighbour_is_named_with_the_planned_one(registers, port):
    registers.enter("arp_mac_addr", 0x010203040506, 10)
    assert problem(registers, port).startswith(
        "ARP entry 10 is 192.168.40.10 at 06:05:04:03:02:01, planned is 192.168.40.10 at 00:0a:"
    )


def test_a_window_that_is_not_vnx_s_is_the_one_problem(recorder, port):
    assert problem(recorder(words={0x7C: 0}), port).startswith("expected VNx's network layer")


def test_a_table_that_is_too_small_is_named(recorder, port):
    from levada.netstack.registers import layout_e

    problems = health(recorder(layout_e(1)), port).problems
    assert "socket 1 is planned, the network layer has only 1; build it with more (MAX_SOCKETS)" in problems
