# SPDX-License-Identifier: Apache-2.0
"""The steps of the pipeline that are Levada's own."""

import copy

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


def test_a_bipolar_layer_that_vanishes_is_our_fault(rewrites, forms, monkeypatch):
    monkeypatch.setattr(rewrites, "_weights", lambda node: "BIPOLAR")
    monkeypatch.setattr(rewrites.ModelWrapper, "get_node_from_name", lambda self, name: None)
    with pytest.raises(InternalFault, match="node 'FMPadding_0' vanished while weights were narrowed"):
        rewrites.narrow_weights(forms["narrow"])
