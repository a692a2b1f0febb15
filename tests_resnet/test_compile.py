# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 compiled at full size: what became of it, the published folding, and what it took."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import onnxruntime
import pytest

from levada.core.artefact import load
from levada.core.manifests import Dataflow

RULE = "finn-examples"
PEAK = """
import resource, sys
from levada.core.cli import main
status = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
sys.exit(status)
"""


@pytest.fixture(scope="module")
def artefact(dataflow):
    return load(dataflow, Dataflow)


@pytest.fixture(scope="module")
def layers(artefact):
    return artefact.manifest.layers


@pytest.fixture(scope="module")
def named(layers):
    return [(layer.op, layer.foldings[layer.named[RULE]]) for layer in layers]


def test_every_node_is_a_hardware_layer(layers):
    assert Counter(layer.op for layer in layers) == {
        "FMPadding": 18, "ConvolutionInputGenerator": 22, "MVAU": 54, "Pool": 2, "DuplicateStreams": 16,
        "ElementwiseAdd": 17, "Thresholding": 28, "LabelSelect": 1,
    }  # fmt: skip


def test_products_take_the_cycles_of_the_published_folding(named):
    cycles = Counter(folding.cycles for op, folding in named if op == "MVAU")
    assert cycles == {903_168: 16, 802_816: 35, 614_656: 1, 512_000: 1, 401_408: 1}


def test_nothing_else_is_slower_than_the_first_windows(named):
    assert max(folding.cycles for op, folding in named if op != "MVAU") == 616_043


def test_every_golden_image_is_proved_on_every_cuttable_stream(artefact):
    cuttable = [stream for stream in artefact.manifest.streams if stream.cuttable]
    digests = np.load(artefact.payload("golden_digests"))
    assert digests.shape == (len(cuttable), artefact.manifest.golden_count, 32)
    assert digests.any(axis=2).all()


def test_the_emulation_graph_answers_as_finn_did(artefact):
    session = onnxruntime.InferenceSession(artefact.payload("emulation_graph"), providers=["CPUExecutionProvider"])
    images = np.load(artefact.payload("golden_inputs"))
    (answers,) = session.run(None, {artefact.manifest.input.name: images})
    np.testing.assert_array_equal(answers, np.load(artefact.payload("golden_answers")))


def test_few_integers_flip_since_qonnx(artefact):
    flipped = sum(flip.flipped for flip in artefact.manifest.flips)
    elements = sum(flip.elements for flip in artefact.manifest.flips)
    assert elements > 20_000_000
    assert flipped < elements / 100_000


def test_the_manifest_stays_small(dataflow):
    assert (dataflow / "manifest.json").stat().st_size < 20_000_000


def test_compiling_takes_at_most_two_and_a_half_gigabytes(model, tmp_path):
    command = [sys.executable, "-c", PEAK, "compile", model, "--board", "u280", "--out", tmp_path / "flow"]
    fresh = os.environ | {"LEVADA_STORE": str(tmp_path / "store")}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=fresh)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) <= 2.5e9
