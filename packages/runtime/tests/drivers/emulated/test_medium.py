# SPDX-License-Identifier: Apache-2.0
"""Cables and switch: frames go where their MAC says, from peers that know the run's token."""

import time

import pytest
from msgspec.structs import replace

from levada.core.errors import UnreachableError
from levada.core.interfaces import Wiring
from levada.runtime.drivers.emulated import medium as module
from levada.runtime.drivers.emulated.link import Outgoing, connect_unix
from levada.runtime.drivers.emulated.medium import Medium, machine

TOKEN = b"t" * 32
BROADCAST = b"\xff" * 6


def address(card):
    return bytes([2, 0, 0, 0, 0, card])


class Lab:
    """Three cards with a port each, wired together."""

    def __init__(self, rig, tcp_address=None):
        manifest = rig.deployment(3, "chain")
        self.media = {card.index: Medium(card.ports, tcp_address) for card in manifest.cards}
        self.endpoints = tuple(endpoint for medium in self.media.values() for endpoint in medium.endpoints)
        if tcp_address:
            self.endpoints = tuple(replace(endpoint, machine="another") for endpoint in self.endpoints)

    def wire(self, token=TOKEN):
        for medium in self.media.values():
            medium.connect(Wiring(endpoints=self.endpoints, token=token))

    def send(self, source, sink, text):
        target = BROADCAST if sink is None else address(sink)
        self.media[source].send(f"port{source}", target + address(source) + text)

    def heard(self, card, count=1, within_s=2.0):
        frames, until_s = [], time.monotonic() + within_s
        while len(frames) < count and time.monotonic() < until_s:
            frames += self.media[card].hear(0.05)
        return [(frame.port, frame.wire[12:]) for frame in frames]

    def close(self):
        for medium in self.media.values():
            medium.close()


@pytest.fixture(params=[None, "127.0.0.1"], ids=["unix", "tcp"])
def lab(request, rig):
    made = Lab(rig, request.param)
    made.wire()
    yield made
    made.close()


def test_a_frame_goes_to_the_port_with_its_mac(lab):
    lab.send(1, 2, b"hello")
    assert lab.heard(2) == [("port2", b"hello")]
    assert lab.heard(3, within_s=0.2) == []


def test_a_broadcast_goes_to_all_others(lab):
    lab.send(1, None, b"who has?")
    assert lab.heard(2) == [("port2", b"who has?")]
    assert lab.heard(3) == [("port3", b"who has?")]
    assert lab.heard(1, within_s=0.2) == []


def test_a_frame_to_an_unknown_mac_floods_like_in_a_switch(lab):
    lab.send(1, 9, b"anyone?")
    assert lab.heard(2) == [("port2", b"anyone?")]
    assert lab.heard(3) == [("port3", b"anyone?")]


def test_frames_of_one_sender_keep_their_order(lab):
    for number in range(100):
        lab.send(1, 2, bytes([number]))
    assert [text for _, text in lab.heard(2, 100)] == [bytes([number]) for number in range(100)]


def test_a_receiver_that_does_not_listen_blocks_the_sender_alone(lab):
    sent = 0
    while not lab.media[1].blocked("port1"):
        lab.send(1, 2, b"\x00" * 1400)
        sent += 1
    assert not lab.media[3].blocked("port3")
    came = 0
    while came < sent:
        came += len(lab.heard(2, within_s=0.05))
        lab.media[1].hear(0)
    assert came == sent
    assert not lab.media[1].blocked("port1")


def test_wiring_twice_makes_no_second_cable(lab):
    lab.wire()
    lab.send(1, 2, b"once")
    assert lab.heard(2, count=2, within_s=0.3) == [("port2", b"once")]


def test_a_card_that_is_gone_is_noticed_on_both_sides(lab):
    lab.send(1, 2, b"before")
    lab.heard(2)
    lab.media[1].close()
    lab.heard(2, within_s=0.3)
    assert "port port2: the link from port port1 ended" in lab.media[2].lost
    for _ in range(300):
        lab.send(2, 1, b"\x00" * 1400)
    assert lab.media[2].lost.count("port port2: the link to port port1 is down") == 1
    lab.media[1].close = lambda: None


def stranger(lab, greeting):
    link = Outgoing(connect_unix(lab.endpoints[1].unix, 2), "port2")
    link.send(greeting)
    link.send(address(2) + address(1) + b"trust me")
    return link


@pytest.mark.parametrize("greeting", [b"", b"x" * 40, b"t" * 31, TOKEN[:-1] + b"x" + b"port1"])
def test_a_peer_without_the_token_is_not_heard(rig, greeting):
    lab = Lab(rig)
    lab.wire()
    link = stranger(lab, greeting or b"\x00")
    assert lab.heard(2, within_s=0.3) == []
    link.close()
    lab.close()


def test_a_peer_with_the_token_is_heard(rig):
    lab = Lab(rig)
    lab.wire()
    link = stranger(lab, TOKEN + b"port1")
    assert lab.heard(2) == [("port2", b"trust me")]
    link.close()
    lab.close()


def test_a_port_that_cannot_be_reached_is_named(rig, monkeypatch):
    monkeypatch.setattr(module, "CONNECT_S", 0.5)
    lab = Lab(rig)
    gone = replace(lab.endpoints[1], machine="another", tcp="127.0.0.1:1")
    with pytest.raises(UnreachableError, match=r"port port1 cannot reach port port2 at 127\.0\.0\.1:1: .*refused"):
        lab.media[1].connect(Wiring(endpoints=(gone,), token=TOKEN))
    lab.close()


def test_a_port_on_another_machine_without_tcp_is_named(rig):
    lab = Lab(rig)
    away = replace(lab.endpoints[1], machine="another")
    with pytest.raises(UnreachableError, match="port port1 cannot reach port port2"):
        lab.media[1].connect(Wiring(endpoints=(away,), token=TOKEN))
    lab.close()


def test_an_address_that_is_not_ours_is_named(rig):
    with pytest.raises(UnreachableError, match=r"emulated port port1 cannot listen at 203\.0\.113\.1"):
        Medium(rig.deployment(3, "chain").cards[0].ports, "203.0.113.1")


def test_closing_removes_the_folder(rig):
    from pathlib import Path

    lab = Lab(rig)
    folder = Path(lab.endpoints[0].unix).parent
    lab.close()
    assert not folder.exists()


def test_a_machine_is_told_from_others_by_its_boot():
    assert machine() == machine() != ""


def test_without_boot_id_the_host_name_does(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "BOOT_ID", tmp_path / "none")
    assert machine()
