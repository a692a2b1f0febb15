# SPDX-License-Identifier: Apache-2.0
"""Framed mode over a wire that loses, repeats, swaps and falsifies: what is not delivered as it was sent is named."""

from hypothesis import given, settings
from hypothesis import strategies as st

from levada.netstack.emulation.bridge import WINDOW_FRAMES
from levada.netstack.emulation.framing import Header, Kind, pack

THREE_PACKETS = 3000


def lost(wire):
    return []


def twice(wire):
    return [wire, wire]


def flipped(position):
    def harm(wire):
        return [wire[:position] + bytes([wire[position] ^ 0x10]) + wire[position + 1 :]]

    return harm


IN_HEADER, IN_BODY, IN_PADDING = flipped(50), flipped(80), flipped(-1)


def test_an_inference_arrives_as_it_was_sent(line):
    made = line(THREE_PACKETS).offer(0).run()
    assert [(delivered.frame, delivered.payload) for delivered in made.taken] == [(0, made.payload(0))]


def test_inferences_arrive_in_order(line):
    assert line(THREE_PACKETS).offer(*range(20)).run().frames == list(range(20))


def test_nothing_is_named_where_nothing_is_lost(line):
    made = line(THREE_PACKETS).offer(*range(20)).run().idle()
    assert made.wire.faults() == []


def test_the_largest_cut_of_resnet_passes_with_28_credits(line):
    made = line(501_760, allowed=28).offer(0, 1).run()
    assert [delivered.payload for delivered in made.taken] == [made.payload(0), made.payload(1)]


def test_one_credit_is_enough(line):
    assert line(THREE_PACKETS, allowed=1).offer(0, 1, 2).run().frames == [0, 1, 2]


def test_an_empty_inference_is_one_packet(line):
    from levada.core.networks import VNX

    assert VNX.packetisation(0).packets == 1


def test_a_sender_stops_at_its_credits(line):
    made = line(501_760, allowed=5).offer(0)
    assert (len(made.source.transmit()), made.source.pending()) == (5, 360)


def test_a_credit_lets_the_next_packets_go(line):
    made = line(501_760, allowed=5).offer(0)
    for wire in made.source.transmit():
        made.sink.receive(wire)
    for wire in made.sink.transmit():
        made.source.receive(wire)
    assert len(made.source.transmit()) == 5


def test_one_credit_packet_stands_for_all_that_came(line):
    made = line(501_760, allowed=5).offer(0)
    for wire in made.source.transmit():
        made.sink.receive(wire)
    assert len(made.sink.transmit()) == 1


def test_an_accelerator_that_takes_nothing_holds_its_source_back(line):
    made = line(THREE_PACKETS, allowed=7).offer(*range(50))
    made.wire.settle()
    assert made.source.pending() == 150 - 3 * WINDOW_FRAMES - 7


def test_taking_lets_as_much_follow_as_was_taken(line):
    made = line(THREE_PACKETS, allowed=7).offer(*range(50))
    made.wire.settle()
    made.take()
    made.wire.settle()
    assert made.source.pending() == 150 - 3 * WINDOW_FRAMES - 7 - 3


def test_a_stream_that_waits_does_not_hold_up_another(draw, deploy, wire_of, body):
    both = deploy(draw([1, 2], [0, 0, 1], [(0, 2, 3000), (1, 2, 3000)]))
    wire = wire_of(both)
    slow, fast = both.hops
    for frame in range(40):
        wire.source(slow).offer(slow.stream, frame, body(3000))
        wire.source(fast).offer(fast.stream, frame, body(3000))
    count = 0
    while wire.step() or wire.sink(fast).take(fast.stream):
        count += 1
    assert [counters.frames for counters in wire.sink(fast).counters()] == [2, 40]


def test_a_lost_packet_names_its_frame(line):
    made = line(THREE_PACKETS).harm((4, lost)).offer(*range(4)).run()
    assert (made.frames, made.named()) == ([0, 2, 3], {1: "packet 1 of 3 lost"})


def test_several_lost_packets_of_a_frame_are_one_loss(line):
    made = line(THREE_PACKETS).harm((3, lost), (4, lost)).offer(*range(3)).run()
    assert (made.frames, made.named()) == ([0, 2], {1: "packets 0 to 1 of 3 lost"})


