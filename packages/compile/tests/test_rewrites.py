# SPDX-License-Identifier: Apache-2.0
"""The steps of the pipeline that are Levada's own."""

import copy

import numpy as np
import pytest

from levada.core.errors import InternalFault


@pytest.fixture
def rewrites(finn):
    from levada.compile import rewrites

    return rewrites


def tags(model):
    return [node.doc_string for node in model.graph.node if node.doc_string]


def test_quantisers_are_tagged_with_their_own_output_and_others_cleared(rewrites, network):
    from levada.compile._finn import ModelWrapper

    net = network()
    model = ModelWrapper(net.proto(net.relu("pixels"), (1, 2, 6, 6)))
    model.graph.node[0].doc_string = "/home/somebody/net.py(12)"
    rewrites.tag_nodes(model)
    assert [node.doc_string for node in model.graph.node] == ["", model.graph.node[1].output[0]]


def test_tags_of_activations_survive_to_the_integer_graph(forms):
    before = [node.doc_string for node in forms["clean up"].graph.node if node.op_type in ("Quant", "Trunc")]
    kept = tags(forms["single precision"])
    assert len(kept) == 10
    assert set(kept) <= set(before)


def test_hardware_nodes_carry_no_text_of_the_model(forms):
    assert not tags(forms["narrow"])


def test_asking_for_more_labels_than_classes_gives_all(rewrites, forms):
    model = rewrites.insert_topk(50)(forms["fold constants"])
    assert model.get_tensor_shape(model.graph.output[0].name) == [1, 3]


def test_a_graph_without_a_transpose_is_left_alone(rewrites, forms):
    before = forms["drop the input's transpose"]
    after = rewrites.drop_input_transpose(copy.deepcopy(before))
    assert after.graph.SerializeToString() == before.graph.SerializeToString()


def test_every_taker_of_the_input_is_rewired(rewrites, network):
    from levada.compile._finn import InferShapes, ModelWrapper

    net = network()
    rows = [net.add("Relu", net.add("Transpose", "pixels", perm=[0, 2, 3, 1])) for _ in range(2)]
    model = ModelWrapper(net.proto(net.add("Add", *rows), (1, 6, 6, 2))).transform(InferShapes())
    model = rewrites.drop_input_transpose(model)
    assert [node.op_type for node in model.graph.node] == ["Relu", "Relu", "Add"]
    assert model.get_tensor_shape("pixels") == [1, 6, 6, 2]


@pytest.fixture
def threshold_type(rewrites):
    return rewrites.threshold_type


@pytest.mark.parametrize(
    ("values", "signed", "kind"),
    [
        ([0, 15], False, "UINT4"), ([0, 16], False, "UINT5"), ([0, 1], False, "BINARY"), ([0, 0], False, "BINARY"),
        ([0, 15], True, "INT5"), ([-16, 15], True, "INT5"), ([-17, 3], True, "INT6"), ([-3, 16], True, "INT6"),
        ([0, 0], True, "INT2"), ([-1, 0], True, "INT2"), ([-1, -1], True, "BIPOLAR"),
    ],
)  # fmt: skip
def test_thresholds_get_the_narrowest_type_that_holds_them(threshold_type, values, signed, kind):
    assert threshold_type(np.array([values], np.float32), signed=signed) == kind


def test_thresholds_that_are_not_whole_are_our_fault(threshold_type):
    with pytest.raises(InternalFault, match=r"got some that INT2 does not hold, from 0\.5 to 3\.0"):
        threshold_type(np.array([[0.5, 3.0]]), signed=False)


@pytest.mark.parametrize("seed", range(8))
def test_thresholds_get_the_type_that_finn_gives_them(finn, threshold_type, forms, seed):
    from levada.compile._finn import MinimizeWeightBitWidth

    random = np.random.default_rng(seed)
    model = copy.deepcopy(forms["infer hardware layers"])
    kinds = {}
    for node in (node for node in model.graph.node if node.op_type == "Thresholding"):
        signed = model.get_tensor_datatype(node.input[0]).signed()
        span = (-random.integers(3, 99) if signed else 0, random.integers(1, 99))
        values = random.integers(*span, model.get_tensor_shape(node.input[1])).astype(np.float32)
        model.set_initializer(node.input[1], values)
        kinds[node.input[1]] = threshold_type(values, signed=signed)
    narrowed = model.transform(MinimizeWeightBitWidth())
    assert {name: narrowed.get_tensor_datatype(name) for name in kinds} == kinds
