# SPDX-License-Identifier: Apache-2.0
"""FINN's nodes as typed values."""

import pytest

from levada.core.errors import GraphError


@pytest.fixture
def adapt(finn):
    from levada.compile import adapt

    return adapt


@pytest.fixture
def nodes(adapt, forms):
    return {node.name: node for node in adapt.hardware_nodes(forms["narrow"])}


def test_nodes_come_in_the_order_of_the_graph(adapt, forms):
    assert [node.name for node in adapt.hardware_nodes(forms["narrow"])] == [n.name for n in forms["narrow"].graph.node]


def test_attributes_are_plain_values(nodes):
    attributes = nodes["MVAU_0"].attributes
    assert (attributes["MW"], attributes["weightDataType"], attributes["numInputVectors"]) == (18, "INT8", (1, 6, 6))
    assert {type(value) for node in nodes.values() for value in node.attributes.values()} <= {int, float, str, tuple}


def test_streams_and_constants_are_told_apart(nodes):
    assert [tensor.constant for tensor in nodes["MVAU_0"].inputs] == [False, True, True]


def test_tensors_have_shape_and_type(nodes):
    (out,) = nodes["ElementwiseAdd_0"].outputs
    assert (out.shape, out.datatype) == ((1, 6, 6, 4), "INT6")


def test_a_fork_has_two_outputs_of_their_own(nodes):
    names = [tensor.name for tensor in nodes["DuplicateStreams_0"].outputs]
    assert len(set(names)) == 2


def test_constants_are_the_weights_themselves(adapt, forms, nodes):
    weights = adapt.constants(forms["narrow"])[nodes["MVAU_0"].inputs[1].name]
    assert weights.shape == (18, 4)
    assert abs(weights).max() <= 127


def test_a_tensor_of_floats_is_refused(adapt, forms):
    with pytest.raises(GraphError, match="tensor 'global_out' should hold integers, got 'FLOAT32'"):
        adapt.tensor(forms["fold constants"], "global_out")