def test_a_loss_over_two_frames_names_both(line):
    made = line(THREE_PACKETS).harm((2, lost), (3, lost)).offer(*range(3)).run()
    assert (made.frames, made.named()) == ([2], {0: "packet 2 of 3 lost", 1: "packet 0 of 3 lost"})


def test_a_frame_lost_whole_is_named(line):
    made = line(THREE_PACKETS).harm((3, lost), (4, lost), (5, lost)).offer(*range(3)).run()
    assert (made.frames, made.named()) == ([0, 2], {1: "all 3 packets lost"})


def test_frames_lost_whole_are_told_from_frames_that_never_were_sent(line):
    made = line(100).harm((1, lost)).offer(0, 4, 8).run()
    text = "all 1 packets lost (or before this hop: 1 of 1 to 7 were sent)"
    assert (made.frames, made.named()) == ([0, 8], dict.fromkeys(range(1, 8), text))


def test_frames_that_never_were_sent_are_no_loss(line):
    made = line(100).offer(0, 4, 8).run()
    assert (made.frames, made.named()) == ([0, 4, 8], {})


def test_frames_lost_where_numbering_starts_anew_are_told(line):
    made = line(100).harm((2, lost)).offer(8, 9, 0, 1).run()
    (fault,) = made.sink.faults()
    assert (fault.frame, fault.lost, fault.reason) == (
        None,
        True,
        "1 frames lost before frame 1; their numbers do not follow frame 9",
    )


def test_the_first_frame_of_all_is_named_when_lost(line):
    made = line(100).harm((0, lost)).offer(0, 1).run()
    assert (made.frames, made.named()) == ([1], {0: "all 1 packets lost"})


def test_the_last_packet_s_loss_shows_when_nothing_moves(line):
    made = line(THREE_PACKETS).harm((5, lost)).offer(0, 1).run()
    assert made.named() == {}
    assert made.idle().named() == {1: "packet 2 of 3 lost"}


def test_the_last_frames_loss_shows_when_nothing_moves(line):
    made = line(100).harm((1, lost), (2, lost)).offer(0, 1, 2).run().idle()
    assert made.named() == {1: "all 1 packets lost", 2: "all 1 packets lost"}


def test_a_loss_gives_its_credit_back(line):
    made = line(100, allowed=1).harm((0, lost)).offer(0, 1).run()
    assert made.idle().frames == [1]


def test_losses_do_not_use_up_credits(line):
    made = line(100, allowed=2).harm((0, lost), (2, lost)).offer(*range(6)).run()
    assert made.frames == [1, 3, 4, 5]


def test_a_lost_credit_is_made_up_for(line):
    made = line(100, allowed=1)
    made.wire.tamper = lambda wire: [] if wire[45] == Kind.CREDIT else [wire]
    made.offer(0, 1).run()
    made.wire.tamper = lambda wire: [wire]
    assert made.idle().frames == [0, 1]


def test_asking_where_nothing_is_owed_sends_nothing(line):
    made = line(100).offer(0).run()
    made.source.idle()
    assert made.source.transmit() == []


def test_asking_while_packets_wait_names_nothing(line):
    made = line(THREE_PACKETS, allowed=7).offer(*range(50))
    made.wire.settle()
    for _ in range(1000):
        made.source.idle()
        made.wire.settle()
    assert made.wire.faults() == []


def test_a_wrong_byte_in_the_body_names_its_frame(line):
    made = line(THREE_PACKETS).harm((4, IN_BODY)).offer(*range(3)).run()
    assert (made.frames, made.named()) == ([0, 2], {1: "packet 1 of 3 is corrupt: its CRC does not match"})


def test_a_wrong_byte_in_the_padding_is_seen_as_well(line):
    made = line(100).harm((1, IN_PADDING)).offer(*range(3)).run()
    assert made.named() == {1: "packet 0 of 1 is corrupt: its CRC does not match"}


def test_a_wrong_byte_in_the_header_names_its_frame_when_the_gap_shows(line):
    made = line(THREE_PACKETS).harm((4, IN_HEADER)).offer(*range(3)).run()
    assert (made.frames, made.named()) == ([0, 2], {1: "packet 1 of 3 lost"})


def test_a_wrong_byte_in_the_header_is_told_at_once(line):
    made = line(THREE_PACKETS).harm((2, IN_HEADER)).offer(0).run()
    (fault,) = made.sink.faults()
    assert (fault.frame, fault.lost, fault.reason[:30]) == (None, False, "a packet's header is not whole")


