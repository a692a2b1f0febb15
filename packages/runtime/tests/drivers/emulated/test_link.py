# SPDX-License-Identifier: Apache-2.0
"""One cable: whole frames, in order, none lost, and it pushes back."""

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levada.runtime.drivers.emulated.link import (
    MAX_FRAME_BYTES,
    Incoming,
    Outgoing,
    connect_tcp,
    connect_unix,
    listen_tcp,
    listen_unix,
)


class Cable:
    """Both ends of a link of one kind."""

    def __init__(self, kind, folder):
        if kind == "unix":
            listener = listen_unix(f"{folder}/wire")
            near = connect_unix(f"{folder}/wire", 5)
        else:
            listener = listen_tcp("127.0.0.1")
            near = connect_tcp(f"127.0.0.1:{listener.getsockname()[1]}", 5)
        listener.settimeout(5)
        far, _ = listener.accept()
        listener.close()
        self.out, self.into = Outgoing(near, "port2"), Incoming(far)

    def carry(self, frames):
        came = []
        for frame in frames:
            self.out.send(frame)
            came += self.into.receive(64)
        while len(came) < len(frames) and not self.into.ended:
            self.out.flush()
            came += self.into.receive(64)
        return came

    def close(self):
        self.out.close()
        self.into.close()


@pytest.fixture(params=["unix", "tcp"])
def cable(request, tmp_path):
    made = Cable(request.param, tmp_path)
    yield made
    made.close()


def test_a_frame_arrives_whole(cable):
    assert cable.carry([b"\x01" * 1450]) == [b"\x01" * 1450]


def test_frames_keep_their_borders_and_their_order(cable):
    frames = [bytes([number]) * (60 + number) for number in range(50)]
    assert cable.carry(frames) == frames


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=20))
@settings(max_examples=20, deadline=None)
def test_any_frames_survive_either_kind_of_cable(tmp_path_factory, frames):
    for kind in ("unix", "tcp"):
        made = Cable(kind, tmp_path_factory.mktemp("wire"))
        assert made.carry(frames) == frames
        made.close()


def test_a_full_cable_blocks_and_loses_nothing(cable):
    frames = [number.to_bytes(2, "little") * 700 for number in range(4000)]
    for frame in frames:
        cable.out.send(frame)
    assert cable.out.blocked
    assert cable.carry([])[:1] == []
    came = []
    while len(came) < len(frames):
        came += cable.into.receive(64)
        cable.out.flush()
    assert came == frames
    assert not cable.out.blocked


def test_a_cable_that_is_pulled_at_the_far_end_goes_down_quietly(cable):
    cable.into.close()
    for _ in range(200):
        cable.out.send(b"\x01" * 1450)
    assert cable.out.down
    assert not cable.out.blocked


def test_a_cable_that_is_pulled_at_the_near_end_ends(cable):
    cable.out.send(b"last words")
    cable.out.close()
    came = cable.into.receive(64)
    cable.into.receive(64)
    assert came == [b"last words"]
    assert cable.into.ended


def test_nothing_is_received_where_nothing_was_sent(cable):
    assert cable.into.receive(64) == []
    assert not cable.into.ended


def test_a_length_that_no_frame_has_ends_a_tcp_link():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        link = Incoming(theirs)
        ours.sendall((MAX_FRAME_BYTES + 1).to_bytes(4, "little") + b"x")
        assert link.receive(64) == []
        assert link.ended


def test_half_a_frame_waits_for_its_other_half():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        link = Incoming(theirs)
        ours.sendall(b"\x04\x00\x00\x00ab")
        assert link.receive(64) == []
        ours.sendall(b"cd\x01\x00")
        assert link.receive(64) == [b"abcd"]


def test_a_socket_path_that_is_too_long_is_an_error_and_leaks_nothing(tmp_path):
    with pytest.raises(OSError, match="too long"):
        listen_unix(f"{tmp_path}/{'x' * 200}")


def test_nobody_there_is_an_error_and_leaks_nothing(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        connect_unix(f"{tmp_path}/nobody", 1)
