# SPDX-License-Identifier: Apache-2.0
"""FIFO depths by rule: a join that is simulated beat by beat never waits for ever with them, and does with less."""

import pytest

from levada.compile.fifos import depths
from levada.core.interfaces import HardwareNode, NodeTensor
from levada.core.manifests import Fifo

CHANNELS = 2


def tensor(name, size):
    return NodeTensor(name=name, shape=(1, size, size, CHANNELS), datatype="UINT4")


def node(name, op, inputs, outputs, **attributes):
    return HardwareNode(name=name, op=op, attributes=attributes, inputs=tuple(inputs), outputs=tuple(outputs))


def convolution(source, size, at, kernel=3, stride=1):
    """Return padding, window and product on a map of size × size, and the tensor that comes out."""
    pad, out = kernel // 2, (size - 1) // stride + 1
    padded, windows, result = tensor(f"p{at}", size + 2 * pad), tensor(f"w{at}", out), tensor(f"m{at}", out)
    return [
        node(f"pad{at}", "FMPadding", [source], [padded], ImgDim=(size, size), Padding=(pad,) * 4),
        node(f"win{at}", "ConvolutionInputGenerator", [padded], [windows],
             ConvKernelDim=(kernel, kernel), Stride=(stride, stride), Dilation=(1, 1), OFMDim=(out, out)),
        node(f"mul{at}", "MVAU", [windows], [result]),
    ], result  # fmt: skip


