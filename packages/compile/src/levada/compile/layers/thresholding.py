# SPDX-License-Identifier: Apache-2.0
"""Thresholding: an activation or requantisation that stands alone."""

from levada.compile.costs import thresholds as costs
from levada.compile.costs.divisors import divisors
from levada.compile.costs.rams import block_ram_words
from levada.compile.costs.thresholds import Thresholds
from levada.compile.layers.attributes import integer, integer_type, vectors
from levada.compile.layers.base import FINN, LEVADA, FinnLayer
from levada.core.boards import Board
from levada.core.interfaces import HardwareNode, NodeTensor
from levada.core.manifests import Folding, Lanes, Origins
from levada.core.resources import Resources

_ORIGINS = Origins(lut=LEVADA, ff=LEVADA, bram18=FINN, uram=FINN, dsp=FINN)
_NEVER = 1 << 30


class Thresholding(FinnLayer):
    """Multi-thresholds per channel, RTL, folded by PE over the channels."""

    op = "Thresholding"
    emulation = "thresholding"

    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:  # noqa: ARG002 - the same on all boards
        """Return one folding for every PE that divides the channels."""
        thresholds = _thresholds(node)
        return tuple(_folding(thresholds, pe) for pe in divisors(thresholds.channels))

    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return PE for both."""
        return Lanes.PE, Lanes.PE

    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:
        """Return PE, and block RAM for deep stages."""
        return {
            "PE": folding.pe,
            "preferred_impl_style": "rtl",
            **rom_attributes(integer_type(node, "weightDataType").bits, shared=shared_levels(node.inputs[1])),
        }


def rom_attributes(level_bits: int, *, shared: bool) -> dict[str, int | str]:
    """Return the attributes, known to the specialised node only, that put deep stages into block RAM and none into URAM.

    With the trigger of URAM left at 0 FINN's estimate would put every stage there. Levels that all channels share stay in logic.
    """
    return {"depth_trigger_bram": _NEVER if shared else block_ram_words(level_bits), "depth_trigger_uram": _NEVER}


def shared_levels(levels: NodeTensor) -> bool:
    """Say whether all channels have the same levels: FINN then keeps one row."""
    return len(levels.shape) > 1 and levels.shape[0] == 1


def _thresholds(node: HardwareNode) -> Thresholds:
    return Thresholds(
        channels=integer(node, "NumChannels"),
        vectors=vectors(node),
        inputs=integer_type(node, "inputDataType"),
        levels=integer_type(node, "weightDataType"),
        output=integer_type(node, "outputDataType"),
        shared=shared_levels(node.inputs[1]),
    )


def _folding(thresholds: Thresholds, pe: int) -> Folding:
    return Folding(
        implementation="rtl",
        pe=pe,
        cycles=costs.cycles(thresholds, pe),
        resources=Resources(
            lut=costs.lut(thresholds, pe), ff=costs.ff(thresholds, pe), bram18=costs.bram18(thresholds, pe)
        ),
        origins=_ORIGINS,
        threshold_memory=costs.memory(thresholds, pe),
    )
