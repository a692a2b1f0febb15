# SPDX-License-Identifier: Apache-2.0
"""How deep a stream's FIFO must be, by rule: so deep that no join can wait for ever.

Along a chain every layer takes its input in order, so any FIFO will do, and FINN's smallest (2) is taken. At a join, the
quick arm must hold what it puts out until the slow arm can give the same pixel. What each arm needs of the common fork
before it can give pixel *p* follows from its windows; the difference, at its largest over all pixels, times the channels,
is the depth of the quick arm's last stream. This rules out deadlock. A pixel more for every product behind the first of the slow
arm keeps all of them at work, each on its own pixel: with it the rule comes within 2 % above the depths that finn-examples found for
the plain shortcuts of ResNet-50 by simulation (7 667, 8 156, 9 144 and 11 127 beats of two lanes; here 7 680, 8 192, 9 216 and 11 264).
It does not promise the full rate everywhere: layers that work in bursts want more before them, which only a simulation tells.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from levada.compile.layers.attributes import integers, pair
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Fifo

SHALLOWEST = 2
FORK, PADDING, WINDOW, PRODUCT = "DuplicateStreams", "FMPadding", "ConvolutionInputGenerator", "MVAU"


class Arm(msgspec.Struct, frozen=True):
    """The layers between a fork and one input of a join, in the order of the data, and the tensor that enters the join."""

    fork: HardwareNode
    layers: tuple[HardwareNode, ...]
    tensor: str
    shape: tuple[int, ...]


def depths(nodes: Sequence[HardwareNode]) -> dict[str, Fifo]:
    """Return the FIFO of every tensor between layers, and of the graph's input and output."""
    producers = {tensor.name: node for node in nodes for tensor in node.outputs}
    found = {
        tensor.name: Fifo(depth=SHALLOWEST, status="rule")
        for node in nodes
        for tensor in (*node.inputs, *node.outputs)
        if not tensor.constant
    }
    for node in nodes:
        streams = [tensor for tensor in node.inputs if not tensor.constant]
        if len(streams) > 1:
            found.update(_join(node, producers))
    return found


def arms_of(node: HardwareNode, nodes: Sequence[HardwareNode]) -> tuple[Arm, ...]:
    """Return the arms that a node joins, in the order of its inputs; none where it joins nothing, or no common fork."""
    return _arms(node, {tensor.name: each for each in nodes for tensor in each.outputs})


def _arms(node: HardwareNode, producers: Mapping[str, HardwareNode]) -> tuple[Arm, ...]:
    tensors = [tensor for tensor in node.inputs if not tensor.constant]
    known = [_arm(tensor.name, tensor.shape, producers) for tensor in tensors]
    arms = tuple(arm for arm in known if arm is not None)
    common = len(tensors) > 1 and len(arms) == len(tensors) and len({arm.fork.name for arm in arms}) == 1
    return arms if common else ()


def _join(node: HardwareNode, producers: Mapping[str, HardwareNode]) -> dict[str, Fifo]:
    arms = _arms(node, producers)
    if not arms:
        streams = (tensor for tensor in node.inputs if not tensor.constant)
        return {tensor.name: Fifo(depth=SHALLOWEST, status="unknown") for tensor in streams}
    needs = [_needs(arm) for arm in arms]
    slowest, busy = np.maximum.reduce(needs), max(_products(arm) for arm in arms)
    return {
        arm.tensor: Fifo(depth=_depth(arm, need, slowest, busy), status="rule")
        for arm, need in zip(arms, needs, strict=True)
    }


def _products(arm: Arm) -> int:
    return sum(layer.op == PRODUCT for layer in arm.layers)


def _arm(tensor: str, shape: tuple[int, ...], producers: Mapping[str, HardwareNode]) -> Arm | None:
    """Walk back from a join to the fork; None where another join or the input comes first."""
    layers: list[HardwareNode] = []
    at: str = tensor
    while (node := producers.get(at)) is not None and node.op != FORK:
        streams = [each for each in node.inputs if not each.constant]
        if len(streams) != 1:
            return None
        layers.insert(0, node)
        at = streams[0].name
    return None if node is None else Arm(node, tuple(layers), tensor, shape)


def _needs(arm: Arm) -> Any:
    """Return, for each pixel that leaves the arm, the number of the last pixel that must have left the fork."""
    _, height, width, _ = arm.shape
    rows, columns = np.divmod(np.arange(height * width), width)
    for node in reversed(arm.layers):
        rows, columns = _before(node, rows, columns)
    return rows * arm.fork.outputs[0].shape[2] + columns


def _before(node: HardwareNode, rows: Any, columns: Any) -> tuple[Any, Any]:
    """Return the last row and column that a node must have taken before it can give these."""
    if node.op == WINDOW:
        reach = [
            (size - 1) * gap for size, gap in zip(pair(node, "ConvKernelDim"), pair(node, "Dilation"), strict=True)
        ]
        strides = pair(node, "Stride")
        return rows * strides[0] + reach[0], columns * strides[1] + reach[1]
    if node.op == PADDING:
        top, left, _, _ = integers(node, "Padding")
        height, width = pair(node, "ImgDim")
        return np.clip(rows - top, 0, height - 1), np.clip(columns - left, 0, width - 1)
    return rows, columns


def _pixels(need: Any, slowest: Any) -> int:
    """Return how many pixels the arm must put out, at most, before the slowest arm gives the one that the join waits for.

    Those are all that need less of the fork.
    """
    forced = np.searchsorted(np.maximum.accumulate(need), slowest, side="left") - np.arange(len(need))
    return int(forced.max())


def _depth(arm: Arm, need: Any, slowest: Any, busy: int) -> int:
    """Return a depth in elements: the pixels ahead, the one at hand, and where there are any one for each product at work but one.

    Of the pixel at hand a layer may have put out all but the last element. The slowest arm itself needs no FIFO if there is a product
    in it, which takes a whole pixel before it gives one: by then the other arms have all that they need.
    """
    if _products(arm) and (need >= slowest).all():
        return SHALLOWEST
    ahead = _pixels(need, slowest)
    at_work = max(busy - 1, 0) if ahead > 0 else 0
    return max(SHALLOWEST, (ahead + 1 + at_work) * arm.shape[-1])
