# SPDX-License-Identifier: Apache-2.0
"""The smallest residual network for RGB pictures, from noise to a dataflow: signed pixels, shortcuts with weights and without."""

from collections import Counter

import pytest

from levada.core.artefact import load
from levada.core.manifests import Dataflow

NOT_BETWEEN_CARDS = {"ConvolutionInputGenerator", "FMPadding"}
WEIGHTS = 9 * (3 * 16 + 2 * 16 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64) + 16 * 32 + 32 * 64 + 64 * 10


@pytest.fixture(scope="module")
def dataflow(resnet8) -> Dataflow:
    return load(resnet8 / "dataflow", Dataflow).manifest


def test_every_layer_became_hardware(dataflow):
    counts = Counter(layer.op for layer in dataflow.layers if layer.op not in NOT_BETWEEN_CARDS)
    # Nine convolutions and the classifier; three sums and its bias; three forks; a quantiser behind each arm's join.
    assert counts == {
        "MVAU": 10,
        "ElementwiseAdd": 4,
        "DuplicateStreams": 3,
        "Thresholding": 4,
        "Pool": 1,
        "LabelSelect": 1,
    }


def test_it_takes_signed_pixels_and_names_five_classes(dataflow):
    assert (dataflow.input.shape, dataflow.input.datatype) == ((32, 32, 3), "INT8")
    assert dataflow.output.shape == (5,)


def test_weights_have_four_bits_but_the_first_and_the_last_eight(dataflow):
    edges = 9 * 3 * 16 + 64 * 10
    assert sum(layer.weight_bits for layer in dataflow.layers) == 4 * (WEIGHTS - edges) + 8 * edges


def test_the_arms_of_every_sum_have_the_residual_width(dataflow):
    sums = {layer.name for layer in dataflow.layers if layer.op == "ElementwiseAdd"}
    arms = [stream.datatype for stream in dataflow.streams if stream.sink in sums and stream.source]
    assert Counter(arms)["INT5"] == 6
