# SPDX-License-Identifier: Apache-2.0
"""Which part each layer plays in a bottleneck residual network, read off the graph, whatever its nodes are called.

A bottleneck block lies between a fork and its join: three products in one arm, at most one in the other. A block with a
product in its shortcut begins a new stage.
"""

from collections.abc import Iterator, Sequence
from enum import Enum

from levada.compile.fifos import PRODUCT, Arm, arms_of
from levada.core.interfaces import HardwareNode
from levada.core.manifests.common import Record

THRESHOLDS = "Thresholding"


class Place(Enum):
    """Where in the network a layer stands; a convolution brings the padding and windows before it along."""

    STEM = "before the first block"
    FORK = "fork that begins a block"
    FIRST = "first 1x1 convolution of a block"
    MIDDLE = "3x3 convolution of a block"
    LAST = "last 1x1 convolution of a block"
    SHORTCUT = "shortcut of a block"
    JOIN = "sum that ends a block, and the thresholds behind it"
    HEAD = "behind the last block"


_PATH = (Place.FIRST, Place.MIDDLE, Place.LAST)


class Role(Record, frozen=True, kw_only=True):
    """A place, and the block it belongs to: its stage, and its number in the stage, both from 1 (0 outside of blocks)."""

    place: Place
    stage: int = 0
    block: int = 0


class Block(Record, frozen=True, kw_only=True):
    """One bottleneck block: its two arms, and what joins them."""

    path: Arm
    shortcut: Arm
    join: tuple[HardwareNode, ...]


def roles(nodes: Sequence[HardwareNode]) -> dict[str, Role]:
    """Return the role of every layer by name; none where the network has no bottleneck block."""
    found: dict[str, Role] = {}
    stage = number = 0
    for block in _blocks(nodes):
        begins = bool(_products(block.shortcut)) or not stage
        stage, number = (stage + 1, 1) if begins else (stage, number + 1)
        found.update((name, Role(place=place, stage=stage, block=number)) for name, place in _places(block))
    if found:
        first = next(at for at, node in enumerate(nodes) if node.name in found)
        outside = ((node.name, Place.STEM if at < first else Place.HEAD) for at, node in enumerate(nodes))
        found = {name: Role(place=place) for name, place in outside} | found
    return found


def _blocks(nodes: Sequence[HardwareNode]) -> Iterator[Block]:
    for node in nodes:
        arms = arms_of(node, nodes)
        paths = [arm for arm in arms if len(_products(arm)) == len(_PATH)]
        shortcuts = [arm for arm in arms if len(_products(arm)) < 2]
        if len(arms) == 2 and paths and shortcuts:
            after = (each for each in nodes if each.op == THRESHOLDS and each.inputs[0] == node.outputs[0])
            yield Block(path=paths[0], shortcut=shortcuts[0], join=(node, *after))


def _places(block: Block) -> Iterator[tuple[str, Place]]:
    yield block.path.fork.name, Place.FORK
    at = 0
    for node in block.path.layers:
        yield node.name, _PATH[min(at, len(_PATH) - 1)]
        at += node.op == PRODUCT
    for node in block.shortcut.layers:
        yield node.name, Place.SHORTCUT
    for node in block.join:
        yield node.name, Place.JOIN


def _products(arm: Arm) -> tuple[HardwareNode, ...]:
    return tuple(node for node in arm.layers if node.op == PRODUCT)
