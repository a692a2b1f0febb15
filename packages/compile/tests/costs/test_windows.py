# SPDX-License-Identifier: Apache-2.0
"""Sliding windows against FINN's figures for ResNet-50 W4A5."""

import pytest

from levada.compile.costs import windows as costs
from levada.compile.costs.windows import Style, Window


def window(channels: int, size: int, side: int, stride: int = 1, **changed: object) -> Window:
    out = (size - side) // stride + 1
    fields = {
        "channels": channels,
        "bits": 5,
        "kernel": (side, side),
        "input": (size, size),
        "output": (out, out),
        "stride": (stride, stride),
        "dilation": (1, 1),
        "depthwise": False,
    }
    return Window(**{**fields, **changed})


# FINN 1.6.1: window, SIMD → cycles, LUT
RESNET50 = [
    (window(3, 230, 7, 2, bits=8), 3, 616_043, 1308),
    (window(64, 114, 3, 2, depthwise=True), 4, 504_144, 3140),
    (window(64, 58, 3), 4, 453_488, 1320),
    (window(128, 58, 3, 2), 4, 229_600, 3140),
    (window(128, 30, 3), 4, 227_808, 1380),
    (window(512, 16, 3, 2), 4, 60_928, 3140),
    (window(512, 9, 3), 4, 59_136, 1720),
    (window(2048, 7, 7, 7, depthwise=True), 4, 74_746, 13_520),
]


@pytest.mark.parametrize(("shape", "simd", "cycles", "lut"), RESNET50)
def test_cycles_and_lut_are_those_of_finn(shape: Window, simd: int, cycles: int, lut: int) -> None:
    style = Style.DEFAULT
    assert (costs.cycles(shape, simd, style), costs.lut(shape, simd, style)) == (cycles, lut)


def test_a_strided_1x1_window_is_parallel_and_as_finn_says() -> None:
    shape = window(256, 56, 1, 2)
    assert costs.styles(shape, 4) == (Style.PARALLEL,)
    assert (costs.cycles(shape, 4, Style.PARALLEL), costs.lut(shape, 4, Style.PARALLEL)) == (200_706, 320)


def test_whole_windows_lift_the_floor_of_the_first_layer() -> None:
    assert costs.cycles(window(3, 230, 7, 2), 3, Style.PARALLEL) == 52_902


def test_whole_windows_need_all_channels_unless_depthwise() -> None:
    assert costs.styles(window(64, 58, 3), 32) == (Style.DEFAULT,)
    assert costs.styles(window(64, 58, 3), 64) == (Style.DEFAULT, Style.PARALLEL)
    assert costs.styles(window(64, 58, 3, depthwise=True), 1) == (Style.DEFAULT, Style.PARALLEL)


def test_a_beat_of_whole_windows_holds_every_element() -> None:
    shape = window(64, 58, 3)
    assert costs.output_lanes(shape, 64, Style.PARALLEL) == 576
    assert costs.output_lanes(shape, 64, Style.DEFAULT) == 64


@pytest.mark.parametrize("across", [(1, 40), (40, 1)])
def test_a_flat_input_costs_the_same_lying_or_standing(across: tuple[int, int]) -> None:
    sizes = {"input": across, "kernel": tuple(min(3, length) for length in across)}
    flat = window(8, 40, 3, **sizes, output=tuple(max(length - 2, 1) for length in across))
    assert costs.cycles(flat, 2, Style.DEFAULT) == 38 * 3 * 4 + 2


def test_a_flat_depthwise_window_waits_for_the_longer_of_input_and_output() -> None:
    flat = window(8, 40, 3, input=(1, 40), kernel=(1, 3), output=(1, 38), depthwise=True)
    assert costs.cycles(flat, 2, Style.DEFAULT) == 38 * 3 * 4 + 3 * 3 + 2


def test_registers_hold_a_beat() -> None:
    shape = window(64, 58, 3)
    assert costs.ff(shape, 4, Style.DEFAULT) == 64 + 20
    assert costs.ff(shape, 64, Style.PARALLEL) == 64 + 576 * 5
