# SPDX-License-Identifier: Apache-2.0
"""Pool: the largest or the average of each window that a depthwise window generator puts out."""

from math import prod

from levada.compile.costs.divisors import divisors
from levada.compile.costs.streaming import Pooling, pooling_cycles, pooling_resources
from levada.compile.layers.attributes import integer, integer_type, pair, text
from levada.compile.layers.base import BY_LEVADA, FinnLayer
from levada.core.boards import Board
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding, Lanes


class Pool(FinnLayer):
    """A pooling, HLS, folded by PE over the channels.

    Its PE must equal the lanes of the window generator before it: a depthwise generator interleaves the channels of one beat.
    """

    op = "Pool"
    emulation = "pool"

    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:  # noqa: ARG002 - the same on all boards
        """Return one folding for every PE that divides the channels."""
        pooling = _pooling(node)
        return tuple(
            Folding(
                implementation="hls",
                pe=pe,
                cycles=pooling_cycles(pooling, pe),
                resources=pooling_resources(pooling, pe),
                origins=BY_LEVADA,
            )
            for pe in divisors(pooling.channels)
        )

    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return PE for both."""
        return Lanes.PE, Lanes.PE

    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:  # noqa: ARG002
        """Return PE."""
        return {"PE": folding.pe, "preferred_impl_style": "hls"}


def _pooling(node: HardwareNode) -> Pooling:
    inputs, elements = integer_type(node, "InputDataType"), prod(pair(node, "KernelSize"))
    largest = text(node, "Function") == "MaxPool"
    return Pooling(
        channels=integer(node, "Channels"),
        elements=elements,
        outputs=prod(pair(node, "OutImgDims")) * integer(node, "BatchSize", 1),
        input_bits=inputs.bits,
        output_bits=integer_type(node, "OutputDataType").bits,
        state_bits=inputs.bits if largest else inputs.bits + elements.bit_length(),
    )
