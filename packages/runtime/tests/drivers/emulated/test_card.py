# SPDX-License-Identifier: Apache-2.0
"""Emulated cards, wired together in one process over real sockets: what goes in, what comes out, what is told."""

import time

import numpy as np
import onnx
import pytest
from levada_toynet import Toy
from msgspec.structs import replace

from levada.core.errors import DependencyError, InternalFault, NetworkError
from levada.core.interfaces import Injection, Phase, WeightsRead, Wiring
from levada.core.testing.conformance import DriverConformance
from levada.runtime.drivers.emulated.card import EmulatedCard

TOKEN = b"t" * 32


class Cluster:
    """All cards of a deployment, programmed, wired and configured, turned by hand."""

    def __init__(self, rig, folder, manifest, *injections):
        onnx.save(rig.model(), folder / "emulation_graph")
        self.beats = [folder / feed.payload for card in manifest.cards for feed in card.weights]
        for path in self.beats:
            path.write_bytes(bytes.fromhex(rig.BEATS))
        self.manifest, self.network = manifest, Toy()
        self.cards = [EmulatedCard(card, manifest, folder, self.network) for card in manifest.cards]
        for card in self.cards:
            card.program()
        endpoints = tuple(endpoint for card in self.cards for endpoint in card.endpoints(None))
        for card, deployed in zip(self.cards, manifest.cards, strict=True):
            card.wire(Wiring(endpoints=endpoints, token=TOKEN, injections=injections))
            for port in deployed.ports:
                self.network.configure(card.registers(port.name), port)
            for phase in Phase:
                card.start(phase)

    def run(self, images, expected=None, within_s=10.0):
        """Submit images and turn all cards until so many answers came; return answers by frame."""
        for frame, image in enumerate(images):
            self.cards[self.manifest.ingress_card - 1].submit(frame, image.tobytes())
        return self.turn(len(images) if expected is None else expected, within_s)

    def turn(self, expected, within_s=10.0):
        came, until_s = {}, time.monotonic() + within_s
        while len(came) < expected and time.monotonic() < until_s:
            for card in self.cards:
                came |= {answer.frame: answer.payload for answer in card.answers(0.001)}
        return came

    def faults(self):
        return [fault for card in self.cards for fault in card.report().faults]

    def close(self):
        for card in self.cards:
            card.release()


@pytest.fixture
def cluster(rig, tmp_path):
    made = []

    def make(manifest, *injections):
        made.append(Cluster(rig, tmp_path, manifest, *injections))
        return made[-1]

    yield make
    for each in made:
        each.close()


def golden(rig, images):
    tensor = rig.reference(images)["D->output"].astype(np.uint8)
    return {frame: row.tobytes() for frame, row in enumerate(tensor)}


@pytest.mark.parametrize(("cards", "topology"), [(1, "loop"), (2, "chain"), (3, "chain"), (3, "loop")])
def test_any_cut_gives_the_answers_of_the_whole(rig, cluster, cards, topology):
    images = rig.pictures(30)
    assert cluster(rig.deployment(cards, topology)).run(images) == golden(rig, images)


@pytest.mark.parametrize("mode", ["framed", "plain"])
def test_both_flow_modes_give_the_same(rig, cluster, mode):
    manifest = rig.deployment(3, "chain")
    images = rig.pictures(40)
    whole = cluster(replace(manifest, flow=replace(manifest.flow, mode=mode)))
    assert whole.run(images) == golden(rig, images)


