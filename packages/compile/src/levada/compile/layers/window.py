# SPDX-License-Identifier: Apache-2.0
"""ConvolutionInputGenerator: the sliding windows before a convolution or a pooling."""

from levada.compile.costs import windows as costs
from levada.compile.costs.divisors import divisors
from levada.compile.costs.windows import Style, Window
from levada.compile.layers.attributes import integer, integer_type, pair
from levada.compile.layers.base import FINN, LEVADA, FinnLayer
from levada.core.boards import Board
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding, Lanes, Origins
from levada.core.resources import Resources

_ORIGINS = Origins(lut=FINN, ff=LEVADA, bram18=FINN, uram=FINN, dsp=FINN)


class WindowGenerator(FinnLayer):
    """Sliding windows, RTL, folded by SIMD over the channels, buffers in LUT RAM.

    PE of its foldings counts the elements in an output beat: as many as SIMD, or those of whole windows (``parallel_window``).
    A depthwise generator feeds a pooling, which takes no whole windows.
    """

    op = "ConvolutionInputGenerator"
    emulation = "window"

    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:  # noqa: ARG002 - the same on all boards
        """Return one folding for every SIMD that divides the channels, and one more where whole windows may be put out."""
        window = _window(node)
        folds = [(simd, style) for simd in divisors(window.channels) for style in _styles(window, simd)]
        return tuple(_folding(window, simd, style) for simd, style in folds)

    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return SIMD for the input, and PE for the output."""
        return Lanes.SIMD, Lanes.PE

    def rigid(self, node: HardwareNode) -> bool:
        """Say yes for a depthwise generator: it puts out the windows of one beat's channels, then those of the next."""
        return integer(node, "depthwise", 0) == 1

    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:  # noqa: ARG002
        """Return SIMD, the style, and LUT RAM for the buffer."""
        return {
            "SIMD": folding.simd,
            "parallel_window": int(folding.pe > folding.simd),
            "ram_style": "distributed",
            "preferred_impl_style": "rtl",
        }


def _styles(window: Window, simd: int) -> tuple[Style, ...]:
    styles = costs.styles(window, simd)
    return styles[:1] if window.depthwise else styles


def _window(node: HardwareNode) -> Window:
    return Window(
        channels=integer(node, "IFMChannels"),
        bits=integer_type(node, "inputDataType").bits,
        kernel=pair(node, "ConvKernelDim"),
        input=pair(node, "IFMDim"),
        output=pair(node, "OFMDim"),
        stride=pair(node, "Stride"),
        dilation=pair(node, "Dilation"),
        depthwise=integer(node, "depthwise", 0) == 1,
    )


def _folding(window: Window, simd: int, style: Style) -> Folding:
    return Folding(
        implementation="rtl",
        pe=costs.output_lanes(window, simd, style),
        simd=simd,
        cycles=costs.cycles(window, simd, style),
        resources=Resources(lut=costs.lut(window, simd, style), ff=costs.ff(window, simd, style)),
        origins=_ORIGINS,
    )
