# SPDX-License-Identifier: Apache-2.0
"""Registers through XRT's core library: the right unit, the right offset, 32 bits, and every refusal."""

import pytest
from toy_xrt import FakeCoreLibrary

from levada.core.errors import NetworkError
from levada.core.manifests import RegisterWindow
from levada.runtime.drivers.xrt.registers import PortRegisters, Shim

UUID = bytes(range(16))
LAYER = RegisterWindow(kernel="networklayer", unit="networklayer_0", offset=0, size_bytes=0x2000)
CMAC = RegisterWindow(kernel="cmac_0", unit="cmac_0", offset=0x10000, size_bytes=0x2000)


@pytest.fixture
def library():
    return FakeCoreLibrary()


@pytest.fixture
def registers(library):
    return PortRegisters(Shim(library, 0, UUID), [LAYER, CMAC])


def test_a_word_is_written_to_the_unit_of_its_window(registers, library):
    registers.write32(0x10004, 0xC0000000)
    assert library.words == {(1, 0x4): 0xC0000000}


def test_a_word_is_read_from_the_unit_of_its_window(registers, library):
    library.words[0, 0x18] = 0xC0A80005
    assert registers.read32(0x18) == 0xC0A80005


def test_a_unit_is_opened_once_and_for_this_process_alone(registers, library):
    registers.read32(0x18)
    registers.read32(0x1C)
    assert library.diary == [("open", 0), ("context", 0)]


def test_argument_types_are_declared_on_the_right_symbols(registers, library):
    assert len(library.xclRegWrite.argtypes) == 4
    assert len(library.xclRegRead.argtypes) == 4


@pytest.mark.parametrize("offset", [0x2000, 0xFFFC, 0x12000, 0x2, 0x10003])
def test_an_offset_outside_every_window_is_named_with_them(registers, offset):
    with pytest.raises(
        NetworkError, match=rf"no register at 0x{offset:X}: .* \(networklayer_0 at 0x0, cmac_0 at 0x10000\)"
    ):
        registers.read32(offset)


@pytest.mark.parametrize("value", [-1, 1 << 32])
def test_a_value_beyond_32_bits_is_refused(registers, value):
    with pytest.raises(NetworkError, match=rf"register 0x18 takes 32 bits, got {value}"):
        registers.write32(0x18, value)


def test_a_unit_that_the_bitstream_lacks_is_named(library):
    odd = RegisterWindow(kernel="networklayer", unit="networklayer_9", offset=0, size_bytes=0x2000)
    with pytest.raises(NetworkError, match=r"no compute unit 'networklayer:networklayer_9' \(XRT error -2\)"):
        PortRegisters(Shim(library, 0, UUID), [odd]).read32(0)


def test_a_unit_that_another_process_holds_is_named(library):
    library.held.add(0)
    with pytest.raises(
        NetworkError, match=r"'networklayer:networklayer_0' is held by another process \(XRT error -16\)"
    ):
        PortRegisters(Shim(library, 0, UUID), [LAYER]).read32(0)


def test_a_card_that_does_not_open_is_named(library):
    with pytest.raises(NetworkError, match="XRT cannot open card -1; look at `xbutil examine`"):
        Shim(library, -1, UUID)


def test_a_refused_read_is_named(library):
    with pytest.raises(NetworkError, match=r"cannot read register 0x2000 of compute unit 0 \(XRT error -22\)"):
        Shim(library, 0, UUID).read(0, 0x2000)


def test_a_refused_write_is_named(library):
    with pytest.raises(NetworkError, match=r"cannot write register 0x2000 of compute unit 0 \(XRT error -22\)"):
        Shim(library, 0, UUID).write(0, 0x2000, 1)


def test_closing_gives_back_units_then_card(library):
    shim = Shim(library, 0, UUID)
    PortRegisters(shim, [LAYER, CMAC]).read32(0x10000)
    shim.close()
    assert library.diary[-2:] == [("end context", 1), ("close",)]