def block(size=6, convolutions=2, stride=1, shortcut=False):
    """Return a residual block: a fork, an arm of 3 × 3 convolutions, a plain or strided 1 × 1 shortcut, a join."""
    left, right = tensor("left", size), tensor("right", size)
    nodes = [node("fork", "DuplicateStreams", [tensor("in", size)], [left, right])]
    slow = left
    for at in range(convolutions):
        more, slow = convolution(
            slow, size if at == 0 else (size - 1) // stride + 1, at, stride=stride if at == 0 else 1
        )
        nodes += more
    quick = right
    if shortcut:
        more, quick = convolution(right, size, "s", kernel=1, stride=stride)
        nodes += more
    return [*nodes, node("join", "ElementwiseAdd", [slow, quick], [tensor("out", (size - 1) // stride + 1)])]


def need(layers, row, column):
    """Return the last pixel of the fork that an arm needs for one of its own, as row and column."""
    for each in reversed(layers):
        if each.op == "ConvolutionInputGenerator":
            kernel, stride = each.attributes["ConvKernelDim"][0], each.attributes["Stride"][0]
            row, column = row * stride + kernel - 1, column * stride + kernel - 1
        if each.op == "FMPadding":
            last, pad = each.attributes["ImgDim"][0] - 1, each.attributes["Padding"][0]
            row, column = (min(max(at - pad, 0), last) for at in (row, column))
    return row, column


class Run:
    """A block at work, pixel by pixel: an arm takes no pixel of the fork while it cannot get rid of one of its own."""

    def __init__(self, nodes, pixels):
        self.last, out = nodes[0].outputs[0].shape[1] ** 2 - 1, nodes[-1].outputs[0].shape[1]
        arms = [[each for each in nodes[1:-1] if each.name.endswith("s") == quick] for quick in (False, True)]
        size = nodes[0].outputs[0].shape[1]
        needs = [[need(arm, *divmod(at, out)) for at in range(out * out)] for arm in arms]
        self.needs = [[row * size + column for row, column in arm] for arm in needs]
        self.total, self.pixels, self.sent, self.given, self.joined = out * out, pixels, -1, [0, 0], 0

    def ready(self, arm):
        return self.given[arm] < self.total and self.needs[arm][self.given[arm]] <= self.sent

    def step(self):
        """Do whatever can be done; say whether anything could."""
        before = (self.sent, *self.given, self.joined)
        for arm in (0, 1):
            while self.ready(arm) and self.given[arm] - self.joined < self.pixels[arm]:
                self.given[arm] += 1
        self.joined = min(self.given)
        if self.sent < self.last and not self.ready(0) and not self.ready(1):
            self.sent += 1
        return before != (self.sent, *self.given, self.joined)


def finishes(nodes, pixels):
    """Run the block with FIFOs of so many pixels before the join; say whether every pixel comes out."""
    run = Run(nodes, pixels)
    while run.step():
        pass
    return run.joined == run.total


def depth_in_pixels(nodes):
    found = depths(nodes)
    return [found[each.name].depth // CHANNELS for each in nodes[-1].inputs]


BLOCKS = [
    block(), block(size=9), block(convolutions=1), block(convolutions=3),
    block(stride=2, shortcut=True), block(size=9, stride=2, shortcut=True), block(shortcut=True),
]  # fmt: skip


def test_a_chain_needs_only_the_smallest_fifos():
    nodes, _ = convolution(tensor("in", 6), 6, 0)
    assert set(depths(nodes).values()) == {Fifo(depth=2, status="rule")}


def test_constants_have_no_fifo():
    weights = NodeTensor(name="w", shape=(4, 4), datatype="INT4", constant=True)
    assert set(depths([node("m", "MVAU", [tensor("in", 4), weights], [tensor("out", 4)])])) == {"in", "out"}


@pytest.mark.parametrize("nodes", BLOCKS)
def test_no_join_waits_for_ever_with_the_depths_of_the_rule(nodes):
    assert finishes(nodes, depth_in_pixels(nodes))


@pytest.mark.parametrize("convolutions", [1, 2, 3])
def test_a_shortcut_that_is_two_pixels_shallower_than_without_rate_waits_for_ever(convolutions):
    nodes, at_work = block(convolutions=convolutions), convolutions - 1
    slow, quick = depth_in_pixels(nodes)
    assert finishes(nodes, [slow, quick - at_work])
    assert not finishes(nodes, [slow, quick - at_work - 2])


def test_the_shortcut_holds_two_rows_and_a_pixel_or_two_for_two_convolutions_and_one_at_work():
    (_, quick) = depth_in_pixels(block(size=9))
    assert quick == 2 * 9 + 2 + 1 + 1


@pytest.mark.parametrize(
    ("size", "channels", "beats"), [(56, 256, 7667), (28, 512, 8156), (14, 1024, 9144), (7, 2048, 11127)]
)
def test_plain_shortcuts_of_resnet50_are_as_deep_as_simulated_by_finn_examples(size, channels, beats):
    first, *_ = convolution(tensor("left", size), size, 0, kernel=1)
    middle, _ = convolution(first[-1].outputs[0], size, 1)
    last, slow = convolution(middle[-1].outputs[0], size, 2, kernel=1)
    fork = node("fork", "DuplicateStreams", [tensor("in", size)], [tensor("left", size), tensor("right", size)])
    join = node("join", "ElementwiseAdd", [slow, tensor("right", size)], [tensor("out", size)])
    _, quick = depth_in_pixels([fork, *first, *middle, *last, join])
    assert 1.0 <= quick * channels / (2 * beats) < 1.02


def test_only_the_quick_arm_is_deep():
    found = depths(block())
    assert [found[name].depth for name in ("m1", "left", "m0")] == [CHANNELS, 2, 2]
    assert found["right"].depth > 20


def widened(nodes, channels):
    """Return the nodes with more channels on every stream."""

    def wide(tensors):
        return tuple(
            NodeTensor(name=each.name, shape=(*each.shape[:-1], channels), datatype="UINT4") for each in tensors
        )

    return [node(n.name, n.op, wide(n.inputs), wide(n.outputs), **n.attributes) for n in nodes]


def test_the_slowest_arm_needs_no_fifo_as_its_product_takes_whole_pixels():
    found = depths(widened(block(), 64))
    assert found["m1"].depth == 2
    assert found["right"].depth % 64 == 0


def test_an_arm_as_slow_as_the_other_but_without_product_holds_a_pixel():
    product, slow = convolution(tensor("left", 6), 6, 0, kernel=1)
    fork = node("fork", "DuplicateStreams", [tensor("in", 6)], [tensor("left", 6), tensor("right", 6)])
    join = node("join", "ElementwiseAdd", [slow, tensor("right", 6)], [tensor("out", 6)])
    found = depths(widened([fork, *product, join], 64))
    assert (found["m0"].depth, found["right"].depth) == (2, 64)


def test_a_join_without_a_common_fork_is_unknown():
    nodes = [node("join", "ElementwiseAdd", [tensor("a", 4), tensor("b", 4)], [tensor("out", 4)])]
    assert depths(nodes)["a"] == depths(nodes)["b"] == Fifo(depth=2, status="unknown")


def test_a_join_within_an_arm_makes_the_outer_join_unknown():
    inner = block()
    outer = [node("first", "DuplicateStreams", [tensor("x", 6)], [tensor("in", 6), tensor("far", 6)]), *inner]
    outer.append(node("last", "ElementwiseAdd", [tensor("out", 6), tensor("far", 6)], [tensor("end", 6)]))
    assert depths(outer)["far"].status == "unknown"
    assert depths(outer)["right"].status == "rule"
