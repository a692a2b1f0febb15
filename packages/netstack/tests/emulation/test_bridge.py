# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.netstack.emulation.bridge import ReceiveBuffer, footprint


@pytest.mark.parametrize(("payload", "room"), [(18, 64), (22, 64), (23, 128), (64, 128), (1408, 1472), (1472, 1536)])
def test_a_packet_occupies_its_frame_in_whole_beats(payload, room):
    assert footprint(bytes(payload)) == room


def test_a_buffer_holds_what_fits():
    buffer = ReceiveBuffer(3 * 1472)
    assert [buffer.hold(bytes(1408)) for _ in range(4)] == [True, True, True, False]


def test_a_buffer_that_refused_still_takes_what_is_smaller():
    buffer = ReceiveBuffer(1472 + 128)
    assert [buffer.hold(bytes(size)) for size in (1408, 1408, 64)] == [True, False, True]


def test_what_is_released_can_be_held_again():
    buffer = ReceiveBuffer(1472)
    buffer.hold(bytes(1408))
    buffer.release(bytes(1408))
    assert buffer.hold(bytes(1408))


@given(st.lists(st.integers(1, 1472), max_size=60))
def test_a_buffer_never_holds_more_than_it_has(sizes):
    buffer = ReceiveBuffer(8192)
    held = [size for size in sizes if buffer.hold(bytes(size))]
    assert sum(footprint(bytes(size)) for size in held) <= 8192


def test_vnx_s_buffer_holds_four_microseconds_of_line_rate():
    seconds = 49152 * 8 / 95.5e9
    assert seconds == pytest.approx(4.1e-6, rel=0.01)
