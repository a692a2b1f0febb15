# SPDX-License-Identifier: Apache-2.0
"""Edges of an ONNX graph."""

import pytest

from levada.compile.wiring import Wiring


@pytest.fixture
def fork(network):
    """Return a graph that forks after a Relu and joins again."""
    net = network()
    start = net.add("Relu", "pixels")
    graph = net.proto(net.add("Add", net.add("Sign", start), net.add("Identity", start)), (1, 2, 6, 6)).graph
    return Wiring(graph), {node.op_type: node for node in graph.node}


def test_a_tensor_knows_its_maker_and_takers(fork):
    wiring, nodes = fork
    tensor = nodes["Relu"].output[0]
    assert wiring.producer(tensor) is nodes["Relu"]
    assert wiring.consumers(tensor) == [nodes["Sign"], nodes["Identity"]]


def test_inputs_have_no_maker_and_outputs_no_taker(fork):
    wiring, nodes = fork
    assert wiring.producer("pixels") is None
    assert wiring.after(nodes["Add"]) == []


def test_a_node_is_described_with_its_neighbours(fork):
    wiring, nodes = fork
    assert wiring.describe(nodes["Sign"]) == (
        "operator 'Sign' (node 'node_sign_1', between Relu 'node_relu_0' and Add 'node_add_3')"
    )


def test_a_join_is_described_with_both_arms(fork):
    wiring, nodes = fork
    assert "between Sign 'node_sign_1' and Identity 'node_identity_2' and the output" in wiring.describe(nodes["Add"])


def test_ends_are_described_as_input_and_output(fork):
    wiring, nodes = fork
    assert "between the input and Sign" in wiring.describe(nodes["Relu"])


def test_a_taker_that_takes_twice_counts_once(network):
    net = network()
    graph = net.proto(net.add("Add", "pixels", "pixels"), (1, 2, 6, 6)).graph
    assert len(Wiring(graph).consumers("pixels")) == 1
