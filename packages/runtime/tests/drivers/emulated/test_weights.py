# SPDX-License-Identifier: Apache-2.0
"""Weights that a host streams: what the beats mean, how often they are read, and what a card says that lacks them."""

import numpy as np
import pytest
from msgspec.structs import replace

from levada.core.datatypes import datatype
from levada.core.errors import GraphError, PayloadError, RunFault
from levada.core.interfaces import WeightsRead, weight_beats
from levada.runtime.drivers.emulated.weights import Matrix, WeightDma
from levada.runtime.packing import Layout, pack


@pytest.fixture
def feed(rig):
    return rig.fed(rig.deployment(1, "loop")).cards[0].weights[0]


@pytest.fixture
def buffer(rig, tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(bytes.fromhex(rig.BEATS))
    return path


@pytest.fixture
def dma(rig, feed, buffer):
    return WeightDma(feed, Matrix.of(rig.model().graph, feed), buffer)


def test_the_graph_says_what_the_layer_expects(rig, feed):
    matrix = Matrix.of(rig.model().graph, feed)
    assert (matrix.tensor, matrix.inputs, matrix.outputs, matrix.element.name) == ("D_weights", 4, 4, "INT4")


def test_what_is_streamed_is_the_matrix(rig, dma):
    dma.start()
    assert np.array_equal(dma.read(), rig.WEIGHTS)


@pytest.mark.parametrize(("pe", "simd"), [(1, 1), (1, 3), (5, 1), (5, 6), (10, 2), (2, 12)])
@pytest.mark.parametrize("kind", ["INT4", "INT8", "BIPOLAR", "TERNARY", "INT16"])
def test_any_folding_brings_the_same_weights(feed, kind, pe, simd):
    element = datatype(kind)
    matrix = np.random.default_rng(1).integers(element.minimum, element.maximum + 1, (12, 10))
    matrix = np.where(matrix == 0, 1, matrix) if kind == "BIPOLAR" else matrix
    content = pack(weight_beats(matrix, pe, simd), Layout((120 // pe // simd, pe * simd), element, pe * simd))
    streamed = Matrix("w", 12, 10, element).from_stream(content, replace(feed, pe=pe, simd=simd))
    assert np.array_equal(streamed, matrix)


def test_every_reading_counts_for_one_inference_with_all_its_bytes(dma):
    dma.start()
    for _ in range(5):
        dma.read()
    assert dma.total == WeightsRead(layer="D", inferences=5, bytes_read=5 * 3 * 8)


def test_a_dma_that_was_not_started_brings_nothing_and_says_so(dma):
    with pytest.raises(RunFault, match=r"layer 'D' waits for its weights: wdma_0 was not started"):
        dma.read()


def test_weights_that_are_not_here_are_named(dma, buffer):
    buffer.unlink()
    with pytest.raises(PayloadError, match=r"the weights of layer 'D' are not here: .*No such file"):
        dma.start()


def test_weights_of_another_size_are_refused(dma, buffer):
    buffer.write_bytes(b"1234567")
    with pytest.raises(PayloadError, match=r"weights of layer 'D' are 7 bytes, wdma_0 was planned to read 8"):
        dma.start()


def test_a_graph_without_them_is_refused(rig, feed):
    with pytest.raises(GraphError, match=r"keeps no weights 'E_weights' of layer 'D' .*compile again"):
        Matrix.of(rig.model().graph, replace(feed, tensor="E_weights"))
