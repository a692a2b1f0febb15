# SPDX-License-Identifier: Apache-2.0
"""Logical layers and streams, read off the hardware nodes."""

from math import prod

import pytest

from levada.compile import extraction
from levada.compile.layers import LAYERS
from levada.core.errors import GraphError
from levada.core.manifests import Lanes
from levada.core.testing import u280

CLASSES = {layer.op: layer for layer in LAYERS}


@pytest.fixture
def nodes(finn, forms):
    from levada.compile.adapt import hardware_nodes

    return hardware_nodes(forms["narrow"])


@pytest.fixture
def streams(nodes):
    return {stream.name: stream for stream in extraction.streams(nodes, CLASSES)}


@pytest.fixture
def layers(nodes):
    return {layer.name: layer for layer in extraction.layers(nodes, CLASSES, u280())}


def test_every_node_is_a_layer_with_its_foldings(nodes, layers):
    assert list(layers) == [node.name for node in nodes]
    assert all(layer.foldings and layer.default < len(layer.foldings) for layer in layers.values())


def test_weights_and_products_are_counted(layers):
    assert layers["MVAU_0"].weight_bits == 18 * 4 * 8
    assert layers["MVAU_0"].macs == 18 * 4 * 36
    assert layers["LabelSelect_0"].weight_bits == layers["LabelSelect_0"].macs == 0


def test_an_operation_that_nobody_registered_is_named(nodes):
    some = {op: layer for op, layer in CLASSES.items() if op != "Pool"}
    with pytest.raises(
        GraphError, match=r"layer 'Pool_0' is a 'Pool', for which no installed plug-in registers .*registered are Conv"
    ):
        extraction.layers(nodes, some, u280())


def test_without_any_plug_in_the_error_says_none(nodes):
    with pytest.raises(GraphError, match="registered are none"):
        extraction.streams(nodes, {})


def test_a_layer_without_foldings_is_refused(nodes):
    class Impossible(CLASSES["Pool"]):
        def foldings(self, node, board):
            return ()

    with pytest.raises(GraphError, match=r"layer 'Pool_0' \(Pool\) cannot be built for board 'u280' in any folding"):
        extraction.layers(nodes, {**CLASSES, "Pool": Impossible}, u280())


def test_streams_begin_and_end_outside(streams):
    first, *_, last = streams.values()
    assert (first.name, first.source, first.sink) == ("input->FMPadding_0", None, "FMPadding_0")
    assert (last.name, last.source, last.sink) == ("LabelSelect_0->output", "LabelSelect_0", None)


def test_streams_follow_the_order_of_their_sources(nodes, streams):
    order = {node.name: at for at, node in enumerate(nodes)}
    places = [order[stream.source] for stream in list(streams.values())[1:]]
    assert places == sorted(places)


def test_every_stream_is_a_tensor_of_its_own(nodes, streams):
    tensors = [stream.tensor for stream in streams.values()]
    assert len(set(tensors)) == len(tensors) == 1 + sum(len(node.outputs) for node in nodes)


def test_payload_counts_every_element_once(streams):
    stream = streams["MVAU_0->DuplicateStreams_0"]
    assert (stream.shape, stream.element_bits, stream.payload_bits) == ((6, 6, 4), 4, 6 * 6 * 4 * 4)
    assert all(each.payload_bits == prod(each.shape) * each.element_bits for each in streams.values())


def test_lanes_are_those_of_the_layer_at_each_end(streams):
    stream = streams["ConvolutionInputGenerator_0->MVAU_0"]
    assert (stream.source_lanes, stream.sink_lanes) == (Lanes.PE, Lanes.SIMD)


def test_an_end_outside_takes_the_lanes_of_the_other(streams):
    assert streams["input->FMPadding_0"].source_lanes == streams["input->FMPadding_0"].sink_lanes == Lanes.SIMD


def test_padding_and_windows_are_not_cut(streams):
    uncuttable = {name.partition("_")[0] for name, stream in streams.items() if not stream.cuttable}
    assert uncuttable == {"FMPadding", "ConvolutionInputGenerator"}


def test_a_window_of_one_pixel_with_a_stride_may_be_cut(streams):
    cuttable = [stream for name, stream in streams.items() if name.startswith("Conv") and stream.cuttable]
    assert [stream.shape for stream in cuttable] == [(3, 3, 4)]


def test_a_rigid_stream_is_marked_and_never_cut(streams):
    (rigid,) = [stream for stream in streams.values() if stream.rigid]
    assert rigid.sink == "Pool_0"
    assert not rigid.cuttable


def test_parallel_streams_between_the_same_layers_get_a_suffix(nodes):
    fork = next(node for node in nodes if node.op == "DuplicateStreams")
    join = next(node for node in nodes if node.op == "ElementwiseAdd")
    joined = type(join)(name="Join", op=join.op, attributes=join.attributes, inputs=fork.outputs, outputs=join.outputs)
    names = [stream.name for stream in extraction.streams([fork, joined], CLASSES)]
    assert names[1:3] == ["DuplicateStreams_0->Join", "DuplicateStreams_0->Join.1"]
