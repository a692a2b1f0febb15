# SPDX-License-Identifier: Apache-2.0
"""The choice of a default, and the way to the emulation form."""

import sys
from types import ModuleType

import pytest

from levada.compile.layers import LAYERS
from levada.compile.layers.base import BY_LEVADA, area, smallest
from levada.compile.layers.padding import FeatureMapPadding
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding
from levada.core.resources import Resources


def fold(cycles: int, lut: int, lanes: int = 1) -> Folding:
    return Folding(implementation="rtl", simd=lanes, cycles=cycles, resources=Resources(lut=lut), origins=BY_LEVADA)


def test_the_smallest_that_is_fast_enough_is_taken() -> None:
    assert smallest((fold(2_000_000, 10), fold(1_000_000, 20), fold(500_000, 40))) == 1


def test_the_fastest_is_taken_where_all_are_slow() -> None:
    assert smallest((fold(4_000_000, 10), fold(2_000_000, 20))) == 1


def test_of_equal_size_the_faster_is_taken() -> None:
    assert smallest((fold(9, 10), fold(3, 10))) == 1


def test_lanes_are_asked_for_only_where_there_are_any() -> None:
    assert smallest((fold(9, 10, 1), fold(3, 20, 2)), least_lanes=8) == 1


def test_a_dsp_slice_counts_as_many_lut_as_the_device_has_of_them() -> None:
    assert area(Resources(lut=10, dsp=1)) == 154
    assert area(Resources(bram18=2)) == 646
    assert area(Resources(lut=None, dsp=None, bram18=None)) == 0


def test_every_operation_is_registered_once() -> None:
    assert len({layer.op for layer in LAYERS}) == len(LAYERS) == 8


def test_the_emulation_form_is_imported_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    module = ModuleType("padding")
    module.emulate = lambda *arguments: seen.append(arguments)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, f"levada.compile.emulation.{FeatureMapPadding.emulation}", module)
    node = HardwareNode(name="N", op="FMPadding", attributes={}, inputs=(), outputs=())
    FeatureMapPadding().emulate(node, {}, None)  # type: ignore[arg-type]
    assert seen == [(node, {}, None)]
