# SPDX-License-Identifier: Apache-2.0
import pytest

from levada.netstack.emulation.cmac import Cmac
from levada.netstack.registers import CmacRegister


@pytest.fixture
def cmac():
    """Return a CMAC that has sent two frames of 1450 bytes and received one of 60."""
    made = Cmac()
    made.sent[1450] += 2
    made.received[60] += 1
    return made


def test_the_link_is_up_and_aligned():
    assert Cmac().read32(CmacRegister.RX_STATUS) == 3


def test_a_pulled_cable_reads_as_on_a_card():
    cmac = Cmac()
    cmac.link_up = False
    assert cmac.read32(CmacRegister.RX_STATUS) == 0xC0


def test_statistics_stand_still_until_a_tick(cmac):
    assert cmac.read32(CmacRegister.TX_PACKETS) == 0


@pytest.mark.parametrize(
    ("register", "value"),
    [
        (CmacRegister.TX_PACKETS, 2), (CmacRegister.TX_GOOD_PACKETS, 2), (CmacRegister.TX_BYTES, 2908),
        (CmacRegister.RX_PACKETS, 1), (CmacRegister.RX_GOOD_BYTES, 64),
    ],
)  # fmt: skip
def test_a_tick_latches_frames_and_bytes_with_fcs(cmac, register, value):
    cmac.write32(CmacRegister.TICK, 1)
    assert cmac.read32(register) == value


def test_a_second_tick_counts_from_the_first(cmac):
    cmac.write32(CmacRegister.TICK, 1)
    cmac.write32(CmacRegister.TICK, 1)
    assert cmac.read32(CmacRegister.TX_PACKETS) == 0


def test_error_correction_reads_back_as_it_was_set():
    cmac = Cmac()
    cmac.write32(CmacRegister.RSFEC_ENABLE, 3)
    assert cmac.read32(CmacRegister.RSFEC_ENABLE) == 3


def test_a_status_cannot_be_written():
    cmac = Cmac()
    cmac.write32(CmacRegister.TX_STATUS, 1)
    assert cmac.read32(CmacRegister.TX_STATUS) == 0
