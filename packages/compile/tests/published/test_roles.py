# SPDX-License-Identifier: Apache-2.0
"""Roles are read off the graph, whatever its nodes are called."""

from collections import Counter

import pytest

from levada.compile.published.roles import Place, Role, roles
from levada.core.interfaces import NodeTensor


@pytest.fixture
def found(network):
    return roles(network)


def placed(network, found, op, place):
    return [found[node.name] for node in network if node.op == op and found[node.name].place is place]


def test_every_layer_has_a_role(network, found):
    assert set(found) == {node.name for node in network}


def test_there_are_four_stages_of_three_four_six_and_three_blocks(network, found):
    joins = placed(network, found, "ElementwiseAdd", Place.JOIN)
    assert Counter(role.stage for role in joins) == {1: 3, 2: 4, 3: 6, 4: 3}
    assert [(role.stage, role.block) for role in joins[:5]] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    ("place", "count"), [("STEM", 1), ("FIRST", 16), ("MIDDLE", 16), ("LAST", 16), ("SHORTCUT", 4), ("HEAD", 1)]
)
def test_products_are_told_apart(network, found, place, count):
    assert len(placed(network, found, "MVAU", Place[place])) == count


def test_padding_and_windows_belong_to_the_convolution_behind_them(network, found):
    for op, before in (("FMPadding", 2), ("ConvolutionInputGenerator", 2)):
        assert len(placed(network, found, op, Place.STEM)) == before
        assert len(placed(network, found, op, Place.MIDDLE)) == 16
    assert len(placed(network, found, "ConvolutionInputGenerator", Place.SHORTCUT)) == 3


def test_thresholds_are_those_of_a_join_or_of_a_shortcut(network, found):
    kinds = Counter(found[node.name].place for node in network if node.op == "Thresholding")
    assert kinds == {Place.JOIN: 16, Place.SHORTCUT: 12}


def test_what_follows_the_last_block_is_the_head(network, found):
    assert [(node.op, found[node.name]) for node in network[-5:]] == [
        (op, Role(place=Place.HEAD))
        for op in ("ConvolutionInputGenerator", "Pool", "MVAU", "ElementwiseAdd", "LabelSelect")
    ]


def test_a_network_without_bottleneck_has_no_roles(drawing):
    drawing.product(NodeTensor(name="x", shape=(1, 8, 8, 16), datatype="UINT5"), 8)
    assert roles(drawing.nodes) == {}


def test_a_block_of_two_products_is_no_bottleneck(drawing):
    path, shortcut = drawing.fork(NodeTensor(name="x", shape=(1, 8, 8, 16), datatype="UINT5"))
    drawing.sum(drawing.product(drawing.product(path, 16), 16), shortcut, "INT6")
    assert roles(drawing.nodes) == {}
