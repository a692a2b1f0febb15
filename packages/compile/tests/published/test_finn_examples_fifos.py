# SPDX-License-Identifier: Apache-2.0
"""The FIFO depths of finn-examples, found for the streams of ResNet-50."""

import pytest

from levada.compile import extraction
from levada.compile.fifo_files import FifoWish, deepen
from levada.compile.layers import LAYERS
from levada.compile.published.finn_examples_fifos import fifos
from levada.core.interfaces import NodeTensor

CLASSES = {layer.op: layer for layer in LAYERS}


@pytest.fixture(scope="module")
def plain(network):
    return extraction.streams(network, CLASSES)


@pytest.fixture(scope="module")
def published(plain, network):
    return deepen(plain, network, FifoWish.of("finn-examples"))


def deep(streams):
    return [stream for stream in streams if stream.fifo.side == "sink"]


def test_93_streams_have_a_fifo_at_their_sink(published):
    assert len(deep(published)) == 93


def test_the_input_waits_for_the_padding(published):
    assert published[0].fifo.depth == 41243 * 3


def test_the_deepest_before_a_join_is_the_shortcut_of_the_first_block(published, network):
    joins = {node.name for node in network if node.op == "ElementwiseAdd"}
    deepest = max((each for each in published if each.sink in joins), key=lambda stream: stream.fifo.depth)
    assert (deepest.shape, deepest.fifo.depth) == ((56, 56, 256), 95924 * 2)


def test_all_fifos_together_hold_what_is_published(published):
    bits = sum(stream.fifo.depth * stream.element_bits for stream in deep(published))
    assert round(bits / 1e6, 1) == 10.2


def test_a_depth_of_no_less_than_the_rules_is_as_good_as_the_rule(plain, published):
    for before, after in zip(plain, published, strict=True):
        assert after.fifo.status == ("rule" if after.fifo.depth >= before.fifo.depth else "unknown")


def test_streams_without_a_published_fifo_keep_the_rules(plain, published):
    same = [(one.fifo, other.fifo) for one, other in zip(plain, published, strict=True) if other.fifo.side == "source"]
    assert len(same) == len(plain) - 93
    assert all(one == other for one, other in same)


def test_other_networks_are_not_spoken_of(drawing):
    drawing.product(NodeTensor(name="x", shape=(1, 8, 8, 64), datatype="UINT5"), 64)
    assert fifos(drawing.nodes) == {}


def test_a_fifth_stage_is_not_spoken_of(drawing):
    x = NodeTensor(name="x", shape=(1, 64, 64, 64), datatype="UINT5")
    for stage in range(5):
        x = drawing.bottleneck(x, 64, 2 if stage else 1)
    fifth = {tensor.name for node in drawing.nodes[-10:] for tensor in node.outputs}
    assert fifos(drawing.nodes)
    assert not fifth & set(fifos(drawing.nodes))
