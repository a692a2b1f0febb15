# SPDX-License-Identifier: Apache-2.0
"""From what happened to the Run manifest, and to the verdict that ends the command."""

import hashlib

import numpy as np
import pytest
from msgspec.structs import replace

from levada.core.datatypes import datatype
from levada.core.errors import RunFault
from levada.core.interfaces import Counters, Seen, WeightsRead
from levada.core.manifests import AgentUse, Failure
from levada.runtime.control.campaign import Outcome
from levada.runtime.control.goldens import Goldens
from levada.runtime.control.judging import judge, verify
from levada.runtime.control.ledger import Ledger, Loss
from levada.runtime.control.pictures import Pictures
from levada.runtime.packing import canonical

COUNT = 4
AGENTS = (AgentUse(host="fpga1", pid=7, drivers=("emulated",)),)


class Scene:
    """A run in which all went well, for a test to spoil."""

    def __init__(self, rig, tmp_path, manifest=None):
        self.artefact = rig.saved(tmp_path / "rig", manifest, count=COUNT)
        self.weights = {}
        self.deployment = self.artefact.manifest
        self.images = rig.pictures(COUNT)
        self.tensors = rig.reference(self.images)
        self.kinds = {stream.name: stream.datatype for stream in rig.streams()}
        self.ledger = Ledger(COUNT, COUNT)
        self.ledger.submit(range(COUNT), 0.0)
        self.labels = None
        self.digests = {
            (hop.stream, image): hashlib.sha256(self.content(hop.stream, image)).digest()
            for hop in self.deployment.hops
            for image in range(COUNT)
        }
        self.traffic = {hop.stream: self.seen(hop) for hop in self.deployment.hops}

    def content(self, stream, image):
        return canonical(self.tensors[stream][image], datatype(self.kinds[stream]))

    def seen(self, hop):
        packets = hop.packetisation
        counters = Counters(
            stream=hop.stream,
            frames=COUNT,
            packets=packets.packets * COUNT,
            stream_bytes=packets.stream_bytes * COUNT,
            wire_bytes=hop.wire_bytes * COUNT,
        )
        whole = b"".join(self.content(hop.stream, image) for image in range(COUNT))
        return Seen(counters=counters, sha256=hashlib.sha256(whole).hexdigest())

    def answer(self, *images):
        for image in images:
            self.ledger.answer(image, self.content("D->output", image), 0.001)

    def judged(self):
        pictures = Pictures(self.images, self.labels, "here")
        outcome = Outcome(
            ledger=self.ledger, seconds=2.0, traffic=self.traffic, digests=self.digests, events=(), weights=self.weights
        )
        return judge(self.deployment, outcome, Goldens(self.artefact, pictures), pictures, AGENTS)


@pytest.fixture
def scene(rig, tmp_path):
    return Scene(rig, tmp_path)


def test_a_good_run_says_so(scene):
    scene.answer(0, 1, 2, 3)
    run = scene.judged()
    assert (run.images, run.answered, run.failures, run.mismatches, run.stream_mismatches) == (4, 4, (), 0, 0)
    verify(run)


def test_the_rate_is_answers_over_wall_clock(scene):
    scene.answer(0, 1, 2, 3)
    assert scene.judged().images_per_s == 2.0


def test_every_hop_stands_beside_its_prediction(scene):
    scene.answer(0, 1, 2, 3)
    hop = scene.judged().hops[0]
    assert (hop.packets, hop.stream_bytes, hop.wire_bytes) == (
        hop.predicted_packets,
        hop.predicted_stream_bytes,
        hop.predicted_wire_bytes,
    )
    assert hop.sha256 == hop.golden_sha256


def test_agents_are_named(scene):
    assert scene.judged().agents == AGENTS


def test_a_lost_image_fails_with_its_place(scene):
    scene.answer(0, 1, 3)
    scene.ledger.lose(2, Loss(place="card 2, stream A->B frame 2", reason="checksum"))
    run = scene.judged()
    assert run.failures == (Failure(image=2, place="card 2, stream A->B frame 2", reason="checksum"),)


def test_the_verdict_on_a_lost_image_names_place_and_frame(scene):
    scene.answer(0, 1, 3)
    scene.ledger.lose(2, Loss(place="card 2, stream A->B frame 2", reason="checksum"))
    with pytest.raises(
        RunFault, match=r"1 of 4 images failed; the first is image 2 at card 2, stream A->B frame 2: checksum"
    ):
        verify(scene.judged())


def test_a_wrong_answer_fails_at_the_egress_card(scene):
    scene.answer(0, 2, 3)
    scene.ledger.answer(1, b"\x0f\x0f", 0.001)
    run = scene.judged()
    assert run.mismatches == 1
    assert (run.failures[0].image, run.failures[0].place) == (1, "card 3")
    assert "answered (15, 15), the golden answer is" in run.failures[0].reason


def test_a_wrong_tensor_names_stream_image_and_cards(scene):
    scene.answer(0, 1, 2, 3)
    scene.digests["B->C", 2] = b"\x00" * 32
    run = scene.judged()
    assert run.stream_mismatches == 1
    assert run.failures[0].place == "card 3, stream B->C frame 2 (from card 2)"
    assert "its tensor is not the golden one (sha256 000000000000…" in run.failures[0].reason


