# SPDX-License-Identifier: Apache-2.0
"""Sliding windows (ConvolutionInputGenerator_rtl): cycles, buffer, LUT and FF, buffers in LUT RAM."""

from enum import Enum

from levada.compile.costs.divisors import ceil_div
from levada.core.manifests.common import Record

Pair = tuple[int, int]


class Style(Enum):
    """``DEFAULT`` emits a window element by element, ``PARALLEL`` whole windows at once. 1x1 windows are always parallel."""

    DEFAULT = "default"
    PARALLEL = "parallel"


class Window(Record, frozen=True, kw_only=True):
    """What the cost depends on besides SIMD and style; pairs are (height, width)."""

    channels: int
    bits: int
    kernel: Pair
    input: Pair
    output: Pair
    stride: Pair
    dilation: Pair
    depthwise: bool

    @property
    def elements(self) -> int:
        """Return how many positions a window covers."""
        return self.kernel[0] * self.kernel[1]

    @property
    def flat(self) -> bool:
        """Say whether the input has one dimension only."""
        return 1 in self.input


def styles(window: Window, simd: int) -> tuple[Style, ...]:
    """Return the styles that SIMD allows (finn: ``select_impl_style``).

    Whole windows of part of the channels come in an order that only a depthwise consumer understands.
    """
    if window.elements == 1:
        return (Style.PARALLEL,)
    whole = window.depthwise or simd == window.channels
    return (Style.DEFAULT, Style.PARALLEL) if whole else (Style.DEFAULT,)


def output_lanes(window: Window, simd: int, style: Style) -> int:
    """Return the elements in a beat of the output (finn: ``get_folded_output_shape``)."""
    return window.elements * simd if style is Style.PARALLEL else simd


def cycles(window: Window, simd: int, style: Style) -> int:
    """Return the cycles per inference (finn: ``ConvolutionInputGenerator_rtl.get_exp_cycles``)."""
    fold = window.channels // simd
    if style is Style.PARALLEL:
        return window.input[0] * window.input[1] * fold + 2
    return _flat_cycles(window, fold) if window.flat else _image_cycles(window, fold)


def _image_cycles(window: Window, fold: int) -> int:
    width, out_width, stride = window.input[1], window.output[1], window.stride
    row = max(out_width * window.elements * fold, stride[1] * width * fold)
    if window.depthwise:
        row += out_width * (stride[1] - 1) * (fold - 1)
    refill = (stride[0] - 1) * width * fold if window.depthwise else 0
    return _reach(window) * fold + window.output[0] * row + refill


def _flat_cycles(window: Window, fold: int) -> int:
    along = 0 if window.input[1] == 1 else 1
    kernel, stride, out = window.kernel[along], window.stride[along], window.output[along]
    if not window.depthwise:
        return out * kernel * fold + 2
    emitted = out * kernel * fold + (fold - 1) * kernel
    taken = window.input[along] * fold + fold * (kernel - 1) * (stride - 1)
    return max(emitted, taken) + 2


def _reach(window: Window) -> int:
    """Return how many pixels lie between the first and the last of a window, both included."""
    return (
        (window.kernel[0] - 1) * window.dilation[0] * window.input[1] + (window.kernel[1] - 1) * window.dilation[1] + 1
    )


def buffer_words(window: Window, simd: int, style: Style) -> int:
    """Return the depth of the buffer in beats (finn: ``get_buffer_depth``)."""
    fold = window.channels // simd
    if style is Style.PARALLEL:
        return (_reach(window) - 1) * fold + 2
    ahead = max(0, window.stride[1] - 1 - window.elements) + max(
        0, (window.stride[0] - 1) * window.input[1] - window.elements
    )
    return (_reach(window) + ahead) * fold


def lut(window: Window, simd: int, style: Style) -> int:
    """Return the LUT with the buffer in LUT RAM (finn: ``lut_estimation``, ``ram_style=distributed``)."""
    return 300 + simd * window.bits * ceil_div(buffer_words(window, simd, style), 38)


def ff(window: Window, simd: int, style: Style) -> int:
    """Return the FF.

    levada: 64 of counters and a register for the beat, for whole windows one for every element of it; two default generators are
    77 and 90 FF in yosys.
    """
    return 64 + output_lanes(window, simd, style) * window.bits