def test_traffic_is_what_was_planned(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    made.run(rig.pictures(10))
    counts = {seen.counters.stream: seen.counters for card in made.cards for seen in card.report().traffic}
    for hop in made.manifest.hops:
        assert counts[hop.stream].frames == 10
        assert counts[hop.stream].wire_bytes == 10 * hop.wire_bytes


def test_every_frame_of_every_hop_has_its_digest(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    images = rig.pictures(4)
    made.run(images)
    told = {(digest.stream, digest.frame) for card in made.cards for digest in card.report().digests}
    assert told == {(stream, frame) for stream in ("A->B", "A->D", "B->C") for frame in range(4)}


def test_digests_are_of_the_canonical_tensor(rig, cluster):
    import hashlib

    made = cluster(rig.deployment(2, "chain"))
    images = rig.pictures(3)
    made.run(images)
    told = {digest.frame: digest.sha256 for digest in made.cards[1].report().digests if digest.stream == "A->D"}
    skip = rig.reference(images)["A->D"].astype(np.int8)
    assert told == {frame: hashlib.sha256(skip[frame].tobytes()).digest() for frame in range(3)}


def test_a_drained_card_holds_nothing(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    made.run(rig.pictures(10))
    assert [card.report().in_flight for card in made.cards] == [0, 0, 0]


def test_a_flipped_byte_loses_its_frame_and_names_it(rig, cluster):
    made = cluster(rig.deployment(3, "chain"), Injection(action="flip", target="A->B", frame=2))
    came = made.run(rig.pictures(6), expected=5)
    assert sorted(came) == [0, 1, 3, 4, 5]
    assert ("A->B", 2, "checksum") in [(fault.stream, fault.frame, fault.reason) for fault in made.faults()]


def test_a_dropped_packet_loses_its_frame_and_names_it(rig, cluster):
    made = cluster(rig.deployment(3, "chain"), Injection(action="drop", target="A->D", frame=1))
    came = made.run(rig.pictures(4), expected=3)
    assert sorted(came) == [0, 2, 3]
    assert ("A->D", 1) in [(fault.stream, fault.frame) for fault in made.faults()]


def test_the_loss_of_the_very_last_packet_shows_once_all_is_quiet(rig, cluster):
    made = cluster(rig.deployment(2, "chain"), Injection(action="drop", target="C->D", frame=3))
    made.close()
    made = cluster(rig.deployment(3, "chain"), Injection(action="drop", target="B->C", frame=3))
    made.run(rig.pictures(4), expected=3)
    made.turn(1, within_s=1.0)
    assert ("B->C", 3) in [(fault.stream, fault.frame) for fault in made.faults()]


def test_what_was_injected_is_told_without_losing_anything_more(rig, cluster):
    made = cluster(rig.deployment(3, "chain"), Injection(action="flip", target="A->B", frame=2))
    made.run(rig.pictures(4), expected=3)
    told = [fault for fault in made.faults() if fault.stream is None]
    assert [(fault.reason, fault.lost) for fault in told] == [("injected: flip at stream A->B frame 2", False)]


def test_a_card_that_is_pulled_is_told_by_its_neighbours(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    made.run(rig.pictures(2))
    made.cards[1].release()
    made.turn(1, within_s=0.2)
    assert any("the link from port port2 ended" in fault.reason for fault in made.faults())


def test_a_slow_card_holds_up_the_sender_and_loses_nothing(rig, cluster):
    made = cluster(rig.deployment(2, "chain"))
    images = rig.pictures(200)
    for frame, image in enumerate(images):
        made.cards[0].submit(frame, image.tobytes())
    for _ in range(200):
        made.cards[0].answers(0.0)
    assert made.turn(200) == golden(rig, images)


def test_nothing_is_queued_without_bound_behind_a_port_that_is_not_taken_from(rig, cluster):
    from levada.runtime.drivers.emulated.card import QUEUED_FRAMES

    made = cluster(rig.deployment(3, "chain"))
    for frame, image in enumerate(rig.pictures(100)):
        made.cards[0].submit(frame, image.tobytes())
    for _ in range(100):
        made.cards[0].answers(0.0)
        made.cards[2].answers(0.0)
    (join,) = made.cards[2]._computes
    assert join.waiting("A->D") == QUEUED_FRAMES


def test_waiting_without_work_waits_and_returns(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    started_s = time.monotonic()
    assert tuple(made.cards[1].answers(0.1)) == ()
    assert time.monotonic() - started_s >= 0.1


def test_a_card_without_ports_never_sleeps_in_the_driver(rig, cluster):
    made = cluster(rig.deployment(1, "loop"))
    assert tuple(made.cards[0].answers(3600.0)) == ()


def test_an_image_at_the_wrong_card_is_a_bug_with_a_name(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    with pytest.raises(InternalFault, match=r"card 'u280-2' got image 0, but the input enters on card 1"):
        made.cards[1].submit(0, rig.pictures(1).tobytes())


def test_a_port_that_the_card_has_not_is_named(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    with pytest.raises(NetworkError, match=r"card 'u280-1' has no port 'port9'; it has port1"):
        made.cards[0].registers("port9")


def test_wiring_and_endpoints_are_idempotent(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    before = made.cards[0].endpoints(None)
    made.cards[0].wire(Wiring(endpoints=(), token=b"other"))
    assert made.cards[0].endpoints(None) == before
    images = rig.pictures(3)
    assert made.run(images) == golden(rig, images)


def test_a_released_card_can_be_programmed_again(rig, cluster, tmp_path):
    made = cluster(rig.deployment(1, "loop"))
    made.cards[0].release()
    made.cards[0].program()
    images = rig.pictures(3)
    assert made.run(images) == golden(rig, images)


def test_releasing_twice_is_harmless(rig, cluster):
    made = cluster(rig.deployment(3, "chain"))
    made.cards[0].release()
    made.cards[0].release()


def test_without_onnxruntime_the_extra_is_named(rig, tmp_path, monkeypatch):
    onnx.save(rig.model(), tmp_path / "emulation_graph")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    manifest = rig.deployment(1, "loop")
    card = EmulatedCard(manifest.cards[0], manifest, tmp_path, None)
    with pytest.raises(DependencyError, match=r"levada-runtime\[emulated\]"):
        card.program()


@pytest.mark.parametrize(("cards", "topology"), [(1, "loop"), (3, "chain"), (3, "loop")])
def test_streamed_weights_give_the_answers_of_those_in_the_graph(rig, cluster, cards, topology):
    images = rig.pictures(30)
    assert cluster(rig.fed(rig.deployment(cards, topology))).run(images) == golden(rig, images)


def test_the_card_computes_with_what_was_streamed(rig, cluster):
    made, images = cluster(rig.fed(rig.deployment(3, "loop"))), rig.pictures(8)
    made.beats[0].write_bytes(bytes([0x02]) + bytes.fromhex(rig.BEATS)[1:])  # 1, 0 became 2, 0
    made.cards[0].start(Phase.WEIGHTS)
    weights = rig.WEIGHTS.copy()
    weights[0, 0] = 2
    expected = rig.reference(images, weights)["D->output"].astype(np.uint8)
    assert made.run(images) == {frame: row.tobytes() for frame, row in enumerate(expected)} != golden(rig, images)


def test_weights_are_read_for_every_image(rig, cluster):
    made = cluster(rig.fed(rig.deployment(3, "loop")))
    made.run(rig.pictures(10))
    reports = [card.report().weights for card in made.cards]
    assert reports == [(WeightsRead(layer="D", inferences=10, bytes_read=10 * 24),), (), ()]


def test_a_card_needs_the_weights_that_its_host_streams(rig):
    cards = rig.fed(rig.deployment(3, "chain")).cards
    assert EmulatedCard.needs(cards[2]) == ("emulation_graph", "weights_3_wdma_0")
    assert EmulatedCard.needs(cards[0]) == ("emulation_graph",)


def test_only_the_emulation_graph_is_needed(rig):
    assert EmulatedCard.needs(rig.deployment().cards[0]) == ("emulation_graph",)


class TestConformance(DriverConformance):
    """What core asks of every driver."""

    driver = EmulatedCard

    @pytest.fixture(autouse=True)
    def with_rig(self, rig):
        self.rig = rig

    def deployment(self):
        return self.rig.deployment(1, "loop")

    def payloads(self, folder):
        onnx.save(self.rig.model(), folder / "emulation_graph")
        return folder
