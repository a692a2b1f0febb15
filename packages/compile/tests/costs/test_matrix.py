# SPDX-License-Identifier: Apache-2.0
"""Matrix-vector units against FINN's figures for ResNet-50 W4A5, and against yosys synthesis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.compile.costs import matrix
from levada.compile.costs.matrix import MatrixUnit, Multiplier, Rom
from levada.core.datatypes import datatype


def unit(mw: int = 576, mh: int = 64, bits: str = "4x5", accumulator: str = "INT16", **changed: object) -> MatrixUnit:
    weights, _, inputs = bits.partition("x")
    fields = {
        "mw": mw,
        "mh": mh,
        "vectors": 3136,
        "weights": datatype(f"INT{weights}"),
        "inputs": datatype(f"UINT{inputs}"),
        "accumulator": datatype(accumulator),
        "output": datatype("UINT5"),
        "activated": True,
    }
    return MatrixUnit(**{**fields, **changed})


# FINN 1.6.1 on ResNet-50 W4A5: (MW, MH, vectors, accumulator, PE, SIMD) → cycles
RESNET50 = [
    ((64, 64, 3136, "INT13", 1, 16), 802_816),
    ((64, 256, 3136, "INT13", 2, 32), 802_816),
    ((576, 64, 3136, "INT16", 2, 64), 903_168),
    ((1152, 128, 784, "INT17", 2, 64), 903_168),
    ((2304, 256, 196, "INT18", 2, 64), 903_168),
    ((1024, 2048, 49, "INT17", 2, 64), 802_816),
]
# yosys 0.70 for UltraScale+: weights x inputs, PE, SIMD → LUT, FF, DSP
YOSYS = [
    ("4x5", 1, 16, 350, 480, 16),
    ("4x5", 2, 64, 2592, 3295, 64),
    ("4x5", 4, 64, 4965, 6224, 128),
    ("4x5", 16, 32, 10_621, 13_855, 192),
    ("4x5", 32, 16, 11_685, 16_036, 176),
    ("4x5", 64, 9, 16_105, 29_224, 198),
    ("4x5", 32, 32, 21_430, 27_714, 352),
    ("4x5", 8, 16, 3529, 4564, 48),
    ("4x4", 8, 16, 3298, 4315, 32),
    ("8x8", 8, 16, 4577, 6245, 64),
    ("8x8", 16, 21, 9670, 16_301, 168),
]
SMALL_RTL = [("4x5", 1, 8, 218, 320, 8), ("4x5", 1, 27, 519, 691, 27), ("4x5", 1, 48, 1019, 1431, 48)]


@pytest.mark.parametrize(("shape", "cycles"), RESNET50)
def test_cycles_are_those_of_finn(shape: tuple, cycles: int) -> None:
    mw, mh, vectors, accumulator, pe, simd = shape
    assert matrix.cycles(unit(mw, mh, accumulator=accumulator, vectors=vectors), pe, simd) == cycles


# yosys 0.70 for UltraScale+, without DSP: products and their sum, comparisons and their count, a buffer
DOTS = [("4x5", 16, 642), ("4x5", 32, 1297), ("8x8", 3, 367)]
COMPARISONS = [(31, 16, 383), (31, 6, 197), (3, 12, 26), (3, 5, 17)]
BUFFERS = [(9, 169), (16, 176), (36, 466), (72, 809)]


@pytest.mark.parametrize(("bits", "simd", "lut"), DOTS)
def test_products_and_their_sum_are_near_synthesis(bits: str, simd: int, lut: int) -> None:
    one_beat = unit(mw=simd, bits=bits, activated=False)
    counted = matrix.hls_lut(one_beat, (1, simd), Multiplier.LUT, Rom.NONE) - 300 - one_beat.accumulator_bits
    assert counted == pytest.approx(lut, rel=0.26)


@pytest.mark.parametrize(("steps", "bits", "lut"), COMPARISONS)
def test_comparisons_are_under_a_synthesis_that_packs_no_two_functions_into_a_lut(
    steps: int, bits: int, lut: int
) -> None:
    output = datatype(f"UINT{(steps + 1).bit_length() - 1}")
    # one row, so that there are no tables
    compared = matrix.activation_lut(unit(mh=1, accumulator=f"INT{bits}", output=output), 1, Rom.LUTRAM)
    assert 0.6 * lut <= compared <= 1.3 * lut


@pytest.mark.parametrize(("registers", "lut"), BUFFERS)
def test_the_input_buffer_is_near_synthesis(registers: int, lut: int) -> None:
    # 32 bits of inputs in a beat
    kept = unit(mw=8 * registers, inputs=datatype("UINT4"))
    assert matrix.buffer_lut(kept, (1, 8)) == pytest.approx(lut, rel=0.25)


def test_inputs_that_are_used_once_are_not_kept() -> None:
    assert matrix.buffer_lut(unit(mw=576, mh=64), (64, 64)) == 0


def test_a_row_that_comes_in_one_beat_is_held_by_its_port() -> None:
    assert matrix.buffer_lut(unit(mw=64, mh=64), (2, 64)) == 0


@pytest.mark.parametrize("terms", [1, 2, 3, 7, 64])
def test_a_tree_has_one_adder_less_than_terms(terms: int) -> None:
    assert (terms - 1) * 10 <= matrix.adder_tree(terms, 9) <= (terms - 1) * (10 + terms.bit_length())


@pytest.mark.parametrize(("mh", "rom"), [(510, Rom.LUTRAM), (512, Rom.BRAM)])
def test_tables_of_256_words_go_into_block_ram(mh: int, rom: Rom) -> None:
    assert matrix.threshold_rom(unit(mh=mh), 2) is rom


def test_thresholds_in_block_ram_keep_their_comparators() -> None:
    lut = [matrix.activation_lut(unit(mh=64), 2, rom) for rom in (Rom.NONE, Rom.BRAM, Rom.LUTRAM)]
    assert lut[0] == 0 < lut[1] < lut[2]


def test_a_single_row_of_thresholds_is_constants() -> None:
    assert matrix.activation_lut(unit(mh=64), 64, Rom.LUTRAM) == matrix.activation_lut(unit(mh=64), 64, Rom.BRAM)


@pytest.mark.parametrize(("bits", "pe", "simd", "lut", "ff", "dsp"), [*YOSYS, *SMALL_RTL])
def test_dsp_of_the_rtl_form_are_exact(bits: str, pe: int, simd: int, lut: int, ff: int, dsp: int) -> None:
    assert matrix.rtl_dsp(unit(bits=bits), pe, simd) == dsp


@pytest.mark.parametrize(("bits", "pe", "simd", "lut", "ff", "dsp"), [*YOSYS, *SMALL_RTL])
def test_lut_of_the_rtl_form_are_within_15_percent(bits: str, pe: int, simd: int, lut: int, ff: int, dsp: int) -> None:
    assert matrix.rtl_lut(unit(bits=bits), pe, simd) == pytest.approx(lut, rel=0.15)


@pytest.mark.parametrize(("bits", "pe", "simd", "lut", "ff", "dsp"), [*YOSYS, *SMALL_RTL])
def test_ff_of_the_rtl_form_are_within_20_percent(bits: str, pe: int, simd: int, lut: int, ff: int, dsp: int) -> None:
    assert matrix.rtl_ff(unit(bits=bits), pe, simd) == pytest.approx(ff, rel=0.205)


@pytest.mark.parametrize(("bits", "lanes"), [("4x4", 4), ("4x5", 3), ("8x5", 2), ("8x8", 2), ("2x2", 9), ("27x4", 1)])
def test_lanes_follow_the_widths(bits: str, lanes: int) -> None:
    assert matrix.rtl_lanes(unit(bits=bits)) == lanes


@pytest.mark.parametrize("pe", [1, 2, 64])
def test_an_rtl_unit_never_takes_a_whole_row_at_once(pe: int) -> None:
    assert not matrix.rtl_fold_sound(unit(mw=27), pe, 27)


def test_an_rtl_unit_may_take_half_a_row() -> None:
    assert matrix.rtl_fold_sound(unit(mw=32), 1, 16)


@given(st.integers(1, 64), st.integers(1, 64))
def test_a_sound_rtl_fold_has_simd_under_mw(pe: int, simd: int) -> None:
    assert not matrix.rtl_fold_sound(unit(mw=simd), pe, simd)


@pytest.mark.parametrize("bits", ["1x5", "4x1"])
def test_the_rtl_form_needs_two_bits_on_both_sides(bits: str) -> None:
    assert not matrix.rtl_possible(unit(bits=bits))


def test_the_rtl_form_needs_signed_weights() -> None:
    assert not matrix.rtl_possible(unit(weights=datatype("UINT4")))


def test_the_rtl_form_ends_at_the_accumulator_of_a_dsp_slice() -> None:
    assert matrix.rtl_possible(unit(accumulator="INT48"))
    assert not matrix.rtl_possible(unit(accumulator="INT49"))


def test_unsigned_inputs_lose_a_bit_of_the_dsp_port() -> None:
    assert matrix.rtl_possible(unit(inputs=datatype("INT18")))
    assert not matrix.rtl_possible(unit(inputs=datatype("UINT18")))


def test_hls_streams_end_at_8191_bits() -> None:
    assert matrix.hls_possible(unit(mw=4096), 16, 127)
    assert not matrix.hls_possible(unit(mw=4096), 16, 128)


def test_a_long_row_needs_several_lanes_in_hls() -> None:
    assert not matrix.hls_possible(unit(mw=2048), 1, 1)
    assert matrix.hls_possible(unit(mw=2048), 1, 2)


def test_weights_of_an_rtl_unit_may_come_wider_than_hls_takes_them() -> None:
    wide = (16, 256)
    assert matrix.weight_stream_bits(unit(mw=4096), *wide) == 16384
    assert matrix.rtl_fold_sound(unit(mw=4096), *wide)
    assert not matrix.hls_possible(unit(mw=4096), *wide)


def test_weights_of_an_rtl_unit_end_at_16384_bits() -> None:
    assert not matrix.rtl_fold_sound(unit(mw=4096), 17, 256)


def test_inputs_of_an_rtl_unit_end_at_8191_bits_all_the_same() -> None:
    assert matrix.rtl_fold_sound(unit(mw=4096), 1, 1024)
    assert not matrix.rtl_fold_sound(unit(mw=4096), 1, 2048)


def test_dsp_multipliers_replace_those_of_lut() -> None:
    fold = (2, 64)
    assert matrix.hls_dsp(unit(), fold, Multiplier.DSP) == 128
    assert matrix.hls_lut(unit(), fold, Multiplier.DSP, Rom.NONE) < matrix.hls_lut(
        unit(), fold, Multiplier.LUT, Rom.NONE
    )


def test_multipliers_of_lut_take_no_dsp() -> None:
    assert matrix.hls_dsp(unit(), (64, 64), Multiplier.LUT) == 0


def test_dsp_multipliers_save_the_registers_of_products() -> None:
    saved = matrix.hls_ff(unit(), (2, 64), Multiplier.LUT) - matrix.hls_ff(unit(), (2, 64), Multiplier.DSP)
    assert saved == 2 * 64 * 9


def test_no_activation_means_no_thresholds() -> None:
    plain = unit(activated=False)
    assert matrix.threshold_rom(plain, 1) is Rom.NONE
    assert plain.thresholds == 0


def test_fused_thresholds_take_a_block_per_step_and_pe() -> None:
    assert matrix.fused_bram18(unit(mh=2048), 2, Rom.BRAM) == 2 * 31
    assert matrix.fused_bram18(unit(mh=2048), 2, Rom.LUTRAM) == 0


def test_a_default_accumulator_is_bounded_by_the_types() -> None:
    assert unit(64, accumulator="INT32").accumulator_bits == 16
    assert unit(64, accumulator="INT13").accumulator_bits == 13


def test_a_wider_product_costs_more_in_rtl() -> None:
    narrow, wide = (matrix.rtl_lut(unit(bits=bits), 8, 16) for bits in ("4x5", "8x8"))
    assert wide == pytest.approx(1.4 * narrow, abs=1)


def test_the_weight_stream_is_a_word_of_the_weight_memory() -> None:
    assert matrix.weight_stream_bits(unit(), 2, 64) == 512
