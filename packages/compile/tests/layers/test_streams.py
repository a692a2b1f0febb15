# SPDX-License-Identifier: Apache-2.0
"""The layers that move, copy, add and pick: their parallelism, their beats, and how build makes them."""

import pytest

from levada.compile.layers.adding import ElementwiseAdd
from levada.compile.layers.duplicating import DuplicateStreams
from levada.compile.layers.padding import FeatureMapPadding
from levada.compile.layers.pooling import Pool
from levada.compile.layers.selecting import LabelSelect
from levada.compile.layers.thresholding import Thresholding, rom_attributes
from levada.compile.layers.window import WindowGenerator
from levada.core.boards import Board
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Lanes, Memory

ONE_PARAMETER = {"padding": FeatureMapPadding, "duplicate": DuplicateStreams, "join": ElementwiseAdd, "pool": Pool}


@pytest.mark.parametrize("name", ONE_PARAMETER)
def test_every_divisor_of_the_channels_is_offered(request: pytest.FixtureRequest, board: Board, name: str) -> None:
    foldings = ONE_PARAMETER[name]().foldings(request.getfixturevalue(name), board)
    assert [fold.pe * fold.simd for fold in foldings] == [1, 2, 3, 4, 6, 12]


@pytest.mark.parametrize("name", ONE_PARAMETER)
def test_twice_the_lanes_take_half_the_cycles(request: pytest.FixtureRequest, board: Board, name: str) -> None:
    one, two, *_ = ONE_PARAMETER[name]().foldings(request.getfixturevalue(name), board)
    assert one.cycles == 2 * two.cycles


@pytest.mark.parametrize("name", ONE_PARAMETER)
def test_all_lanes_cost_more_than_one(request: pytest.FixtureRequest, board: Board, name: str) -> None:
    luts = [fold.resources.lut for fold in ONE_PARAMETER[name]().foldings(request.getfixturevalue(name), board)]
    assert luts[-1] > luts[0]


@pytest.mark.parametrize(
    ("layer", "lanes"),
    [
        (FeatureMapPadding, (Lanes.SIMD, Lanes.SIMD)),
        (WindowGenerator, (Lanes.SIMD, Lanes.PE)),
        (Thresholding, (Lanes.PE, Lanes.PE)),
        (ElementwiseAdd, (Lanes.PE, Lanes.PE)),
        (DuplicateStreams, (Lanes.PE, Lanes.PE)),
        (Pool, (Lanes.PE, Lanes.PE)),
        (LabelSelect, (Lanes.PE, Lanes.ONE)),
    ],
)
def test_beats_follow_the_parameter_that_folds(layer: type, lanes: tuple[Lanes, Lanes]) -> None:
    assert layer().lanes() == lanes


def test_no_stream_layer_has_weights(request: pytest.FixtureRequest, board: Board) -> None:
    for name, layer in ONE_PARAMETER.items():
        assert all(fold.weights is None for fold in layer().foldings(request.getfixturevalue(name), board))


def test_whole_windows_are_offered_with_all_channels_only(window: HardwareNode, board: Board) -> None:
    whole = [fold for fold in WindowGenerator().foldings(window, board) if fold.pe > fold.simd]
    assert [(fold.simd, fold.pe) for fold in whole] == [(12, 108)]


def test_a_pooling_is_never_given_whole_windows(window: HardwareNode, board: Board) -> None:
    window.attributes.update(depthwise=1)
    assert all(fold.pe == fold.simd for fold in WindowGenerator().foldings(window, board))


def test_whole_windows_are_what_build_is_told(window: HardwareNode, board: Board) -> None:
    *_, by_channel, whole = WindowGenerator().foldings(window, board)
    told = [WindowGenerator().finn_attributes(window, fold)["parallel_window"] for fold in (by_channel, whole)]
    assert told == [0, 1]


def test_the_beat_of_a_depthwise_generator_must_be_that_of_its_sink(window: HardwareNode) -> None:
    assert not WindowGenerator().rigid(window)
    window.attributes.update(depthwise=1)
    assert WindowGenerator().rigid(window)


def test_other_layers_leave_room_for_a_width_converter(pool: HardwareNode) -> None:
    assert not Pool().rigid(pool)


def test_buffers_of_windows_are_built_in_lut_ram(window: HardwareNode, board: Board) -> None:
    fold = WindowGenerator().foldings(window, board)[0]
    assert WindowGenerator().finn_attributes(window, fold)["ram_style"] == "distributed"


def test_thresholds_keep_a_row_of_levels_per_channel(thresholding: HardwareNode, board: Board) -> None:
    fold = Thresholding().foldings(thresholding, board)[1]
    assert fold.threshold_memory == Memory(words=128, bits=2 * 31 * 16)


def test_deep_levels_are_built_in_block_ram_and_never_in_uram(thresholding: HardwareNode, board: Board) -> None:
    fold = Thresholding().foldings(thresholding, board)[0]
    told = Thresholding().finn_attributes(thresholding, fold)
    assert told == {"PE": 1, "preferred_impl_style": "rtl", **rom_attributes(16, shared=False)}
    assert rom_attributes(16, shared=False) == {"depth_trigger_bram": 1024, "depth_trigger_uram": 1 << 30}


def test_levels_that_channels_share_stay_out_of_block_ram() -> None:
    assert rom_attributes(16, shared=True)["depth_trigger_bram"] == 1 << 30


def test_constants_are_built_in_lut_ram(bias: HardwareNode, board: Board) -> None:
    fold = ElementwiseAdd().foldings(bias, board)[0]
    assert ElementwiseAdd().finn_attributes(bias, fold)["ram_style"] == "distributed"


def test_a_constant_operand_is_no_stream(bias: HardwareNode, join: HardwareNode, board: Board) -> None:
    one_port = ElementwiseAdd().foldings(bias, board)[0].resources.ff
    assert one_port == 16 + 2 * (24 + 25) + 2 * 4 + 25


def test_an_average_keeps_a_wider_state_than_a_maximum(pool: HardwareNode, board: Board) -> None:
    largest = Pool().foldings(pool, board)[0].resources.ff
    pool.attributes.update(Function="QuantAvgPool")
    assert Pool().foldings(pool, board)[0].resources.ff == largest + 4


def test_labels_are_picked_in_as_many_cycles_as_beats(label_select: HardwareNode, board: Board) -> None:
    assert [fold.cycles for fold in LabelSelect().foldings(label_select, board)] == [10, 5, 2, 1]


@pytest.mark.parametrize(
    ("name", "layer", "style"),
    [("padding", FeatureMapPadding, "rtl"), ("duplicate", DuplicateStreams, "hls"), ("pool", Pool, "hls")],
)
def test_build_is_told_the_only_form_there_is(
    request: pytest.FixtureRequest, board: Board, name: str, layer: type, style: str
) -> None:
    node = request.getfixturevalue(name)
    assert layer().finn_attributes(node, layer().foldings(node, board)[0])["preferred_impl_style"] == style
