# SPDX-License-Identifier: Apache-2.0
"""ElementwiseAdd: a join of two branches, or a bias."""

from math import prod

from levada.compile.costs.divisors import divisors
from levada.compile.costs.streaming import Addition, addition_resources
from levada.compile.layers.attributes import integer_type, integers, text
from levada.compile.layers.base import BY_LEVADA, FinnLayer
from levada.core.boards import Board
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding, Lanes

_SIDES = ("lhs", "rhs")


class ElementwiseAdd(FinnLayer):
    """A sum, HLS, folded by PE over the channels; constants lie in LUT RAM."""

    op = "ElementwiseAdd"
    emulation = "add"

    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:  # noqa: ARG002 - the same on all boards
        """Return one folding for every PE that divides the channels."""
        addition, shape = _addition(node), integers(node, "out_shape")
        return tuple(
            Folding(
                implementation="hls",
                pe=pe,
                cycles=prod(shape) // pe,
                resources=addition_resources(addition, pe),
                origins=BY_LEVADA,
            )
            for pe in divisors(shape[-1])
        )

    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return PE for both."""
        return Lanes.PE, Lanes.PE

    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:  # noqa: ARG002
        """Return PE, and LUT RAM for constants."""
        return {"PE": folding.pe, "ram_style": "distributed", "preferred_impl_style": "hls"}


def _addition(node: HardwareNode) -> Addition:
    constants = [side for side in _SIDES if text(node, f"{side}_style", "input") == "const"]
    return Addition(
        streamed_bits=tuple(integer_type(node, f"{side}_dtype").bits for side in _SIDES if side not in constants),
        output_bits=integer_type(node, "out_dtype").bits,
        constant_words=sum(prod(integers(node, f"{side}_shape")) for side in constants),
        constant_bits=max((integer_type(node, f"{side}_dtype").bits for side in constants), default=0),
    )
