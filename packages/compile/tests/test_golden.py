# SPDX-License-Identifier: Apache-2.0
"""The proof that the emulation graph equals FINN's execution: it holds, and it is a proof."""

import hashlib

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from levada.compile.emulation.network import emulation_graph
from levada.compile.extraction import streams
from levada.compile.layers import LAYERS
from levada.core.errors import InternalFault
from levada.core.progress import Progress
from levada.core.testing import stream

CLASSES = {layer.op: layer for layer in LAYERS}
IMAGES = np.random.default_rng(5).integers(0, 256, (3, 6, 6, 2)).astype(np.uint8)


@pytest.fixture
def golden(finn):
    from levada.compile import golden

    return golden


@pytest.fixture
def whole(golden, forms):
    """Return hardware graph, emulation graph and streams of the residual network."""
    from levada.compile.adapt import constants, hardware_nodes

    model = forms["narrow"]
    nodes = hardware_nodes(model)
    return model, emulation_graph("residual", nodes, constants(model), CLASSES), streams(nodes, CLASSES)


def falsify(graph, change):
    """Change the largest constant, which is a weight matrix."""
    largest = max(graph.graph.initializer, key=lambda tensor: np.prod(tensor.dims))
    values = numpy_helper.to_array(largest).copy()
    values.flat[0] = change(values.flat[0])
    largest.CopyFrom(numpy_helper.from_array(values, largest.name))


def pair(golden, finn_values, emulated, kind="UINT4"):
    named = stream(name="MVAU_3->Add_0", datatype=kind, shape=(2, 2))
    return golden.Pair(named, 7, np.array(finn_values, np.float32), np.array(emulated))


def test_every_cuttable_stream_agrees_on_every_image(golden, whole):
    proof = golden.prove(*whole[:2], IMAGES, whole[2], Progress())
    cuttable = [each for each in whole[2] if each.cuttable]
    assert set(proof.sha256) == {each.name for each in cuttable}
    assert proof.digests.shape == (len(cuttable), 3, 32)


def test_answers_are_the_best_labels_of_each_image(golden, whole):
    answers = golden.prove(*whole[:2], IMAGES, whole[2], Progress()).answers
    assert (answers.shape, answers.dtype) == ((3, 2), np.int64)


def test_digests_are_those_of_the_canonical_tensor(golden, whole):
    proof = golden.prove(*whole[:2], IMAGES, whole[2], Progress())
    assert proof.digests[0, 1].tobytes() == hashlib.sha256(IMAGES[1].tobytes()).digest()
    assert proof.sha256["input->FMPadding_0"] == hashlib.sha256(IMAGES.tobytes()).hexdigest()


def test_images_beyond_one_batch_are_all_compared(golden, whole, monkeypatch):
    monkeypatch.setattr(golden, "BATCH", 2)
    assert golden.prove(*whole[:2], IMAGES, whole[2], Progress()).answers.shape == (3, 2)


def test_one_false_weight_is_found_with_its_place_and_both_values(golden, whole):
    falsify(whole[1], lambda weight: weight + (100 if weight < 0 else -100))
    with pytest.raises(
        InternalFault,
        match=r"stream 'MVAU_\d->.*', image 0, index \(.*\): FINN's execution gives .*; the emulation graph gives",
    ):
        golden.prove(*whole[:2], IMAGES, whole[2], Progress())


def test_a_graph_that_was_cut_short_is_found(golden, whole):
    model, graph, found = whole
    last = graph.graph.node[-1]
    last.attribute[0].i = onnx.TensorProto.INT8
    graph.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.INT8
    with pytest.raises(
        InternalFault,
        match=r"stream 'LabelSelect_0->output': FINN's execution gives uint8 \(2,\), the emulation graph int8",
    ):
        golden.prove(model, graph, IMAGES, found, Progress())


def test_equal_values_come_back_in_canonical_form(golden):
    values = golden.compare(pair(golden, [[1, 2], [3, 15]], np.array([[1, 2], [3, 15]], np.uint8)))
    assert values.dtype == np.uint8


def test_a_difference_names_stream_image_index_and_both_values(golden):
    with pytest.raises(InternalFault) as error:
        golden.compare(pair(golden, [[1, 2], [3, 4]], np.array([[1, 2], [9, 4]], np.uint8)))
    assert str(error.value).startswith(
        "stream 'MVAU_3->Add_0', image 7, index (1, 0): FINN's execution gives 3.0, which is not what the emulation graph "
        "gives; the emulation graph gives 9 (1 of 4 values so)"
    )


def test_a_value_outside_its_type_is_found(golden):
    with pytest.raises(InternalFault, match=r"index \(0, 1\): FINN's execution gives 16.0, which is no UINT4"):
        golden.compare(pair(golden, [[1, 16], [3, 4]], np.zeros((2, 2), np.uint8)))


def test_a_value_that_is_no_integer_is_found(golden):
    with pytest.raises(InternalFault, match=r"index \(1, 1\): FINN's execution gives 0.5, which is no integer"):
        golden.compare(pair(golden, [[1, 1], [1, 0.5]], np.zeros((2, 2), np.uint8)))


def test_another_shape_is_found(golden):
    with pytest.raises(InternalFault, match=r"uint8 \(2, 2\), the emulation graph uint8 \(4,\)"):
        golden.compare(pair(golden, [[1, 1], [1, 1]], np.ones(4, np.uint8)))
