# SPDX-License-Identifier: Apache-2.0
"""FMPadding: a border of zeros around a feature map."""

from levada.compile.costs.divisors import divisors
from levada.compile.costs.streaming import Padding, padding_cycles, padding_resources
from levada.compile.layers.attributes import integer, integer_type, integers, pair
from levada.compile.layers.base import BY_LEVADA, FinnLayer
from levada.core.boards import Board
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding, Lanes


class FeatureMapPadding(FinnLayer):
    """Padding, RTL, folded by SIMD over the channels."""

    op = "FMPadding"
    emulation = "padding"

    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:  # noqa: ARG002 - the same on all boards
        """Return one folding for every SIMD that divides the channels."""
        padding = _padding(node)
        return tuple(
            Folding(
                implementation="rtl",
                simd=simd,
                cycles=padding_cycles(padding, simd),
                resources=padding_resources(padding, simd),
                origins=BY_LEVADA,
            )
            for simd in divisors(padding.channels)
        )

    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return SIMD for both."""
        return Lanes.SIMD, Lanes.SIMD

    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:  # noqa: ARG002
        """Return SIMD."""
        return {"SIMD": folding.simd, "preferred_impl_style": "rtl"}


def _padding(node: HardwareNode) -> Padding:
    height, width = pair(node, "ImgDim")
    top, left, bottom, right = integers(node, "Padding")
    return Padding(
        channels=integer(node, "NumChannels"),
        height=height + top + bottom,
        width=width + left + right,
        bits=integer_type(node, "inputDataType").bits,
    )
