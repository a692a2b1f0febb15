# SPDX-License-Identifier: Apache-2.0
"""Plain mode: the bytes and nothing else, so that a loss is not noticed by what follows."""

from hypothesis import given
from hypothesis import strategies as st

from levada.netstack.emulation.plain import WINDOW_PACKETS


def test_an_inference_arrives_without_its_padding(line):
    made = line(3000, "plain").offer(0).run()
    assert [(delivered.frame, delivered.payload) for delivered in made.taken] == [(0, made.payload(0))]


@given(st.sampled_from([1, 64, 100, 1408, 1409, 9000]), st.integers(1, 10))
def test_inferences_are_told_apart_by_counting(line, size, frames):
    made = line(size, "plain")
    for frame in range(frames):
        made.offer(frame).run()
    assert [delivered.payload for delivered in made.taken] == [made.payload(n) for n in range(frames)]


def test_a_packet_is_all_stream_and_the_last_is_padded(line):
    made = line(3000, "plain").offer(0)
    assert [len(wire) - 42 for wire in made.source.transmit()] == [1408, 1408, 192]


def test_a_packet_begins_with_the_stream(line):
    made = line(3000, "plain").offer(0)
    assert made.source.transmit()[0][42:] == made.payload(0)[:1408]


def test_nothing_comes_back(line):
    made = line(3000, "plain").offer(0).run()
    assert made.sink.transmit() == []


def test_nobody_holds_a_sender_back(line):
    made = line(3000, "plain").offer(*range(30))
    made.source.transmit()
    assert made.source.pending() == 0


def test_a_loss_shifts_what_follows_in_silence(line):
    made = line(1408, "plain").offer(0, 1, 2)
    for wire in made.source.transmit()[1:]:
        made.sink.receive(wire)
    made.run()
    assert [(delivered.frame, delivered.payload) for delivered in made.taken] == [
        (0, made.payload(1)),
        (1, made.payload(2)),
    ]


def test_a_loss_within_an_inference_mixes_two(line):
    made = line(3000, "plain").offer(0, 1)
    for number, wire in enumerate(made.source.transmit()):
        if number != 1:
            made.sink.receive(wire)
    made.run()
    assert (len(made.taken), made.taken[0].payload == made.payload(0), made.sink.faults()) == (1, False, ())


def test_what_follows_a_loss_begins_where_the_one_before_was_cut_off(line):
    made = line(3000, "plain").offer(0, 1, 2)
    for number, wire in enumerate(made.source.transmit()):
        if number != 2:
            made.sink.receive(wire)
    made.run()
    first, second = (delivered.payload for delivered in made.taken)
    assert first == made.payload(0)[:2816] + made.payload(1)[:184]
    assert second[:1216] == made.payload(1)[192:1408]


def test_a_receiver_that_is_not_taken_from_fills_its_buffer_and_loses(line):
    made = line(1408, "plain").offer(*range(200))
    made.wire.settle()
    faults = made.wire.faults()
    assert len(faults) == 200 - WINDOW_PACKETS - 49152 // 1472


def test_a_full_buffer_is_named_with_what_it_means(line):
    made = line(1408, "plain").offer(*range(200))
    made.wire.settle()
    fault = made.wire.faults()[0]
    assert (fault.stream, fault.frame, fault.reason) == (
        "L0->L1",
        128,
        "a packet found the receive buffer full; all that follows is shifted",
    )


def test_taking_empties_the_buffer(line):
    made = line(1408, "plain").offer(*range(150)).run()
    assert made.frames == list(range(150))


def test_a_driver_may_move_a_batch_of_packets_before_it_takes(line):
    made = line(3000, "plain").offer(*range(21))
    made.wire.settle()
    assert made.wire.faults() == []


def test_two_inferences_may_wait_however_large(line):
    made = line(501_760, "plain").offer(0, 1)
    made.wire.settle()
    assert made.run().frames == [0, 1]


def test_counters_are_what_the_deployment_says(line):
    made = line(3000, "plain").offer(*range(5)).run()
    (counters,) = made.sink.counters()
    expected = (5, 5 * made.cut.packets, 5 * 3000, 5 * made.hop.wire_bytes)
    assert (counters.frames, counters.packets, counters.stream_bytes, counters.wire_bytes) == expected


def test_waiting_changes_nothing(line):
    made = line(3000, "plain").offer(0).run()
    made.source.idle()
    assert made.source.transmit() == []


def test_what_comes_back_all_the_same_is_ignored(line):
    made = line(3000, "plain")
    made.source._senders["L0->L1"].hear(bytes(64))
    assert made.wire.faults() == []
