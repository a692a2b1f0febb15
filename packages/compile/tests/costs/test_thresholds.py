# SPDX-License-Identifier: Apache-2.0
"""Standalone thresholds."""

import pytest

from levada.compile.costs import thresholds as costs
from levada.compile.costs.rams import lutram_luts
from levada.compile.costs.thresholds import Thresholds
from levada.core.datatypes import datatype


def thresholds(
    channels: int = 256, vectors: int = 3136, levels: str = "INT6", output: str = "UINT5", *, shared: bool = False
) -> Thresholds:
    return Thresholds(
        channels=channels,
        vectors=vectors,
        inputs=datatype(levels),
        levels=datatype(levels),
        output=datatype(output),
        shared=shared,
    )


def tables(unit: Thresholds, pe: int) -> int:
    return pe * sum(lutram_luts(words, unit.levels.bits) for words in costs.stage_words(unit, pe))


# FINN 1.6.1 on ResNet-50 W4A5: channels, vectors, type of the levels, PE → cycles, LUT (tables alone)
@pytest.mark.parametrize(
    ("channels", "vectors", "levels", "cycles", "lut"),
    [
        (256, 3136, "INT6", 401_408, 744),
        (256, 3136, "INT5", 401_408, 620),
        (512, 784, "INT6", 200_704, 1488),
        (2048, 49, "INT6", 50_176, 5952),
    ],
)
def test_cycles_and_tables_are_those_of_finn(channels: int, vectors: int, levels: str, cycles: int, lut: int) -> None:
    unit = thresholds(channels, vectors, levels)
    assert (costs.cycles(unit, 2), tables(unit, 2)) == (cycles, lut)


def test_each_stage_of_the_search_is_twice_as_deep_as_the_one_before() -> None:
    assert costs.stage_words(thresholds(16), 1) == (16, 32, 64, 128, 256)


def test_a_level_of_n_bits_has_two_to_the_n_less_one_steps() -> None:
    assert thresholds(output="UINT5").steps == 31
    assert thresholds(output="BIPOLAR").steps == 1


def test_lut_exceed_what_finn_counts() -> None:
    unit = thresholds()
    assert costs.lut(unit, 2) > 1.2 * tables(unit, 2)


def test_lut_of_a_small_layer_are_near_synthesis() -> None:
    # yosys: 198 LUT for 16 channels, 5 bits out, PE 1; 11-bit levels give FINN's 99 LUT of tables
    unit = thresholds(16, levels="INT11")
    assert tables(unit, 1) == 99
    assert costs.lut(unit, 1) == pytest.approx(198, rel=0.1)


def test_deep_stages_leave_lut_ram_for_block_ram() -> None:
    unit = thresholds(2048, levels="INT16")
    assert costs.bram18(unit, 2) == 2 * (1 + 2 + 4 + 8 + 16)
    assert costs.lut(unit, 2) == 5 * 16 * 2 + 40


def test_a_stage_that_would_leave_block_ram_half_empty_stays_in_lut_ram() -> None:
    assert costs.bram18(thresholds(256, levels="INT6"), 2) == 0


def test_shallow_stages_need_no_block_ram() -> None:
    assert costs.bram18(thresholds(32), 1) == 0


def test_registers_grow_with_pe() -> None:
    unit = thresholds()
    assert costs.ff(unit, 4) - 60 == 4 * (costs.ff(unit, 1) - 60)


def test_levels_that_channels_share_are_a_row_of_each_stage() -> None:
    assert costs.stage_words(thresholds(2048, shared=True), 2) == (1, 2, 4, 8, 16)


def test_levels_that_channels_share_are_never_in_block_ram() -> None:
    deep = {"channels": 2048, "levels": "INT24"}
    assert costs.bram18(thresholds(**deep, shared=True), 1) == 0 < costs.bram18(thresholds(**deep), 1)


def test_levels_that_channels_share_cost_the_same_for_any_number_of_channels() -> None:
    assert costs.lut(thresholds(64, shared=True), 2) == costs.lut(thresholds(2048, shared=True), 2)
