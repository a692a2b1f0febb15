# SPDX-License-Identifier: Apache-2.0
"""What is said of networks that cannot be streamed."""

import pytest

from levada.core.errors import GraphError


@pytest.fixture
def wrapped(finn):
    """Return a function that wraps a network for a check."""
    from levada.compile._finn import ModelWrapper

    return lambda net, output: ModelWrapper(net.proto(output, (1, 2, 6, 6)))


@pytest.fixture
def checks(finn):
    from levada.compile import properties

    return properties


def test_an_operator_without_hardware_is_named_with_its_neighbours(checks, wrapped, network):
    net = network()
    model = wrapped(net, net.add("Relu", net.add("Sigmoid", net.scale("pixels"))))
    with pytest.raises(
        GraphError,
        match=r"operator 'Sigmoid' \(node 'node_sigmoid_1', between Mul 'node_mul_0' and Relu 'node_relu_2'\) cannot be streamed",
    ):
        checks.check_operators(model)


def test_the_operators_that_can_be_streamed_are_listed(checks, wrapped, network):
    net = network()
    with pytest.raises(GraphError, match=r"operators of Add, .*Conv, .*MaxPool"):
        checks.check_operators(wrapped(net, net.add("Erf", "pixels")))


def test_the_builders_network_has_only_streamable_operators(checks, residual_network):
    from levada.compile._finn import ModelWrapper

    net, output = residual_network()
    checks.check_operators(ModelWrapper(net.proto(output)))


def test_a_network_without_quantisers_is_refused(checks, wrapped, network):
    net = network()
    with pytest.raises(
        GraphError, match="expected a quantised network \\(QONNX\\), got a graph of 1 nodes without one quantiser"
    ):
        checks.check_weights(wrapped(net, net.add("Relu", "pixels")))


def test_float_weights_are_refused_at_their_layer(checks, wrapped, network):
    net = network()
    weight = net.constant(net.random.normal(size=(2, 2, 1, 1)))
    model = wrapped(net, net.relu(net.add("Conv", "pixels", weight)))
    with pytest.raises(
        GraphError,
        match=r"expected quantised weights at operator 'Conv' \(node 'node_conv_0', .*\), got floats in 'c0'",
    ):
        checks.check_weights(model)


def test_weights_that_are_transposed_after_their_quantiser_are_quantised(checks, wrapped, network):
    net = network()
    weight = net.add("Transpose", net.quant(net.constant(net.random.normal(size=(2, 6))), 4, 0.1), perm=[1, 0])
    checks.check_weights(wrapped(net, net.add("MatMul", "pixels", weight)))


def test_a_quantiser_that_is_left_over_is_refused(checks, wrapped, network):
    net = network()
    with pytest.raises(
        GraphError,
        match="cannot become thresholds or integer weights; quantisers of activations may have at most 8 bits",
    ):
        checks.check_no_quantisers(wrapped(net, net.quant("pixels", 12, 0.1)))


def test_a_network_that_does_not_end_in_labels_is_refused(checks, wrapped, network):
    net = network()
    with pytest.raises(GraphError, match="expected the network to end in class scores, got 'Relu' at its end"):
        checks.check_labels(wrapped(net, net.add("Relu", "pixels")))


def test_a_scale_that_nothing_absorbs_is_refused_with_a_remedy(checks, wrapped, network):
    net = network()
    with pytest.raises(
        GraphError, match=r"operator 'Mul' .* its result is not an integer.*share one quantiser between the arms"
    ):
        checks.check_integer(wrapped(net, net.scale("pixels")))


def test_a_node_that_is_no_hardware_is_refused(checks, wrapped, network):
    net = network()
    with pytest.raises(GraphError, match=r"operator 'Relu' .* FINN has no hardware layer for it in this place"):
        checks.check_hardware(wrapped(net, net.add("Relu", "pixels")))


def test_the_inputs_own_transpose_is_let_pass_until_it_is_dropped(checks, wrapped, network):
    net = network()
    model = wrapped(net, net.add("Transpose", "pixels", perm=[0, 2, 3, 1]))
    checks.check_hardware(model)
    with pytest.raises(GraphError, match="it stands between the channels-last input and the hardware"):
        checks.check_channels_last(model)
