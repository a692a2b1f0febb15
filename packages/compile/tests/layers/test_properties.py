# SPDX-License-Identifier: Apache-2.0
"""What holds for every shape: nothing is lost by folding, and what is called FINN's is FINN's."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levada.compile.costs.matrix import WIDEST_STREAM_BITS
from levada.compile.layers.adding import ElementwiseAdd
from levada.compile.layers.matrix import MatrixVector
from levada.compile.layers.thresholding import Thresholding
from levada.compile.layers.window import WindowGenerator
from levada.core.boards import Board
from levada.core.datatypes import datatype
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding

BITS = st.integers(1, 9)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def shapes(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an MVAU's sizes and types."""
    weights, inputs = draw(BITS), draw(BITS)
    activated = draw(st.booleans())
    accumulator = f"INT{weights + inputs + draw(st.integers(4, 12))}"
    return {
        "MW": draw(st.integers(1, 96)),
        "MH": draw(st.integers(1, 48)),
        "numInputVectors": (1, draw(st.integers(1, 9)), draw(st.integers(1, 9))),
        "weightDataType": "BIPOLAR" if weights == 1 else f"INT{weights}",
        "inputDataType": f"{'' if inputs > 1 and draw(st.booleans()) else 'U'}INT{inputs}",
        "accDataType": accumulator,
        "outputDataType": f"UINT{draw(st.integers(1, 5))}" if activated else accumulator,
        "noActivation": int(not activated),
    }


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a sliding window that fits its image."""
    kernel = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    dilation = (draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    stride = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    reach = [(size - 1) * gap + 1 for size, gap in zip(kernel, dilation, strict=True)]
    output = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    sizes = [side + (out - 1) * step for side, out, step in zip(reach, output, stride, strict=True)]
    image = tuple(max(size, step) for size, step in zip(sizes, stride, strict=True))
    return {
        "ConvKernelDim": kernel,
        "Dilation": dilation,
        "Stride": stride,
        "OFMDim": output,
        "IFMDim": image,
        "IFMChannels": draw(st.sampled_from([1, 4, 6])),
        "depthwise": draw(st.integers(0, 1)),
    }


def product(folding: Folding) -> int:
    assert folding.weights is not None
    return folding.weights.words * folding.weights.bits


@FEW
@given(shape=shapes())
def test_no_weight_is_lost_by_folding(mvau: Callable[..., HardwareNode], board: Board, shape: dict[str, Any]) -> None:
    whole = shape["MW"] * shape["MH"] * datatype(shape["weightDataType"]).bits
    assert {product(fold) for fold in MatrixVector().foldings(mvau(**shape), board)} == {whole}


@FEW
@given(shape=shapes())
def test_no_rtl_unit_of_any_shape_takes_a_whole_row(
    mvau: Callable[..., HardwareNode], board: Board, shape: dict[str, Any]
) -> None:
    rtl = [fold for fold in MatrixVector().foldings(mvau(**shape), board) if fold.implementation == "rtl"]
    assert all(fold.simd < shape["MW"] for fold in rtl)


@FEW
@given(shape=shapes())
def test_every_product_is_computed_once(mvau: Callable[..., HardwareNode], board: Board, shape: dict[str, Any]) -> None:
    _, rows, columns = shape["numInputVectors"]
    macs = shape["MW"] * shape["MH"] * rows * columns
    assert {fold.cycles * fold.pe * fold.simd for fold in MatrixVector().foldings(mvau(**shape), board)} == {macs}


@FEW
@given(shape=shapes())
def test_no_weight_stream_is_wider_than_what_can_be_built(
    mvau: Callable[..., HardwareNode], board: Board, shape: dict[str, Any]
) -> None:
    foldings = MatrixVector().foldings(mvau(**shape), board)
    assert max(fold.weights.bits for fold in foldings) <= WIDEST_STREAM_BITS


@FEW
@given(shape=shapes())
def test_one_choice_is_offered_once(mvau: Callable[..., HardwareNode], board: Board, shape: dict[str, Any]) -> None:
    foldings = MatrixVector().foldings(mvau(**shape), board)
    choices = {(f.implementation, f.multiplier, f.thresholds, f.pe, f.simd) for f in foldings}
    assert len(choices) == len(foldings)


@FEW
@given(shape=shapes())
def test_a_default_is_always_one_of_the_foldings(
    mvau: Callable[..., HardwareNode], board: Board, shape: dict[str, Any]
) -> None:
    foldings = MatrixVector().foldings(mvau(**shape), board)
    assert 0 <= MatrixVector().default(foldings) < len(foldings)


@FEW
@given(shape=shapes(), choice=st.integers(0, 10_000))
def test_dsp_and_cycles_of_an_hls_unit_of_any_shape_are_finns(
    figures: Any, mvau: Callable[..., HardwareNode], board: Board, shape: dict[str, Any], choice: int
) -> None:
    node = mvau(**shape)
    plain = [
        f for f in MatrixVector().foldings(node, board) if f.implementation == "hls" and f.thresholds != "standalone"
    ]
    fold = plain[choice % len(plain)]
    said = figures(MatrixVector(), node, fold)
    assert (fold.cycles, fold.resources.dsp) == (said.cycles, said.resources["DSP"])


@FEW
@given(shape=windows(), choice=st.integers(0, 100))
def test_cycles_and_lut_of_any_window_are_finns(
    figures: Any, window: HardwareNode, board: Board, shape: dict[str, Any], choice: int
) -> None:
    window.attributes.update(shape)
    foldings = WindowGenerator().foldings(window, board)
    fold = foldings[choice % len(foldings)]
    said = figures(WindowGenerator(), window, fold)
    assert (fold.cycles, fold.resources.lut) == (said.cycles, said.resources["LUT"])


@FEW
@given(channels=st.sampled_from([1, 12, 512, 2048]), bits=st.integers(2, 24), output=st.integers(1, 6))
def test_block_ram_of_any_thresholds_is_finns(
    figures: Any, thresholding: HardwareNode, board: Board, channels: int, bits: int, output: int
) -> None:
    thresholding.attributes.update(NumChannels=channels, weightDataType=f"INT{bits}", outputDataType=f"UINT{output}")
    for fold in Thresholding().foldings(thresholding, board)[:3]:
        said = figures(Thresholding(), thresholding, fold)
        # where a shallow table fills a RAMB18 exactly FINN prefers block RAM; Levada's trigger keeps it in LUT RAM
        assert fold.resources.bram18 <= said.resources["BRAM_18K"]
        assert fold.resources.uram == said.resources["URAM"] == 0


@pytest.mark.parametrize("pe", [1, 8, 1000])
def test_constants_of_a_sum_take_the_lut_that_finn_counts_for_streamed_ones(
    figures: Any, bias: HardwareNode, board: Board, pe: int
) -> None:
    # FINN counts embedded constants, as they are built here, as nothing
    bias.attributes["mem_mode"] = "internal_decoupled"
    fold = next(fold for fold in ElementwiseAdd().foldings(bias, board) if fold.pe == pe)
    table = figures(ElementwiseAdd(), bias, fold).resources["LUT"]
    assert fold.resources.lut == table + 24 + pe * (24 + 25) + 2 * 8 + pe * 25


@pytest.mark.parametrize("pe", [1, 8])
def test_the_side_of_the_constant_does_not_matter(bias: HardwareNode, board: Board, pe: int) -> None:
    right = next(fold for fold in ElementwiseAdd().foldings(bias, board) if fold.pe == pe)
    other = {"lhs": "rhs", "rhs": "lhs"}
    swapped = {other.get(name[:3], name[:3]) + name[3:]: value for name, value in bias.attributes.items()}
    left = HardwareNode(name="Add_1", op="ElementwiseAdd", attributes=swapped, inputs=bias.inputs, outputs=bias.outputs)
    assert next(fold for fold in ElementwiseAdd().foldings(left, board) if fold.pe == pe) == right
