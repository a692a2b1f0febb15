# SPDX-License-Identifier: Apache-2.0
"""The agent's sockets: who is let in, what is refused, and that everything closes."""

import threading

import pytest
import zmq
from toy_processes import free_port

from levada.core.errors import OptionError, UnreachableError
from levada.runtime import keys
from levada.runtime.agent.door import Door


@pytest.fixture
def folder(tmp_path):
    keys.generate(tmp_path / "keys", ["fpga1"])
    return tmp_path / "keys"


class Callers:
    """Controllers and strangers that dial in."""

    def __init__(self):
        self.context, self.dealers = zmq.Context(), []

    def dial(self, address, server=None, own=None):
        dealer = self.context.socket(zmq.DEALER)
        self.dealers.append(dealer)
        dealer.linger = 0
        if own is not None:
            dealer.curve_serverkey = server
            dealer.curve_publickey, dealer.curve_secretkey = own
        dealer.connect(address)
        return dealer

    def close(self):
        for dealer in self.dealers:
            dealer.close()
        self.context.term()


@pytest.fixture
def callers():
    made = Callers()
    yield made
    made.close()


def heard(door, rounds=20):
    """Return the messages that come within a second."""
    for _ in range(rounds):
        frames = door.wait(50)
        if frames:
            return [frame.content for frame in frames]
    return []


def test_tcp_without_keys_is_refused_and_says_how_to_get_them():
    with pytest.raises(OptionError, match=r"refusing to listen on tcp://127\.0\.0\.1:1 without keys: .*levada keys"):
        Door("tcp://127.0.0.1:1", None)


def test_ipc_needs_no_keys(tmp_path, callers):
    address = f"ipc://{tmp_path}/a"
    with Door(address, None) as door:
        callers.dial(address).send(b"hello")
        assert heard(door) == [b"hello"]


def test_a_port_in_use_is_one_clear_error(folder):
    own = keys.for_agent(folder, "fpga1")
    address = f"tcp://127.0.0.1:{free_port()}"
    with Door(address, own), pytest.raises(UnreachableError, match=r"cannot listen on .*: Address already in use"):
        Door(address, own)


def test_the_controller_is_let_in(folder, tmp_path, callers):
    own, controller = keys.for_agent(folder, "fpga1"), keys.for_controller(folder, ["fpga1"])
    address = f"ipc://{tmp_path}/a"
    with Door(address, own) as door:
        pair = (controller.own.public, controller.own.secret)
        callers.dial(address, controller.hosts["fpga1"], pair).send(b"hello")
        assert heard(door) == [b"hello"]


def test_a_stranger_with_a_key_of_its_own_is_not_heard(folder, tmp_path, callers):
    own = keys.for_agent(folder, "fpga1")
    address = f"ipc://{tmp_path}/a"
    with Door(address, own) as door:
        callers.dial(address, own.own.public, zmq.curve_keypair()).send(b"let me in")
        assert heard(door, rounds=8) == []


def test_a_stranger_without_keys_is_not_heard(folder, tmp_path, callers):
    address = f"ipc://{tmp_path}/a"
    with Door(address, keys.for_agent(folder, "fpga1")) as door:
        callers.dial(address).send(b"let me in")
        assert heard(door, rounds=8) == []


def test_strangers_do_not_shut_the_controller_out(folder, tmp_path, callers):
    own, controller = keys.for_agent(folder, "fpga1"), keys.for_controller(folder, ["fpga1"])
    address = f"ipc://{tmp_path}/a"
    with Door(address, own) as door:
        for _ in range(20):
            callers.dial(address, own.own.public, zmq.curve_keypair()).send(b"let me in")
        pair = (controller.own.public, controller.own.secret)
        callers.dial(address, controller.hosts["fpga1"], pair).send(b"hello")
        assert heard(door, rounds=60) == [b"hello"]


def test_a_reply_goes_back_to_who_asked(tmp_path, callers):
    address = f"ipc://{tmp_path}/a"
    with Door(address, None) as door:
        dealer = callers.dial(address)
        dealer.send(b"hello")
        (frame,) = door.wait(2000)
        door.send(frame.route, b"welcome")
        assert dealer.poll(2000)
        assert dealer.recv() == b"welcome"


def test_several_frames_are_no_message(tmp_path, callers):
    address = f"ipc://{tmp_path}/a"
    with Door(address, None) as door:
        callers.dial(address).send_multipart([b"one", b"two"])
        assert heard(door) == [None]


def test_a_message_beyond_the_limit_is_not_taken(tmp_path, callers):
    address = f"ipc://{tmp_path}/a"
    with Door(address, None) as door:
        callers.dial(address).send(b"\x00" * ((64 << 20) + 1))
        assert heard(door, rounds=6) == []


def test_a_reply_to_nobody_is_dropped(tmp_path):
    with Door(f"ipc://{tmp_path}/a", None) as door:
        door.send(b"gone", b"hello?")


def test_waiting_ends_when_woken_from_another_thread(tmp_path):
    with Door(f"ipc://{tmp_path}/a", None) as door:
        waker = threading.Timer(0.05, door.wake)
        waker.start()
        assert door.wait(10_000) == []
        waker.join()


def test_waking_never_blocks(tmp_path):
    with Door(f"ipc://{tmp_path}/a", None) as door:
        for _ in range(10_000):
            door.wake()
        assert door.wait(1000) == []


def test_a_tethered_door_notices_that_standard_input_ended(tmp_path, monkeypatch):
    import io
    import os

    reading, writing = os.pipe()
    with io.TextIOWrapper(os.fdopen(reading, "rb")) as standard_input:
        monkeypatch.setattr("sys.stdin", standard_input)
        with Door(f"ipc://{tmp_path}/a", None, tethered=True) as door:
            door.wait(10)
            assert not door.abandoned
            os.close(writing)
            door.wait(1000)
            assert door.abandoned


def test_a_closed_door_can_be_reopened(folder):
    own = keys.for_agent(folder, "fpga1")
    address = f"tcp://127.0.0.1:{free_port()}"
    for _ in range(2):
        with Door(address, own) as door:
            assert door.wait(0) == []