def test_the_first_wrong_stream_on_the_way_is_the_place(scene):
    scene.answer(0, 1, 2, 3)
    for stream in ("B->C", "A->B"):
        scene.digests[stream, 2] = b"\x00" * 32
    run = scene.judged()
    assert run.stream_mismatches == 2
    assert [failure.place for failure in run.failures] == ["card 2, stream A->B frame 2 (from card 1)"]


def test_a_wrong_stream_comes_before_the_wrong_answer_it_causes(scene):
    scene.answer(0, 2, 3)
    scene.ledger.answer(1, b"\x0f\x0f", 0.001)
    scene.digests["A->B", 1] = b"\x00" * 32
    assert "stream A->B" in scene.judged().failures[0].place


def test_images_without_golden_record_are_not_compared(scene, rig):
    scene.images = rig.pictures(COUNT, seed=9)
    scene.answer(0, 1, 2, 3)
    run = scene.judged()
    assert (run.mismatches, run.stream_mismatches, run.failures) == (None, None, ())
    assert run.hops[0].golden_sha256 is None


def test_labels_say_how_many_are_right(scene):
    scene.labels = scene.tensors["D->output"][:, 0].copy()
    scene.labels[0] += 1
    scene.answer(0, 1, 2, 3)
    assert scene.judged().correct == 3


def test_without_labels_nobody_knows(scene):
    scene.answer(0, 1, 2, 3)
    assert scene.judged().correct is None


def test_answers_are_a_table_with_minus_one_where_none_came(scene):
    scene.answer(0, 2, 3)
    outcome = Outcome(ledger=scene.ledger, seconds=1.0, traffic={}, digests={}, events=())
    table = outcome.answers(scene.deployment)
    assert (table.dtype, table.shape) == (np.int64, (COUNT, 2))
    assert table[1].tolist() == [-1, -1]
    assert np.array_equal(table[[0, 2, 3]], scene.tensors["D->output"][[0, 2, 3]])


def test_a_stream_whose_whole_digest_is_wrong_fails_the_run(scene):
    scene.answer(0, 1, 2, 3)
    run = scene.judged()
    odd = replace(run.hops[0], sha256="0" * 64)
    with pytest.raises(RunFault, match=r"stream A->B .*: expected [0-9a-f]{64} sha256, 0{64} came"):
        verify(replace(run, hops=(odd, *run.hops[1:])))


def test_a_card_that_cannot_see_its_streams_is_not_blamed(scene):
    scene.answer(0, 1, 2, 3)
    run = scene.judged()
    verify(replace(run, hops=tuple(replace(hop, sha256=None, frames=0, packets=0) for hop in run.hops)))


def test_what_nobody_counted_is_unknown_and_not_zero(scene):
    del scene.traffic["A->B"]
    hop = next(hop for hop in scene.judged().hops if hop.stream == "A->B")
    assert (hop.frames, hop.packets, hop.stream_bytes, hop.wire_bytes, hop.sha256) == (None,) * 5
    assert hop.predicted_packets > 0


@pytest.fixture
def fed(rig, tmp_path):
    """A run in which card 1's host streamed the weights of layer D, 24 bytes for each image."""
    scene = Scene(rig, tmp_path, rig.fed(rig.deployment(3, "loop")))
    scene.answer(*range(COUNT))
    scene.weights = {"D": WeightsRead(layer="D", inferences=COUNT, bytes_read=24 * COUNT)}
    return scene


def test_streamed_weights_stand_beside_their_prediction(fed):
    (weights,) = fed.judged().weights
    assert (weights.layer, weights.card, weights.unit) == ("D", 1, "wdma_0")
    assert (weights.inferences, weights.bytes_read, weights.predicted_bytes) == (4, 96, 96)
    verify(fed.judged())


def test_weights_that_were_not_read_for_every_image_fail_the_run(fed):
    fed.weights = {"D": WeightsRead(layer="D", inferences=3, bytes_read=72)}
    with pytest.raises(RunFault, match="weights of D on card 1: expected 96 bytes through wdma_0, 72 came"):
        verify(fed.judged())


def test_weights_that_nobody_counted_are_unknown_and_fail_nothing(fed):
    fed.weights = {}
    (weights,) = fed.judged().weights
    assert (weights.inferences, weights.bytes_read) == (None, None)
    verify(fed.judged())


def in_plain_flow(scene):
    scene.deployment = replace(scene.deployment, flow=replace(scene.deployment.flow, mode="plain"))
    return scene.judged().events


def test_plain_flow_without_golden_images_is_warned_of(scene):
    scene.images = scene.images.copy()
    scene.images[1] ^= 255
    (event,) = in_plain_flow(scene)
    assert event.place == "plain flow"
    assert "answers may belong to later images than they stand beside" in event.text


def test_plain_flow_of_golden_images_needs_no_warning(scene):
    assert in_plain_flow(scene) == ()
