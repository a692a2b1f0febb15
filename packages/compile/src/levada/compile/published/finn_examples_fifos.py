# SPDX-License-Identifier: Apache-2.0
"""The FIFO depths of ResNet-50 in finn-examples, by role.

Source: https://github.com/Xilinx/finn-examples, build/resnet50/folding_config/U250_folding_config.json, whose depths were
found there by simulation with unlimited FIFOs. They count beats of the sink under the folding of :mod:`.finn_examples`, and are
as deep as the fullest moment of that simulation: the shortcut of the first block, 95 924 beats, holds the lead that its faster
convolution gained over the slower 3x3 one during the whole run, 749 pixels where 60 keep the rate.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from levada.compile.fifos import PADDING, PRODUCT, WINDOW
from levada.compile.published.finn_examples import folding
from levada.compile.published.roles import Place, Role, roles
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Fifo
from levada.core.manifests.common import Record

Key = tuple[str, Place, int]
"""Operation of the stream's sink, its place, and which of that operation in that place it is, from 0."""

_SUM = "ElementwiseAdd"

_OUTSIDE: dict[Key, int] = {
    (PADDING, Place.STEM, 0): 41243, (WINDOW, Place.STEM, 0): 52900, (PRODUCT, Place.STEM, 0): 32,
    (PADDING, Place.STEM, 1): 756, (WINDOW, Place.STEM, 1): 949, (WINDOW, Place.HEAD, 0): 207,
}  # fmt: skip


class Depths(Record, frozen=True, kw_only=True):
    """Beats before the layers of a block: each convolution, the 3x3 one's padding and windows, and the shortcut's end; 0: none."""

    first: int = 0
    padding: int = 0
    window: int = 0
    middle: int
    last: int = 0
    shortcut: int = 0
    join: int

    def of(self, key: Key) -> int:
        """Return the beats before one layer."""
        beats: dict[Key, int] = {
            (PRODUCT, Place.FIRST, 0): self.first, (PADDING, Place.MIDDLE, 0): self.padding,
            (WINDOW, Place.MIDDLE, 0): self.window, (PRODUCT, Place.MIDDLE, 0): self.middle,
            (PRODUCT, Place.LAST, 0): self.last, (PRODUCT, Place.SHORTCUT, 0): self.shortcut,
            (_SUM, Place.JOIN, 0): self.join,
        }  # fmt: skip
        return beats.get(key, 0)


_FIRST_BLOCKS: dict[int, Depths] = {
    1: Depths(first=5904, padding=116, window=1741, middle=6476, shortcut=2951, join=95924),
    2: Depths(padding=415, middle=261, shortcut=46, join=4741),
    3: Depths(first=32, padding=214, middle=273, last=32, shortcut=46, join=5118),
    4: Depths(first=32, padding=118, middle=285, last=32, shortcut=46, join=5850),
}
"""Of the first block of each stage."""

_OTHER_BLOCKS: dict[int, Depths] = {
    1: Depths(first=32, padding=102, window=1727, middle=262, join=7667),
    2: Depths(first=32, padding=52, window=1699, middle=400, join=8156),
    3: Depths(first=32, padding=32, window=1755, middle=514, last=32, join=9144),
    4: Depths(first=53, window=1802, middle=613, last=32, join=11127),
}
"""Of all further blocks of a stage: they are alike, but that 7 667 is published for one block, and 7 666 for its like."""


def fifos(nodes: Sequence[HardwareNode]) -> Mapping[str, Fifo]:
    """Return the published FIFO of each tensor that has one, in elements, at its sink."""
    places, wanted = roles(nodes), folding(nodes)
    makers = {tensor.name: node.name for node in nodes for tensor in node.outputs}
    seen: Counter[tuple[str, Role]] = Counter()
    found = {}
    for node in (each for each in nodes if each.name in places):
        role = places[node.name]
        beats = _beats(role, (node.op, role.place, seen[node.op, role]))
        seen[node.op, role] += 1
        if beats:
            tensor = _entering(node, makers, places)
            lanes = wanted[node.name][0]
            found[tensor] = Fifo(depth=beats * (lanes.simd or lanes.pe or 1), status="unknown", side="sink")
    return found


def _beats(role: Role, key: Key) -> int:
    if not role.stage:
        return _OUTSIDE.get(key, 0)
    blocks = _FIRST_BLOCKS if role.block == 1 else _OTHER_BLOCKS
    return blocks[role.stage].of(key) if role.stage in blocks else 0


def _entering(node: HardwareNode, makers: Mapping[str, str], places: Mapping[str, Role]) -> str:
    """Return the tensor whose FIFO it is: the only stream that enters, or that of the shortcut."""
    streams = [tensor.name for tensor in node.inputs if not tensor.constant]
    shortcuts = [name for name in streams if name in makers and places[makers[name]].place is Place.SHORTCUT]
    return (shortcuts or streams)[0]
