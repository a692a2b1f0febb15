# SPDX-License-Identifier: Apache-2.0
"""Faults on purpose: the right packet, once, and nothing else."""

import pytest

from levada.core.errors import NetworkError
from levada.core.interfaces import Carried, EmulatedPort, Injection
from levada.runtime.drivers.emulated.mischief import Mischief


class Port(EmulatedPort):
    """A port whose frames are: stream letter, frame number (or 255 for none), payload."""

    def carried(self, wire):
        if wire[:1] == b"c":
            return None
        stream, frame = {b"s": "A->B", b"k": "A->D"}[wire[:1]], wire[1]
        return Carried(stream=stream, frame=None if frame == 255 else frame, offset=2, size=len(wire) - 2)

    def offer(self, stream, frame, payload): ...
    def pending(self): ...
    def transmit(self): ...
    def receive(self, wire): ...
    def take(self, stream): ...
    def faults(self): ...
    def counters(self): ...


class Silent(Port):
    """A port that does not say what its frames carry."""

    carried = EmulatedPort.carried


def mischief(rig, *injections, host="fpga1"):
    hops = [hop for hop in rig.deployment(3, "chain").hops if hop.source_card == 1]
    faults = [Injection(action=action, target=target, frame=frame) for action, target, frame in injections]
    return Mischief(faults, host, hops)


def test_without_injection_nothing_happens(rig):
    assert mischief(rig).spoil(Port(), b"s\x05abc") == b"s\x05abc"


def test_a_flip_changes_one_bit_of_the_first_stream_byte(rig):
    assert mischief(rig, ("flip", "A->B", 5)).spoil(Port(), b"s\x05abc") == b"s\x05`bc"


def test_a_drop_swallows_the_packet(rig):
    assert mischief(rig, ("drop", "A->B", 5)).spoil(Port(), b"s\x05abc") is None


@pytest.mark.parametrize("wire", [b"s\x04abc", b"k\x05abc", b"c\x05abc"])
def test_other_frames_streams_and_credits_pass(rig, wire):
    assert mischief(rig, ("flip", "A->B", 5)).spoil(Port(), wire) == wire


def test_a_fault_happens_once(rig):
    made = mischief(rig, ("drop", "A->B", 5))
    assert made.spoil(Port(), b"s\x05abc") is None
    assert made.spoil(Port(), b"s\x05def") == b"s\x05def"


def test_without_header_frames_are_counted_by_their_packets(rig):
    made = mischief(rig, ("drop", "A->D", 1))
    passed = [made.spoil(Port(), b"k\xffxy") for _ in range(4)]
    assert passed == [b"k\xffxy", b"k\xffxy", None, b"k\xffxy"]


def test_what_was_done_is_said(rig):
    made = mischief(rig, ("flip", "A->B", 5))
    made.spoil(Port(), b"s\x05abc")
    assert made.committed == ["injected: flip at stream A->B frame 5"]


def test_streams_that_leave_another_card_are_its_business(rig):
    made = mischief(rig, ("flip", "B->C", 5))
    made.check("toy", {"p": Silent()})


def test_a_network_that_does_not_tell_cannot_be_harmed(rig):
    with pytest.raises(NetworkError, match=r"network 'toy' does not say what its frames carry"):
        mischief(rig, ("flip", "A->B", 5)).check("toy", {"p": Silent()})


def test_killing_needs_no_wire(rig):
    mischief(rig, ("kill", "fpga1", 5)).check("toy", {"p": Silent()})


@pytest.mark.parametrize(("frame", "fatal"), [(4, False), (5, True), (6, True)])
def test_death_comes_at_its_frame_or_the_next_that_passes(rig, frame, fatal):
    assert mischief(rig, ("kill", "fpga1", 5)).fatal(frame) is fatal


def test_other_hosts_live(rig):
    assert not mischief(rig, ("kill", "fpga2", 5)).fatal(5)


def test_dying_is_by_signal():
    import os
    import signal

    child = os.fork()
    if child == 0:
        Mischief((), "fpga1", ()).die()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
