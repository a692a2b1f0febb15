# SPDX-License-Identifier: Apache-2.0
"""LabelSelect: the labels of the best scores, best first."""

from levada.compile.costs.divisors import divisors
from levada.compile.costs.streaming import Selection, selection_resources
from levada.compile.layers.attributes import integer, integer_type
from levada.compile.layers.base import BY_LEVADA, FinnLayer
from levada.core.boards import Board
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding, Lanes


class LabelSelect(FinnLayer):
    """The last layer, HLS, folded by PE over the labels; it puts out one label a beat."""

    op = "LabelSelect"
    emulation = "label_select"

    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:  # noqa: ARG002 - the same on all boards
        """Return one folding for every PE that divides the labels (cycles: finn's ``LabelSelect.get_exp_cycles``)."""
        selection = _selection(node)
        return tuple(
            Folding(
                implementation="hls",
                pe=pe,
                cycles=selection.labels // pe,
                resources=selection_resources(selection, pe),
                origins=BY_LEVADA,
            )
            for pe in divisors(selection.labels)
        )

    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return PE for the input, one for the output."""
        return Lanes.PE, Lanes.ONE

    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:  # noqa: ARG002
        """Return PE."""
        return {"PE": folding.pe, "preferred_impl_style": "hls"}


def _selection(node: HardwareNode) -> Selection:
    return Selection(
        labels=integer(node, "Labels"),
        best=integer(node, "K"),
        score_bits=integer_type(node, "inputDataType").bits,
        label_bits=integer_type(node, "outputDataType").bits,
    )
