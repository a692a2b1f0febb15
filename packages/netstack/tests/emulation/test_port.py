# SPDX-License-Identifier: Apache-2.0
"""The port as a driver sees it: streams on one side, Ethernet frames on the other, registers below."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.errors import NetworkError
from levada.core.interfaces import Carried
from levada.netstack.registers import LAYOUT_E


def test_a_port_in_reset_sends_nothing_and_says_why(one_hop, wire_of, body):
    wire = wire_of(one_hop(100), configured=False)
    wire.ports["u280-1.qsfp0"].offer("L0->L1", 0, body(100))
    assert wire.ports["u280-1.qsfp0"].transmit() == []
    (fault,) = wire.faults()
    assert (fault.frame, fault.reason) == (
        0,
        "packet 0 did not leave: its socket is not valid: is the port configured?",
    )


def test_a_missing_arp_entry_costs_a_packet_by_name(line):
    made = line(100).offer(0)
    made.source.registers.enter("arp_valid", 0, 11)
    made.source.transmit()
    (fault,) = made.source.faults()
    assert fault.reason.startswith("packet 0 did not leave: no ARP entry for its receiver (a request was sent)")


def test_after_the_answer_to_its_request_a_port_goes_on(line):
    made = line(100).offer(0)
    made.source.registers.enter("arp_valid", 0, 11)
    made.run().offer(1).run()
    assert made.frames == [1]


def test_a_credit_without_arp_entry_is_told(line):
    made = line(100).offer(0)
    made.sink.registers.enter("arp_valid", 0, 10)
    made.wire.step()
    assert made.sink.transmit() == []
    (fault,) = made.sink.faults()
    assert (fault.reason[:42], fault.lost) == ("a packet of flow control did not leave: no", False)


def test_a_stream_that_does_not_leave_here_is_refused(line, body):
    made = line(100)
    with pytest.raises(
        NetworkError, match=r"stream 'L1->L2' does not leave through port 'u280-1.qsfp0'; those that do: L0->L1"
    ):
        made.source.offer("L1->L2", 0, body(100))


def test_a_stream_that_does_not_enter_here_is_refused(line):
    with pytest.raises(
        NetworkError, match=r"stream 'L0->L1' does not enter through port 'u280-1.qsfp0'; those that do: none"
    ):
        line(100).source.take("L0->L1")


def test_an_inference_of_the_wrong_size_is_refused(line, body):
    with pytest.raises(
        NetworkError, match=r"expected 100 bytes of stream 'L0->L1' per inference, got 99 for frame 7; pack"
    ):
        line(100).source.offer("L0->L1", 7, body(99))


@pytest.mark.parametrize("frame", [-1, 1 << 32])
def test_a_frame_number_that_no_header_holds_is_refused(line, body, frame):
    with pytest.raises(
        NetworkError, match=rf"expected a frame number from 0 to 4294967295 for stream 'L0->L1', got {frame}"
    ):
        line(100).source.offer("L0->L1", frame, body(100))


def test_nothing_is_there_before_it_came(line):
    assert line(100).sink.take("L0->L1") is None


def test_a_foreign_frame_is_dropped_and_told(line):
    made = line(100)
    made.sink.receive(bytes(60))
    (fault,) = made.sink.faults()
    assert fault.reason == "dropped a frame of 60 bytes: it is neither ARP, nor ICMP, nor UDP over IPv4"


def test_a_frame_for_no_socket_is_dropped_and_told(line):
    made = line(100).offer(0)
    (frame,) = made.source.transmit()
    made.sink.receive(frame[:36] + b"\x00\x01" + frame[38:])
    (fault,) = made.sink.faults()
    assert fault.reason == "dropped a frame of 234 bytes: no socket expects its sender and ports"


def test_a_socket_that_no_stream_uses_is_told(line):
    made = line(100).offer(0)
    (frame,) = made.source.transmit()
    made.sink.registers.enter("udp_myPort_offset", 0, 0)
    for column, value in (
        ("udp_theirIP_offset", 0xC0A8280A),
        ("udp_theirPort_offset", 50000),
        ("udp_myPort_offset", 60000),
    ):
        made.sink.registers.enter(column, value, 5)
    made.sink.receive(frame)
    (fault,) = made.sink.faults()
    assert fault.reason == "socket 5 got 192 bytes, and no stream uses it"


def test_streams_take_turns_on_the_wire(draw, deploy, wire_of, body):
    both = deploy(draw([1, 2], [0, 0, 1], [(0, 2, 3000), (1, 2, 3000)]))
    port = wire_of(both).source(both.hops[0])
    for hop in both.hops:
        port.offer(hop.stream, 0, body(3000))
    assert [port.carried(wire).stream for wire in port.transmit()] == ["L0->L2", "L1->L2"] * 3


def test_a_data_frame_tells_whose_bytes_it_carries(line):
    made = line(3000).offer(7)
    assert [made.source.carried(wire) for wire in made.source.transmit()] == [
        Carried(stream="L0->L1", frame=7, offset=74, size=size) for size in (1376, 1376, 248)
    ]


def test_the_bytes_are_where_the_frame_says(line):
    made = line(3000).offer(7)
    frames = made.source.transmit()
    found = b"".join(wire[c.offset : c.offset + c.size] for wire in frames if (c := made.source.carried(wire)))
    assert found == made.payload(7)


@pytest.mark.parametrize("size", [1, 64, 1408, 3000, 9000])
def test_plain_frames_tell_as_much_as_can_be_known(line, size):
    made = line(size, "plain").offer(7)
    found = [made.source.carried(wire) for wire in made.source.transmit()]
    assert (sum(c.size for c in found), {(c.frame, c.offset) for c in found}) == (size, {(None, 42)})


def test_flow_control_carries_no_stream_bytes(line):
    made = line(100).offer(0)
    for wire in made.source.transmit():
        made.sink.receive(wire)
    assert [made.sink.carried(wire) for wire in made.sink.transmit()] == [None]


def test_a_probe_carries_no_stream_bytes(line):
    made = line(100).offer(0)
    made.source.transmit()
    made.source.idle()
    assert [made.source.carried(wire) for wire in made.source.transmit()] == [None]


@given(st.binary(max_size=120))
def test_arbitrary_bytes_carry_nothing(line, wire):
    assert line(100).source.carried(wire) is None


@given(st.binary(max_size=120))
def test_arbitrary_bytes_upset_no_port(line, wire):
    made = line(100)
    made.sink.receive(wire)
    assert made.offer(0).run().frames == [0]


@given(st.binary(max_size=120))
def test_arbitrary_payloads_upset_no_receiver(line, payload):
    made = line(100)
    made.sink._receivers["L0->L1"].hear(payload)
    assert made.offer(0).run().frames == [0]


def test_a_loop_carries_every_stream_of_a_plan(looped, wire_of, body):
    wire = wire_of(looped)
    for hop in looped.hops:
        wire.source(hop).offer(hop.stream, 0, body(hop.packetisation.stream_bytes, hop.stream_id))
    wire.settle()
    found = {hop.stream: wire.sink(hop).take(hop.stream).payload for hop in looped.hops}
    assert found == {hop.stream: body(hop.packetisation.stream_bytes, hop.stream_id) for hop in looped.hops}


def test_what_a_sender_s_probes_count_its_receiver_s_count_too(line):
    made = line(3000).offer(*range(9)).run()
    sent, received = made.source.registers.probes, made.sink.registers.probes
    assert (sent.app_out.packets, sent.app_out.bytes) == (received.app_in.packets, received.app_in.bytes)


def test_the_probes_are_read_through_the_registers(line):
    made = line(3000).offer(0).run()
    assert LAYOUT_E.read(made.source.registers, "app_out_packets") == 3


def test_wire_bytes_are_frames_with_fcs_gap_and_preamble(line):
    made = line(3000).offer(0)
    on_wire = sum(len(wire) + 4 + 12 + 8 for wire in made.source.transmit())
    assert on_wire == made.hop.wire_bytes


def test_ports_of_equal_name_on_two_cards_are_two(one_hop, wire_of, body):
    import msgspec

    whole = one_hop(100)
    hops = tuple(msgspec.structs.replace(hop, source_port="qsfp0", sink_port="qsfp0") for hop in whole.hops)
    same = msgspec.structs.replace(whole, hops=hops)
    port = msgspec.structs.replace(whole.cards[1].ports[0], name="qsfp0")
    from levada.netstack import Vnx

    assert [counters.stream for counters in Vnx().emulate(port, same).counters()] == ["L0->L1"]
