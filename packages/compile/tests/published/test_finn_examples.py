# SPDX-License-Identifier: Apache-2.0
"""The folding of finn-examples for ResNet-50, against the cycles that FINN computes for it."""

from collections import Counter
from itertools import pairwise

import pytest

from levada.compile import extraction
from levada.compile.layers import LAYERS
from levada.compile.published.finn_examples import NAME, folding
from levada.core.interfaces import NodeTensor
from levada.core.testing import u280

CLASSES = {layer.op: layer for layer in LAYERS}


@pytest.fixture(scope="module")
def layers(network):
    return extraction.layers(network, CLASSES, u280())


@pytest.fixture(scope="module")
def chosen(layers):
    return [(layer.op, layer.foldings[layer.named[NAME]]) for layer in layers]


def of(chosen, op):
    return [folding for kind, folding in chosen if kind == op]


def test_every_one_of_158_layers_has_a_folding_of_that_name(layers):
    assert [NAME in layer.named for layer in layers] == [True] * 158


def test_products_take_the_published_cycles(chosen):
    cycles = Counter(folding.cycles for folding in of(chosen, "MVAU"))
    assert cycles == {903_168: 16, 802_816: 35, 614_656: 1, 512_000: 1, 401_408: 1}


@pytest.mark.parametrize(
    ("op", "most"),
    [
        ("ConvolutionInputGenerator", 616_043), ("FMPadding", 207_936), ("Pool", 451_584), ("Thresholding", 401_408),
        ("DuplicateStreams", 401_408), ("ElementwiseAdd", 401_408), ("LabelSelect", 1000),
    ],
)  # fmt: skip
def test_the_slowest_of_each_operation_takes_the_published_cycles(chosen, op, most):
    assert max(folding.cycles for folding in of(chosen, op)) == most


def test_products_are_folded_as_published(chosen):
    folds = Counter((folding.pe, folding.simd) for folding in of(chosen, "MVAU"))
    assert folds == {(64, 3): 1, (1, 16): 1, (2, 32): 28, (2, 64): 23, (1, 4): 1}


def test_convolutions_are_made_of_luts_with_their_thresholds_fused(chosen):
    *convolutions, classifier = of(chosen, "MVAU")
    kinds = {(each.implementation, each.multiplier, each.thresholds) for each in convolutions}
    assert kinds == {("hls", "lut", "fused")}
    assert (classifier.implementation, classifier.multiplier, classifier.thresholds) == ("rtl", "dsp", None)


def test_few_bits_keep_the_classifier_out_of_rtl(drawing):
    pixels = NodeTensor(name="x", shape=(1, 8, 8, 64), datatype="UINT2")
    drawing.product(drawing.bottleneck(pixels, 64, 1), 1000, "INT8", None)
    narrow = [node if node.op != "MVAU" else with_inputs(node, "UINT2") for node in drawing.nodes]
    last = extraction.layers(narrow, CLASSES, u280())[-1]
    assert last.foldings[last.named[NAME]].implementation == "hls"


def with_inputs(node, kind):
    return type(node)(
        name=node.name, op=node.op, attributes=node.attributes | {"inputDataType": kind}, inputs=node.inputs,
        outputs=node.outputs,
    )  # fmt: skip


def test_thresholds_can_also_stand_alone_at_the_same_fold(layers):
    for layer in (each for each in layers if each.op == "MVAU" and each.foldings[each.named[NAME]].thresholds):
        named = layer.foldings[layer.named[NAME]]
        same = [fold for fold in layer.foldings if (fold.pe, fold.simd) == (named.pe, named.simd)]
        assert {fold.thresholds for fold in same} == {"fused", "standalone"}


def test_all_but_one_convolution_can_be_built_in_rtl_at_the_same_fold(layers):
    without = []
    for layer in (each for each in layers if each.op == "MVAU"):
        named = layer.foldings[layer.named[NAME]]
        kinds = {fold.implementation for fold in layer.foldings if (fold.pe, fold.simd) == (named.pe, named.simd)}
        without += [layer] if "rtl" not in kinds else []
    (narrow,) = without
    assert narrow.foldings[narrow.named[NAME]].simd == 64
    assert narrow.macs == 56 * 56 * 64 * 256


def test_rigid_streams_have_the_same_lanes_at_both_ends(network, layers):
    named = {layer.name: layer.foldings[layer.named[NAME]] for layer in layers}
    pools = [(first, second) for first, second in pairwise(network) if second.op == "Pool"]
    assert [(named[first.name].pe, named[second.name].pe) for first, second in pools] == [(4, 4), (4, 4)]


def test_a_channel_count_that_does_not_divide_is_not_spoken_of(drawing):
    drawing.bottleneck(NodeTensor(name="x", shape=(1, 8, 8, 24), datatype="UINT5"), 4, 1)
    layers = extraction.layers(drawing.nodes, CLASSES, u280())
    assert [layer.op for layer in layers if NAME not in layer.named] == ["MVAU"] * 4


def test_other_networks_are_not_spoken_of(drawing):
    drawing.product(NodeTensor(name="x", shape=(1, 8, 8, 64), datatype="UINT5"), 64)
    assert folding(drawing.nodes) == {}
