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


# ------------------------------------------------------------------------------------------------ either mode


@pytest.mark.parametrize("flow", ["framed", "plain"])
def test_what_is_offered_waits_in_packets(line, flow):
    assert line(3000, flow).offer(0, 1).source.pending() == 6


@pytest.mark.parametrize("flow", ["framed", "plain"])
def test_what_left_waits_no_more(line, flow):
    made = line(3000, flow).offer(0)
    made.source.transmit()
    assert made.source.pending() == 0


@pytest.mark.parametrize("flow", ["framed", "plain"])
def test_a_sender_says_which_packet_it_gave_last(line, flow):
    sender = line(3000, flow).offer(7).source._senders["L0->L1"]
    positions = [(sender.next(), sender.position)[1] for _ in range(3)]
    assert positions == [(7, 0), (7, 1), (7, 2)]


@pytest.mark.parametrize("flow", ["framed", "plain"])
def test_a_packet_in_the_middle_of_an_inference_is_counted(line, flow):
    made = line(3000, flow).offer(0)
    made.sink.receive(made.source.transmit()[0])
    (counters,) = made.sink.counters()
    assert (counters.frames, counters.packets, counters.wire_bytes) == (0, 1, 1474)


@pytest.mark.parametrize("flow", ["framed", "plain"])
def test_a_sender_has_no_counters(line, flow):
    assert line(3000, flow).offer(0).run().source.counters() == ()


@pytest.mark.parametrize("flow", ["framed", "plain"])
def test_inferences_are_taken_one_by_one(line, flow):
    made = line(100, flow).offer(0, 1)
    made.wire.settle()
    assert [made.take(), made.take(), made.take()] == [True, True, False]


@pytest.mark.parametrize("flow", ["framed", "plain"])
def test_two_lines_know_nothing_of_each_other(line, flow):
    one, other = line(100, flow).offer(0), line(100, flow)
    one.run()
    assert (one.frames, other.run().frames) == ([0], [])
