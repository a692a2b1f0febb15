# SPDX-License-Identifier: Apache-2.0
"""MVAU: which foldings there are, what they keep in memory, and how build makes them."""

from collections.abc import Callable

import pytest

from levada.compile.layers.matrix import MatrixVector, detached_thresholds, matrix_unit
from levada.core.boards import Board
from levada.core.errors import GraphError
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding, Lanes, Memory
from levada.core.resources import Resources

Make = Callable[..., HardwareNode]
LAYER = MatrixVector()


def forms(foldings: tuple[Folding, ...]) -> set[tuple[str, str | None, str | None]]:
    return {(fold.implementation, fold.multiplier, fold.thresholds) for fold in foldings}


def test_an_activated_unit_has_five_forms(mvau: Make, board: Board) -> None:
    assert forms(LAYER.foldings(mvau(), board)) == {
        ("hls", "lut", "fused"),
        ("hls", "dsp", "fused"),
        ("hls", "lut", "standalone"),
        ("hls", "dsp", "standalone"),
        ("rtl", "dsp", "standalone"),
    }


def test_a_unit_without_activation_has_three_forms(plain_mvau: HardwareNode, board: Board) -> None:
    assert forms(LAYER.foldings(plain_mvau, board)) == {
        ("hls", "lut", None),
        ("hls", "dsp", None),
        ("rtl", "dsp", None),
    }


def test_every_divisor_is_offered(mvau: Make, board: Board) -> None:
    fused = [fold for fold in LAYER.foldings(mvau(), board) if (fold.multiplier, fold.thresholds) == ("lut", "fused")]
    assert {(fold.pe, fold.simd) for fold in fused} == {
        (pe, simd) for pe in (1, 2, 4, 8, 16) for simd in (1, 2, 3, 4, 6, 9, 12, 18, 36)
    }


@pytest.mark.parametrize("activated", [0, 1])
def test_no_rtl_folding_takes_a_whole_row_at_once(mvau: Make, board: Board, activated: int) -> None:
    node = mvau(noActivation=activated, outputDataType="INT13" if activated else "UINT5")
    rtl = [fold for fold in LAYER.foldings(node, board) if fold.implementation == "rtl"]
    assert rtl
    assert all(fold.simd < 36 for fold in rtl)


def test_hls_may_take_a_whole_row_at_once(mvau: Make, board: Board) -> None:
    assert any(fold.simd == 36 for fold in LAYER.foldings(mvau(), board))


def test_one_bit_weights_are_multiplied_by_lut_in_hls(mvau: Make, board: Board) -> None:
    bipolar = LAYER.foldings(mvau(weightDataType="BIPOLAR"), board)
    assert forms(bipolar) == {("hls", "lut", "fused"), ("hls", "lut", "standalone")}


@pytest.mark.parametrize(("pe", "simd", "words", "bits"), [(1, 1, 576, 4), (4, 9, 16, 144), (16, 36, 1, 2304)])
def test_weights_fill_a_memory_of_words_as_wide_as_the_fold(
    mvau: Make, board: Board, pe: int, simd: int, words: int, bits: int
) -> None:
    fold = next(fold for fold in LAYER.foldings(mvau(), board) if (fold.pe, fold.simd) == (pe, simd))
    assert fold.weights == Memory(words=words, bits=bits)


def test_the_weight_memory_holds_every_weight_whatever_the_fold(mvau: Make, board: Board) -> None:
    assert {fold.weights.words * fold.weights.bits for fold in LAYER.foldings(mvau(), board)} == {36 * 16 * 4}


def test_thresholds_fill_a_memory_of_their_own(mvau: Make, board: Board) -> None:
    bits = {
        fold.thresholds: fold.threshold_memory.words * fold.threshold_memory.bits
        for fold in LAYER.foldings(mvau(), board)
    }
    assert bits == {"fused": 16 * 31 * 13, "standalone": 16 * 31 * 14}


def test_no_activation_means_no_threshold_memory(plain_mvau: HardwareNode, board: Board) -> None:
    assert {fold.threshold_memory for fold in LAYER.foldings(plain_mvau, board)} == {None}


