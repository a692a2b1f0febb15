# SPDX-License-Identifier: Apache-2.0
"""Configuration against what VNx's own driver writes for the same port (recorded from its vnx_utils.py)."""

import pytest

from levada.core.errors import NetworkError
from levada.core.manifests import ArpEntry, NetworkPort, RegisterWrite, Socket
from levada.netstack.configuring import configure
from levada.netstack.registers import LAYOUT_D, SOCKET_COLUMNS, layout_e


def vnx_example(index=0):
    """Return the port of the example: 192.168.0.5 sends from 50000 to 192.168.0.10:60000 by one socket."""
    values = (0xC0A8000A, 60000, 50000, 1)
    return NetworkPort(
        name="qsfp0", card=1, ip="192.168.0.5", mac="00:0a:35:02:9d:05", gateway="192.168.0.1",
        arp=(ArpEntry(ip="192.168.0.10", mac="00:0a:35:02:9d:0a"),),
        sockets=(Socket(index=index, their_ip="192.168.0.10", their_port=60000, my_port=50000),),
        registers=(
            RegisterWrite(register="ip_address", value=0xC0A80005),
            RegisterWrite(register="gateway", value=0xC0A80001),
            RegisterWrite(register="mac_address", value=0x000A35029D05),
            *(RegisterWrite(register=c, index=index, value=v) for c, v in zip(SOCKET_COLUMNS, values, strict=True)),
            RegisterWrite(register="arp_ip_addr", index=10, value=0x0A00A8C0),
            RegisterWrite(register="arp_mac_addr", index=10, value=0x0A9D02350A00),
            RegisterWrite(register="arp_valid", index=10, value=1),
        ),
    )  # fmt: skip


SET_IP = [(0x0018, 0xC0A80005), (0x001C, 0xC0A80001), (0x0010, 0x35029D05), (0x0014, 0x0000000A)]
FIRST_SOCKET = [(0x0820, 0xC0A8000A), (0x08A0, 0x0000EA60), (0x0920, 0x0000C350), (0x09A0, 1)]
OTHER_SOCKETS = [(column + 8 * index, 0) for index in range(1, 16) for column in (0x0820, 0x08A0, 0x0920, 0x09A0)]
ARP_ENTRY = [(0x1428, 0x0A00A8C0), (0x1850, 0x02350A00), (0x1854, 0x00000A9D), (0x1108, 0x00010000)]


def test_a_port_is_written_as_vnx_s_driver_writes_it(recorder):
    registers = recorder()
    configure(registers, vnx_example())
    assert registers.writes == SET_IP + FIRST_SOCKET + OTHER_SOCKETS + ARP_ENTRY


def test_the_socket_table_takes_64_writes(recorder):
    registers = recorder()
    configure(registers, vnx_example())
    assert sum(0x0820 <= offset < 0x0A20 for offset, _ in registers.writes) == 64


def test_the_table_ends_where_vnx_s_does(recorder):
    registers = recorder()
    configure(registers, vnx_example())
    assert registers.writes[64:68] == [(0x0898, 0), (0x0918, 0), (0x0998, 0), (0x0A18, 0)]


def test_an_arp_entry_keeps_its_neighbours_valid(recorder):
    registers = recorder(words={0x1108: 0x00000101})
    configure(registers, vnx_example())
    assert registers.log[-2:] == [("R", 0x1108, 0x00000101), ("W", 0x1108, 0x00010101)]


def test_layout_d_gets_the_same_socket_at_its_own_offsets(recorder):
    registers = recorder(LAYOUT_D)
    configure(registers, vnx_example())
    found = {offset: registers.words[offset] for offset in (0x0810, 0x0890, 0x0910, 0x0990)}
    assert found == {0x0810: 0xC0A8000A, 0x0890: 60000, 0x0910: 50000, 0x0990: 1}


def test_layout_d_keeps_its_number_of_sockets(recorder):
    registers = recorder(LAYOUT_D)
    configure(registers, vnx_example())
    assert 0x0A10 not in dict(registers.writes)


def test_configuring_twice_is_configuring_once(recorder):
    registers = recorder()
    configure(registers, vnx_example())
    once = dict(registers.words)
    configure(registers, vnx_example())
    assert registers.words == once


def test_a_socket_of_an_earlier_deployment_is_cleared(recorder):
    registers = recorder(words={0x0828: 0xC0A80063, 0x08A8: 1, 0x0928: 2, 0x09A8: 1})
    configure(registers, vnx_example())
    assert [registers.words[offset] for offset in (0x0828, 0x08A8, 0x0928, 0x09A8)] == [0, 0, 0, 0]


def test_a_larger_table_is_written_to_its_end(recorder):
    registers = recorder(layout_e(32))
    configure(registers, vnx_example())
    assert registers.writes[-5] == (layout_e(32).address("udp_valid_offset", 31), 0)


def test_too_small_a_table_is_refused_before_anything_is_written(recorder):
    registers = recorder(layout_e(4))
    with pytest.raises(
        NetworkError, match=r"port 'qsfp0' is planned with socket 4, but its network layer \(layout E\) has 4 sockets"
    ):
        configure(registers, vnx_example(index=4))
    assert registers.writes == []


def test_a_foreign_window_is_refused_before_anything_is_written(recorder):
    registers = recorder(words={0x7C: 0xDEADBEEF})
    with pytest.raises(NetworkError, match="got 0xDEADBEEF"):
        configure(registers, vnx_example())
    assert registers.writes == []