def test_a_packet_that_comes_twice_is_told_and_loses_nothing(line):
    made = line(THREE_PACKETS).harm((4, twice)).offer(*range(3)).run()
    (fault,) = made.sink.faults()
    assert (made.frames, fault.frame, fault.lost, fault.reason) == (
        [0, 1, 2],
        1,
        False,
        "packet 1 of 3 came twice or late",
    )


def test_packets_that_change_places_cost_their_frame(line):
    kept = []
    made = (
        line(THREE_PACKETS)
        .harm((3, lambda wire: kept.append(wire) or []), (4, lambda wire: [wire, *kept]))
        .offer(*range(3))
        .run()
    )
    assert (made.frames, sorted(made.named())) == ([0, 2], [1])


def test_faults_name_the_stream(line):
    made = line(100).harm((0, lost)).offer(0, 1).run()
    assert {fault.stream for fault in made.sink.faults()} == {"L0->L1"}


def test_faults_are_told_once(line):
    made = line(100).harm((0, lost)).offer(0, 1).run()
    made.sink.faults()
    assert made.sink.faults() == ()


def test_counters_are_what_the_deployment_says(line):
    made = line(THREE_PACKETS).offer(*range(5)).run()
    (counters,) = made.sink.counters()
    expected = (5, 5 * made.cut.packets, 5 * made.cut.stream_bytes, 5 * made.hop.wire_bytes)
    assert (counters.frames, counters.packets, counters.stream_bytes, counters.wire_bytes) == expected


def test_counters_do_not_count_what_came_twice(line):
    made = line(THREE_PACKETS).harm((1, twice)).offer(0).run()
    assert made.sink.counters()[0].packets == 3


def receiver(made):
    return made.sink._receivers[made.hop.stream]


def reasons(made):
    return [fault.reason for fault in made.sink.faults()]


def data(**fields):
    return Header(**{"kind": Kind.DATA, "stream": 0, "sequence": 0, "length": 100, "packets": 1, **fields})


def test_a_packet_of_another_stream_is_refused(line):
    made = line(100)
    receiver(made).hear(pack(data(stream=5), bytes(100)))
    assert reasons(made) == ["a packet of stream id 5, kind 1 came, which is not expected here"]


def test_a_packet_far_ahead_of_its_turn_is_told(line):
    made = line(100, allowed=4)
    receiver(made).hear(pack(data(sequence=1000, frame=3), bytes(100)))
    assert "packet 0 is 1000 ahead of its turn, 4 are allowed" in reasons(made)


def test_a_packet_that_is_not_what_should_follow_costs_its_frame(line):
    made = line(THREE_PACKETS)
    receiver(made).hear(pack(data(packets=3, length=1376), bytes(1376)))
    receiver(made).hear(pack(data(sequence=1, frame=1, packets=3, length=1376), bytes(1376)))
    assert sorted(made.named()) == [0, 1]


def test_a_packet_of_a_length_that_is_not_planned_costs_its_frame(line):
    made = line(100)
    receiver(made).hear(pack(data(length=99), bytes(99)))
    assert made.named() == {0: "packet 0 of 1 with 99 bytes is not what should follow"}


def test_a_receive_buffer_that_is_too_small_loses_packets_by_name(draw, deploy, wire_of, body):
    import msgspec

    from levada.core.manifests import FlowControl

    whole = deploy(draw([1, 2], [0, 1], [(0, 1, 100)]))
    wire = wire_of(msgspec.structs.replace(whole, flow=FlowControl(mode="framed", credits=20, rx_buffer_bytes=1024)))
    for frame in range(20):
        wire.source(whole.hops[0]).offer("L0->L1", frame, body(100))
    wire.settle()
    assert {fault.reason for fault in wire.faults()} == {"packet 0 of 1 found the receive buffer full"}


def sender(made):
    return made.source._senders[made.hop.stream]


def source_reasons(made):
    return [(fault.reason, fault.lost) for fault in made.source.faults()]


def test_a_credit_that_is_not_whole_is_told_and_harms_nothing(line):
    made = line(100)
    sender(made).hear(bytes(64))
    assert source_reasons(made)[0] == (
        "a packet came back that is no credit of this stream, or is not whole; a later credit makes up for it",
        False,
    )