def test_standalone_thresholds_cost_less_lut_than_fused_ones(mvau: Make, board: Board) -> None:
    lut = {
        fold.thresholds: fold.resources.lut
        for fold in LAYER.foldings(mvau(), board)
        if (fold.pe, fold.simd, fold.multiplier) == (4, 9, "lut")
    }
    assert lut["standalone"] < lut["fused"]


def test_dsp_of_the_rtl_form_are_levadas(mvau: Make, board: Board) -> None:
    rtl = next(fold for fold in LAYER.foldings(mvau(), board) if fold.implementation == "rtl")
    assert (rtl.origins.dsp, rtl.origins.lut) == ("levada", "levada")


def test_the_default_has_eight_multipliers(mvau: Make, board: Board) -> None:
    foldings = LAYER.foldings(mvau(), board)
    default = foldings[LAYER.default(foldings)]
    assert 8 <= default.pe * default.simd <= 12


def test_the_default_of_a_tiny_unit_is_all_it_has(mvau: Make, board: Board) -> None:
    foldings = LAYER.foldings(mvau(MW=2, MH=3), board)
    default = foldings[LAYER.default(foldings)]
    assert default.pe * default.simd == 6


def test_the_default_of_a_large_unit_is_under_a_million_cycles(mvau: Make, board: Board) -> None:
    foldings = LAYER.foldings(mvau(MW=576, MH=64, accDataType="INT16", numInputVectors=(1, 56, 56)), board)
    assert foldings[LAYER.default(foldings)].cycles == 903_168


def test_build_gets_every_parameter_of_a_fused_folding(mvau: Make, board: Board) -> None:
    fold = next(fold for fold in LAYER.foldings(mvau(), board) if (fold.pe, fold.simd) == (4, 9))
    assert LAYER.finn_attributes(mvau(), fold) == {
        "PE": 4,
        "SIMD": 9,
        "resType": "lut",
        "preferred_impl_style": "hls",
        "ram_style_thresholds": "distributed",
    }


def test_build_leaves_the_thresholds_of_other_foldings_alone(plain_mvau: HardwareNode, board: Board) -> None:
    rtl = LAYER.foldings(plain_mvau, board)[-1]
    assert "ram_style_thresholds" not in LAYER.finn_attributes(plain_mvau, rtl)


def test_deep_fused_thresholds_are_built_in_block_ram(mvau: Make, board: Board) -> None:
    node = mvau(MW=512, MH=2048, accDataType="INT16")
    fold = next(fold for fold in LAYER.foldings(node, board) if (fold.pe, fold.thresholds) == (1, "fused"))
    assert LAYER.finn_attributes(node, fold)["ram_style_thresholds"] == "block"
    assert (fold.resources.bram18, fold.origins.bram18) == (31 * 2, "levada")


def test_detached_thresholds_compare_accumulators(mvau: Make) -> None:
    detached = detached_thresholds(mvau(), matrix_unit(mvau()))
    assert (detached.channels, detached.vectors) == (16, 64)
    assert (detached.inputs.name, detached.levels.name) == ("INT13", "INT14")


def test_input_beats_follow_simd_and_output_beats_pe() -> None:
    assert LAYER.lanes() == (Lanes.SIMD, Lanes.PE)


def test_a_missing_attribute_is_named_with_its_layer(mvau: Make, board: Board) -> None:
    node = mvau()
    del node.attributes["MW"]
    with pytest.raises(GraphError, match=r"layer 'MVAU_0' \(MVAU\) should have an integer as attribute 'MW', got None"):
        LAYER.foldings(node, board)


@pytest.mark.parametrize("thresholds", ["fused", "standalone"])
def test_the_part_of_the_thresholds_is_less_than_the_whole(
    mvau: Callable[..., HardwareNode], board: Board, thresholds: str
) -> None:
    asked = [fold for fold in MatrixVector().foldings(mvau(), board) if fold.thresholds == thresholds]
    assert asked
    assert all(0 < fold.threshold_resources.lut < fold.resources.lut for fold in asked)


def test_a_unit_without_activation_has_no_thresholds_to_pay_for(plain_mvau: HardwareNode, board: Board) -> None:
    assert {fold.threshold_resources for fold in MatrixVector().foldings(plain_mvau, board)} == {Resources()}
