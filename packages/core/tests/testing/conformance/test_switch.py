# SPDX-License-Identifier: Apache-2.0
"""The switch between emulated ports."""

from types import SimpleNamespace

import pytest

from levada.core import testing
from levada.core.interfaces import Delivered, PortFault
from levada.core.testing.conformance.networks import Recorder, payload
from levada.core.testing.conformance.switch import Switch


class Port:
    """A port that emits what it is given, and remembers what it receives."""

    def __init__(self):
        self.registers = None
        self.out, self.received, self.idled, self.ready = [], [], 0, []

    def transmit(self):
        out, self.out = self.out, []
        return out

    def receive(self, wire):
        self.received.append(wire)

    def carried(self, wire):
        return None

    def take(self, stream):
        return self.ready.pop(0) if self.ready else None

    def faults(self):
        return (PortFault(stream=None, frame=None, reason="tired"),)

    def idle(self):
        self.idled += 1


@pytest.fixture
def switch():
    """Two cards, one port each, of a network that configures nothing."""
    network = SimpleNamespace(emulate=lambda port, deployment: Port(), configure=lambda registers, port: None)
    return Switch(network, testing.deployment())


def ports(switch):
    return list(switch.ports.values())


def addressed(switch, number):
    """Return a frame to the port of this number."""
    mac = list(switch.planned.values())[number].mac
    return bytes.fromhex(mac.replace(":", "")) + b"payload"


def test_a_frame_goes_to_the_port_of_its_address(switch):
    first, second = ports(switch)
    wire = addressed(switch, 1)
    first.out = [wire]
    switch.move()
    assert (first.received, second.received) == ([], [wire])


def test_a_broadcast_goes_to_all_but_its_origin(switch):
    first, second = ports(switch)
    first.out = [b"\xff" * 6 + b"who is there"]
    switch.move()
    assert (len(first.received), len(second.received)) == (0, 1)


def test_a_frame_to_nobody_is_gone(switch):
    first, second = ports(switch)
    first.out = [b"\x02" + bytes(5) + b"lost"]
    switch.move()
    assert (first.received, second.received) == ([], [])


def test_what_is_tampered_with_goes_on_changed(switch):
    first, second = ports(switch)
    switch.tamper = lambda wire, carried: [wire.upper(), wire.upper()]
    first.out = [addressed(switch, 1)]
    switch.move()
    assert len(second.received) == 2


def test_frames_that_never_end_are_noticed(switch):
    endless, _ = ports(switch)
    endless.transmit = lambda: [addressed(switch, 1)]
    with pytest.raises(AssertionError, match="still emitted frames after"):
        switch.move()


def test_ports_are_told_when_nothing_moves(switch):
    switch.deliver()
    assert all(port.idled > 0 for port in ports(switch))


def test_what_arrives_is_delivered_by_stream(switch):
    hop = switch.deployment.hops[0]
    found = Delivered(stream=hop.stream, frame=0, payload=b"x")
    switch.sink(hop).ready = [found]
    assert switch.deliver()[hop.stream] == [found]


def test_faults_are_gathered(switch):
    switch.deliver()
    assert len(switch.faults) == len(switch.ports)


def test_ends_of_a_hop_are_found_by_card_and_port(switch):
    hop = switch.deployment.hops[0]
    assert (switch.source(hop), switch.sink(hop)) == tuple(ports(switch))


def test_payloads_differ_from_frame_to_frame_and_hop_to_hop():
    first, second, *_ = testing.deployment(testing.plan(3, "loop")).hops
    assert len({payload(first, 0), payload(first, 1), payload(second, 0), payload(second, 1)}) == 4


def test_payloads_are_as_large_as_the_stream():
    (hop, *_) = testing.deployment().hops
    assert len(payload(hop, 0)) == hop.packetisation.stream_bytes


def test_a_recorder_passes_on_and_remembers():
    words = {}
    recorder = Recorder(SimpleNamespace(read32=words.get, write32=words.__setitem__))
    recorder.write32(4, 7)
    recorder.write32(4, 8)
    assert (recorder.read32(4), recorder.written) == (8, {4: 8})
