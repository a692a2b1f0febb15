# SPDX-License-Identifier: Apache-2.0
"""A small network with all that ResNet-50 has: wide stem, max pooling, bottlenecks with both shortcuts, average, classifier.

Compiling it proves its emulation on every golden image.
"""

from collections import Counter

import pytest

from levada.core.interfaces import weights_name


@pytest.fixture(scope="module", params=[(4, 5), (1, 2)], ids=["w4a5", "w1a2"])
def made(request, network, anew, tmp_path_factory):
    weights, activation = request.param
    net = network(channels=3, size=16)
    x = net.max_pool(net.relu(net.conv(net.scale("pixels"), 8, 7, 2, 8), activation))
    for middle, stride in ((4, 1), (4, 1), (8, 2)):
        x = net.bottleneck(x, middle, stride, activation, weights)
    compiling = anew(tmp_path_factory.mktemp("bottleneck"))
    return compiling(net, net.classify(net.average(x, 2, activation))), compiling


@pytest.fixture
def flow(made):
    return made[0]


def test_nothing_is_left_on_the_host(flow):
    assert Counter(layer.op for layer in flow.layers) == {
        "FMPadding": 5, "ConvolutionInputGenerator": 7, "MVAU": 13, "Pool": 2, "DuplicateStreams": 3, "ElementwiseAdd": 4,
        "Thresholding": 4, "LabelSelect": 1,
    }  # fmt: skip


def test_bipolar_weights_keep_their_one_bit(flow, request):
    products = [layer for layer in flow.layers if layer.op == "MVAU"]
    bits = {layer.weight_bits * layer_vectors(layer, flow) // layer.macs for layer in products[1:-1]}
    assert bits == ({1} if "w1a2" in request.node.name else {4})


def layer_vectors(layer, flow):
    """Return how many vectors the layer multiplies, by the stream that leaves it."""
    height, width, *_ = next(stream.shape for stream in flow.streams if stream.source == layer.name)
    return height * width


def test_every_products_weights_are_in_the_emulation_graph_by_name(flow, made):
    names = {each.name: each.doc_string for each in made[1].payload("emulation_graph").graph.initializer}
    assert {weights_name(layer.name) for layer in flow.layers if layer.op == "MVAU"} <= names.keys()
    assert names[weights_name("MVAU_0")] == "INT8"


def test_what_of_the_published_folding_divides_is_named(flow):
    named = Counter(layer.op for layer in flow.layers if "finn-examples" in layer.named)
    assert named == {
        "FMPadding": 5, "ConvolutionInputGenerator": 7, "Pool": 2, "DuplicateStreams": 3, "ElementwiseAdd": 4, "Thresholding": 4,
        "LabelSelect": 1, "MVAU": 1,
    }  # fmt: skip


def test_every_join_has_fifos_by_the_rule(flow):
    joins = {layer.name for layer in flow.layers if layer.op == "ElementwiseAdd"}
    assert {stream.fifo.status for stream in flow.streams if stream.sink in joins} == {"rule"}
