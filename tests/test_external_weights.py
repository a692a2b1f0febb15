# SPDX-License-Identifier: Apache-2.0
"""The last layer's weights stay outside the card: its host streams them for every image, and the answers are the same."""

from functools import cache

import msgspec
import numpy as np
import pytest

from levada.core.artefact import load, save
from levada.core.manifests import Dataflow, Deployment, Plan, Run

IMAGES = 360
FRAME = 17
CARDS = {"loop": 1, "chain": 3}


@pytest.fixture(scope="module")
def layer(demo):
    """The last layer that has weights."""
    return [each.name for each in load(demo / "dataflow", Dataflow).manifest.layers if each.weight_bits][-1]


@pytest.fixture(scope="module")
def folder_of(levada, layer, tmp_path_factory):
    """Return a function from a topology to the folder of its demo, run when first asked for."""

    @cache
    def folder(topology):
        out = tmp_path_factory.mktemp(topology) / "out"
        levada.good("demo", "--topology", topology, "--weights", f"bram,{layer}=external", "--out", out)
        return out

    return folder


@pytest.fixture(params=CARDS)
def topology(request):
    return request.param


@pytest.fixture
def feed(folder_of, topology):
    """What the deployment says of the streamed weights."""
    cards = load(folder_of(topology) / "deployment", Deployment).manifest.cards
    (feed,) = cards[CARDS[topology] - 1].weights
    return feed


def test_only_the_layer_that_was_named_lies_outside(folder_of, topology, layer):
    plan = load(folder_of(topology) / "plan", Plan).manifest
    assert [each.name for each in plan.layers if each.external_bytes] == [layer]


def test_the_dma_is_linked_to_the_card_that_holds_the_layer(folder_of, topology, layer, feed):
    card = load(folder_of(topology) / "deployment", Deployment).manifest.cards[CARDS[topology] - 1]
    assert feed.layer == layer
    assert feed.layer in card.parts[-1].layers
    assert [unit.kernel for unit in card.link.units if unit.name == feed.unit] == ["wdma"]


def test_the_buffer_holds_every_weight_once(folder_of, topology, feed):
    deployment, plan = (
        load(folder_of(topology) / name, kind) for name, kind in (("deployment", Deployment), ("plan", Plan))
    )
    assert deployment.payload(feed.payload).stat().st_size == feed.payload_bytes
    assert [each.external_bytes for each in plan.manifest.layers if each.external_bytes] == [feed.inference_bytes]


def test_answers_are_those_of_finns_own_execution(folder_of, topology):
    golden = np.load(load(folder_of(topology) / "dataflow", Dataflow).payload("golden_answers"))
    assert np.array_equal(np.load(load(folder_of(topology) / "run", Run).payload("answers")), golden)


def test_every_image_and_cut_stream_is_golden(folder_of, topology):
    run = load(folder_of(topology) / "run", Run).manifest
    assert (run.images, run.answered, run.failures, run.mismatches, run.stream_mismatches) == (IMAGES, IMAGES, (), 0, 0)


def test_the_weights_were_read_for_every_image(folder_of, topology, feed):
    (weights,) = load(folder_of(topology) / "run", Run).manifest.weights
    assert (weights.layer, weights.card, weights.inferences) == (feed.layer, CARDS[topology], IMAGES)
    assert weights.bytes_read == weights.predicted_bytes == IMAGES * feed.inference_bytes


def test_the_bytes_are_shown(levada, folder_of, topology, feed):
    shown = levada.good("show", folder_of(topology) / "run").out
    assert f"weights of {feed.layer}: host of card {CARDS[topology]} → {feed.unit}" in shown


def test_a_flipped_bit_of_the_weights_changes_answers(levada, folder_of, topology, feed, tmp_path):
    honest = load(folder_of(topology) / "deployment", Deployment)
    spoiled = bytearray(honest.payload(feed.payload).read_bytes())
    for place in range(0, len(spoiled), 3):
        spoiled[place] ^= 0x40
    (tmp_path / "spoiled.bin").write_bytes(spoiled)
    files = {name: honest.payload(name) for name in honest.manifest.files} | {feed.payload: tmp_path / "spoiled.bin"}
    save(tmp_path / "deployment", msgspec.structs.replace(honest.manifest, files={}), files)
    result = levada("run", tmp_path / "deployment", "--cluster", "u280x3", "--input", "golden", "--emulate",
                    "--out", tmp_path / "run")  # fmt: skip
    assert result.code == 1
    assert f"at card {CARDS[topology]}: answered" in result.err


@pytest.mark.parametrize("action", ["flip", "drop", "kill"])
def test_a_fault_is_still_named(levada, folder_of, topology, tmp_path, action):
    hop = load(folder_of(topology) / "plan", Plan).manifest.cuts[0]
    target = "fpga2" if action == "kill" else hop.stream
    result = levada("run", folder_of(topology) / "deployment", "--cluster", "u280x3", "--input", "golden", "--emulate",
                    "--inject", f"{action}@{target}:{FRAME}", "--out", tmp_path / "run")  # fmt: skip
    assert result.code == 1
    assert target in result.err
