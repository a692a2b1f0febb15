# SPDX-License-Identifier: Apache-2.0
"""DuplicateStreams: a fork, where one stream is read twice or more."""

from levada.compile.costs.divisors import divisors
from levada.compile.costs.streaming import copy_resources
from levada.compile.layers.attributes import integer, integer_type, vectors
from levada.compile.layers.base import BY_LEVADA, FinnLayer
from levada.core.boards import Board
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding, Lanes


class DuplicateStreams(FinnLayer):
    """A fork, HLS, folded by PE over the channels."""

    op = "DuplicateStreams"
    emulation = "duplicate"

    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:  # noqa: ARG002 - the same on all boards
        """Return one folding for every PE that divides the channels."""
        channels, bits = integer(node, "NumChannels"), integer_type(node, "inputDataType").bits
        return tuple(
            Folding(
                implementation="hls",
                pe=pe,
                cycles=vectors(node) * channels // pe,
                resources=copy_resources(pe, bits, len(node.outputs)),
                origins=BY_LEVADA,
            )
            for pe in divisors(channels)
        )

    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return PE for both."""
        return Lanes.PE, Lanes.PE

    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:  # noqa: ARG002
        """Return PE."""
        return {"PE": folding.pe, "preferred_impl_style": "hls"}
