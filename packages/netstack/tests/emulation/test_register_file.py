# SPDX-License-Identifier: Apache-2.0
"""A card fresh from programming, seen through its registers."""

import pytest

from levada.core.errors import NetworkError
from levada.netstack.emulation.register_file import RegisterFile
from levada.netstack.registers import LAYOUT_D, LAYOUT_E, CmacRegister, cmac, layout_e, probe


@pytest.fixture
def registers():
    return RegisterFile()


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (0x0010, 0x35029DE5), (0x0014, 0x0000000A), (0x0018, 0xC0A80005), (0x001C, 0xC0A80001), (0x0020, 0xFFFFFF00),
        (0x007C, 0x5E771465), (0x0000, 0), (0x0030, 0), (0x05F4, 322265624), (0x05F8, 12), (0x05FC, 0x00ADACED),
        (0x0810, 16), (0x0820, 0), (0x1100, 0),
    ],
)  # fmt: skip
def test_a_register_has_vnx_s_reset_value(registers, offset, value):
    assert registers.read32(offset) == value


@pytest.mark.parametrize("offset", [0x007C, 0x0400, 0x05FC, 0x0810, 0x0500, 0x0030])
def test_a_register_that_is_read_only_keeps_its_value(registers, offset):
    before = registers.read32(offset)
    registers.write32(offset, 0xFFFFFFFF)
    assert registers.read32(offset) == before


@pytest.mark.parametrize(
    ("offset", "kept"),
    [
        (0x0014, 0xFFFF),
        (0x08A0, 0xFFFF),
        (0x0920, 0xFFFF),
        (0x09A0, 1),
        (0x1100, 0x01010101),
        (0x1854, 0xFFFF),
        (0x1400, 0xFFFFFFFF),
    ],
)
def test_a_register_keeps_the_bits_it_has(registers, offset, kept):
    registers.write32(offset, 0xFFFFFFFF)
    assert registers.read32(offset) == kept


@pytest.mark.parametrize("offset", [-4, 2, 0x4000, 0x10000])
def test_an_offset_that_is_no_register_s_is_refused(registers, offset):
    with pytest.raises(NetworkError, match=r"expected a register offset that is a multiple of 4 below 0x4000, got"):
        registers.read32(offset)


def test_writing_outside_the_window_is_refused_as_well(registers):
    with pytest.raises(NetworkError, match=r"below 0x4000, got 0x4000"):
        registers.write32(0x4000, 0)


@pytest.mark.parametrize("layout", [LAYOUT_E, LAYOUT_D, layout_e(63)], ids=["E", "D", "E63"])
def test_the_layout_is_told_by_probing(layout):
    assert probe(RegisterFile(layout)) == layout


def test_a_rising_edge_starts_a_discovery(registers):
    started = []
    registers.on_discovery = lambda: started.append(1)
    for value in (0, 1, 0):
        registers.write32(0x1010, value)
    assert started == [1]


def test_a_one_that_stays_starts_nothing_again(registers):
    started = []
    registers.on_discovery = lambda: started.append(1)
    registers.write32(0x1010, 1)
    registers.write32(0x1010, 1)
    assert started == [1]


def test_the_probes_are_cleared_by_a_one(registers):
    registers.probes.app_in[64] += 1
    registers.write32(0x05F0, 1)
    assert registers.read32(0x0508 + 0x10) == 0


def test_the_probes_are_not_cleared_by_a_zero(registers):
    registers.probes.app_in[64] += 1
    registers.write32(0x05F0, 0)
    assert registers.read32(0x0508 + 0x10) == 1


def test_the_clearing_bit_clears_itself(registers):
    registers.write32(0x05F0, 1)
    assert registers.read32(0x05F0) == 0


def test_a_write_to_a_table_is_noticed(registers):
    before = registers.version
    registers.write32(0x0820, 1)
    assert registers.version > before


def test_what_the_fabric_enters_software_reads(registers):
    registers.enter("arp_mac_addr", 0x0A9D02350A00, 10)
    assert (registers.read32(0x1850), registers.read32(0x1854)) == (0x02350A00, 0x00000A9D)


def test_the_link_is_up_behind_the_network_layer(registers):
    assert registers.read32(cmac(CmacRegister.RX_STATUS)) & 3 == 3
