# SPDX-License-Identifier: Apache-2.0
"""The register tables against the offsets of VNx's sources (layout E: template.xml; layout D: its state in 2022-05)."""

import pytest

from levada.core.errors import NetworkError
from levada.netstack.registers import LAYOUT_D, LAYOUT_E, MAGIC, MAGIC_OFFSET, cmac, layout_e, probe

SOCKET_TABLE_E = {
    "udp_number_sockets": 0x0810, "udp_theirIP_offset": 0x0820, "udp_theirPort_offset": 0x08A0,
    "udp_myPort_offset": 0x0920, "udp_valid_offset": 0x09A0,
}  # fmt: skip
SOCKET_TABLE_D = {
    "udp_number_sockets": 0x0A10, "udp_theirIP_offset": 0x0810, "udp_theirPort_offset": 0x0890,
    "udp_myPort_offset": 0x0910, "udp_valid_offset": 0x0990,
}  # fmt: skip
COMMON = {
    "mac_address": 0x10, "ip_address": 0x18, "gateway": 0x1C, "ip_mask": 0x20, "debug_reset_counters": 0x5F0,
    "arp_discovery": 0x1010, "arp_valid": 0x1100, "arp_ip_addr": 0x1400, "arp_mac_addr": 0x1800,
}  # fmt: skip
PROBES = {
    "eth_in": 0x400, "pkth_in": 0x418, "arp_in": 0x430, "arp_out": 0x448, "icmp_in": 0x460, "icmp_out": 0x478,
    "ethhi_out": 0x490, "eth_out": 0x4A8, "udp_in": 0x4C0, "app_out": 0x4D8, "udp_out": 0x4F0, "app_in": 0x508,
}  # fmt: skip


@pytest.mark.parametrize(("name", "offset"), (SOCKET_TABLE_E | COMMON).items())
def test_layout_e_has_the_offsets_of_today(name, offset):
    assert LAYOUT_E.address(name) == offset


@pytest.mark.parametrize(("name", "offset"), (SOCKET_TABLE_D | COMMON).items())
def test_layout_d_has_the_offsets_of_2022(name, offset):
    assert LAYOUT_D.address(name) == offset


@pytest.mark.parametrize(("name", "offset"), PROBES.items())
def test_a_probe_has_cycles_bytes_and_packets(name, offset):
    assert [LAYOUT_E.address(f"{name}_{part}") for part in ("cycles", "bytes", "packets")] == [
        offset,
        offset + 8,
        offset + 16,
    ]


def test_the_last_socket_of_sixteen_ends_the_table():
    assert LAYOUT_E.address("udp_valid_offset", 15) == 0x0A18


@pytest.mark.parametrize(
    ("column", "offset"),
    [("udp_theirPort_offset", 0x0A18), ("udp_myPort_offset", 0x0C10), ("udp_valid_offset", 0x0E08)],
)
def test_columns_move_with_the_number_of_sockets(column, offset):
    assert layout_e(63).address(column) == offset


def test_a_register_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(NetworkError, match=r"layout E of VNx has no register 'udp_thierIP'; it has app_in_bytes, "):
        LAYOUT_E.register("udp_thierIP")


def test_an_entry_beyond_an_array_is_refused():
    with pytest.raises(NetworkError, match=r"register 'udp_valid_offset' has 16 entries, there is no entry 16"):
        LAYOUT_E.address("udp_valid_offset", 16)


def test_today_s_network_layer_is_told_by_its_number_of_sockets(recorder):
    assert probe(recorder()) is LAYOUT_E


def test_a_network_layer_with_more_sockets_is_layout_e_with_more(recorder):
    assert probe(recorder(layout_e(48))).sockets == 48


def test_the_testbed_s_network_layer_is_told_as_layout_d(recorder):
    assert probe(recorder(LAYOUT_D)) is LAYOUT_D


def test_layout_d_is_told_when_its_first_socket_is_in_use(recorder):
    assert probe(recorder(LAYOUT_D, {0x0810: 0xC0A8000A})) is LAYOUT_D


def test_a_window_without_the_magic_word_is_refused(recorder):
    with pytest.raises(
        NetworkError, match=r"expected VNx's network layer \(0x5E771465 at 0x007C\), got 0x00000000; is the card"
    ):
        probe(recorder(words={MAGIC_OFFSET: 0}))


def test_a_network_layer_that_counts_no_sockets_is_refused(recorder):
    with pytest.raises(
        NetworkError, match=r"1 to 63 at 0x0810 \(layout E\) or 16 at 0x0A10 \(layout D\), got 0 at 0x0810"
    ):
        probe(recorder(words={0x0810: 0}))


def test_a_wide_register_is_two_words_low_first(recorder):
    registers = recorder()
    LAYOUT_E.write(registers, "mac_address", 0x000A35029D05)
    assert registers.writes == [(0x10, 0x35029D05), (0x14, 0x0000000A)]


def test_a_byte_of_a_word_keeps_its_neighbours(recorder):
    registers = recorder(words={0x1108: 0x01000001})
    LAYOUT_E.write(registers, "arp_valid", 1, 10)
    assert registers.words[0x1108] == 0x01010001


def test_a_register_reads_as_it_was_written(recorder):
    registers = recorder()
    LAYOUT_E.write(registers, "arp_mac_addr", 0x0A9D02350A00, 10)
    assert LAYOUT_E.read(registers, "arp_mac_addr", 10) == 0x0A9D02350A00


def test_the_cmac_lies_behind_the_network_layer():
    assert cmac(0x204) == 0x2204


def test_the_magic_word_is_vnx_s():
    assert MAGIC == 0x5E771465
