# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 W4A5 on three emulated cards, in a loop and in a chain, fc weights streamed by the host: bit-equal to FINN."""

from functools import cache

import numpy as np
import pytest

from levada.core.artefact import load
from levada.core.manifests import Dataflow, Plan, Run

CARDS = "u280x3"
IMAGES = 8


def fc(dataflow) -> str:
    """Return the name of the last layer with weights."""
    return [layer.name for layer in load(dataflow, Dataflow).manifest.layers if layer.weight_bits][-1]


@pytest.fixture(scope="module")
def folder_of(levada, dataflow, tmp_path_factory):
    """Return a function from a topology to the folder with its plan and run, made when first asked for."""

    @cache
    def made(topology):
        out = tmp_path_factory.mktemp(topology)
        levada(
            "partition", dataflow, "--cluster", CARDS, "--topology", topology, "--folding", "finn-examples",
            "--weights", f"bram,{fc(dataflow)}=external", "--basis", "paper", "--limit", "bram=0.8", "--out", out / "plan",
        )  # fmt: skip
        levada("netstack", out / "plan", "--cluster", CARDS, "--out", out / "deployment")
        levada("run", out / "deployment", "--cluster", CARDS, "--input", "golden", "--emulate", "--out", out / "run")  # fmt: skip
        return out

    return made


@pytest.fixture(params=["loop", "chain"])
def folder(folder_of, request):
    return folder_of(request.param)


@pytest.fixture
def run(folder):
    return load(folder / "run", Run).manifest


def test_every_image_is_answered(run):
    assert (run.images, run.answered, run.failures) == (IMAGES, IMAGES, ())


def test_the_five_best_classes_are_those_of_finn(folder, dataflow):
    found = np.load(load(folder / "run", Run).payload("answers"))
    expected = np.load(load(dataflow, Dataflow).payload("golden_answers"))
    assert found.shape == (IMAGES, 5)
    assert np.array_equal(found, expected)


def test_every_cut_stream_is_that_of_finn(run):
    assert [hop.stream for hop in run.hops if hop.sha256 is None or hop.sha256 != hop.golden_sha256] == []


def test_every_cut_of_the_plan_was_a_hop(run, folder):
    assert sorted(hop.stream for hop in run.hops) == sorted(
        cut.stream for cut in load(folder / "plan", Plan).manifest.cuts
    )


def test_the_wire_carried_what_was_planned(run):
    assert [hop for hop in run.hops if hop.wire_bytes != hop.predicted_wire_bytes] == []


def test_all_three_cards_hold_layers(folder):
    assert {layer.card for layer in load(folder / "plan", Plan).manifest.layers} == {1, 2, 3}


def test_the_last_layer_reads_its_weights_from_its_host(folder, dataflow):
    external = [layer for layer in load(folder / "plan", Plan).manifest.layers if layer.external_bytes]
    assert [layer.name for layer in external] == [fc(dataflow)]


@pytest.mark.parametrize(("topology", "card"), [("loop", 1), ("chain", 3)])
def test_the_answers_leave_the_card_that_the_topology_says(folder_of, topology, card):
    plan = load(folder_of(topology) / "plan", Plan).manifest
    assert plan.layers[-1].card == card


@pytest.mark.parametrize(("topology", "card"), [("loop", 1), ("chain", 3)])
def test_the_host_of_that_card_streams_the_weights_for_every_image(folder_of, topology, card):
    (weights,) = load(folder_of(topology) / "run", Run).manifest.weights
    assert (weights.card, weights.inferences) == (card, IMAGES)
    assert weights.bytes_read == weights.predicted_bytes == IMAGES * 2048 * 1000  # fc: inputs × classes, a byte each