def test_a_credit_for_more_than_was_sent_is_told(line):
    made = line(100)
    sender(made).hear(pack(Header(kind=Kind.CREDIT, stream=0, sequence=3), b""))
    assert source_reasons(made) == [("a credit accounts for 3 packets, only 0 are out", False)]


def test_an_old_credit_changes_nothing(line):
    made = line(100, allowed=2).offer(*range(6)).run()
    sender(made).hear(pack(Header(kind=Kind.CREDIT, stream=0, sequence=1), b""))
    assert (source_reasons(made), made.offer(6).run().frames) == ([], list(range(7)))


def test_sequence_numbers_may_go_round(line):
    made = line(100, allowed=3)
    sender(made)._sent = sender(made)._accounted = receiver(made)._accounted = (1 << 32) - 2
    assert made.offer(*range(6)).run().frames == list(range(6))


# ------------------------------------------------------------------------------------------------ properties


class Fate:
    """What happens to the frames of a wire, drawn one by one."""

    def __init__(self, data, rate):
        self.data, self.rate, self.kept, self.active = data, rate, [], True

    def __call__(self, wire):
        released, self.kept = self.kept, []
        if not self.active or self.data.draw(st.integers(0, 99)) >= self.rate:
            return [wire, *released]
        kind = self.data.draw(st.sampled_from(["lose", "repeat", "flip", "delay"]))
        if kind == "lose":
            return released
        if kind == "repeat":
            return [wire, *released, wire]
        if kind == "delay":
            self.kept = [wire]
            return released
        position = self.data.draw(st.integers(0, len(wire) - 1))
        return [
            wire[:position] + bytes([wire[position] ^ self.data.draw(st.integers(1, 255))]) + wire[position + 1 :],
            *released,
        ]


SIZES = st.sampled_from([1, 100, 1376, 1377, 3000, 9000])


@settings(max_examples=80)
@given(st.data(), SIZES, st.integers(1, 20), st.integers(1, 12), st.sampled_from([1, 5, 20]))
def test_whatever_the_wire_does_nothing_is_lost_in_silence(line, data, size, allowed, frames, rate):
    made = line(size, allowed=allowed)
    made.wire.tamper = fate = Fate(data, rate)
    made.offer(*range(frames)).run()
    fate.active = False
    while made.source.pending() or sender(made)._sent != sender(made)._accounted:
        made.idle()
    assert sorted(made.frames) == made.frames == sorted(set(made.frames))
    assert all(delivered.payload == made.payload(delivered.frame) for delivered in made.taken)
    assert set(made.frames) | set(made.named()) == set(range(frames))


@settings(max_examples=80)
@given(st.data(), SIZES, st.integers(1, 20), st.integers(1, 12), st.sampled_from([1, 5, 20]))
def test_what_is_named_as_lost_was_not_delivered(line, data, size, allowed, frames, rate):
    made = line(size, allowed=allowed)
    made.wire.tamper = fate = Fate(data, rate)
    made.offer(*range(frames)).run()
    fate.active = False
    made.idle().idle()
    assert set(made.frames).isdisjoint(made.named())


@given(st.data(), SIZES, st.integers(1, 20), st.integers(1, 12))
def test_a_good_wire_delivers_all_in_order_whenever_it_is_taken(line, data, size, allowed, frames):
    made = line(size, allowed=allowed)
    offered = 0
    while len(made.taken) < frames:
        action = data.draw(st.sampled_from(["offer", "carry", "take", "idle"])) if offered < frames else "run"
        if action == "offer":
            made.offer(offered)
            offered += 1
        elif action == "idle":
            made.source.idle()
        else:
            {"carry": made.wire.step, "take": made.take, "run": made.run}[action]()
    assert [(d.frame, d.payload) for d in made.taken] == [(n, made.payload(n)) for n in range(frames)]
    assert made.wire.faults() == []


@given(SIZES, st.integers(1, 20), st.integers(1, 30))
def test_what_is_on_its_way_is_bounded_whatever_is_offered(line, size, allowed, frames):
    made = line(size, allowed=allowed).offer(*range(frames))
    made.wire.settle()
    packets = made.cut.packets
    assert frames * packets - made.source.pending() <= WINDOW_FRAMES * packets + allowed
