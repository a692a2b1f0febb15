# SPDX-License-Identifier: Apache-2.0
"""Every folding of one node of each operation, compared with what FINN says of the very node that would be built."""

from collections.abc import Callable
from typing import Any

import pytest

from levada.compile.layers import LAYERS
from levada.core.boards import Board
from levada.core.interfaces import HardwareLayer, HardwareNode
from levada.core.manifests import Folding, Lanes

NODES = (
    "padding", "window", "depthwise_window", "strided_window", "mvau_fused", "plain_mvau",
    "thresholding", "join", "bias", "duplicate", "pool", "label_select",
)  # fmt: skip
FINN_NAMES = {"lut": "LUT", "bram18": "BRAM_18K", "uram": "URAM", "dsp": "DSP"}
LANES = {Lanes.PE: "pe", Lanes.SIMD: "simd"}


@pytest.fixture
def depthwise_window(window: HardwareNode) -> HardwareNode:
    window.attributes.update(depthwise=1, Stride=(2, 2), OFMDim=(4, 4))
    return window


@pytest.fixture
def strided_window(window: HardwareNode) -> HardwareNode:
    window.attributes.update(ConvKernelDim=(1, 1), Stride=(2, 2), OFMDim=(5, 5))
    return window


@pytest.fixture
def mvau_fused(mvau: Callable[..., HardwareNode]) -> HardwareNode:
    return mvau()


@pytest.fixture(params=NODES)
def node(request: pytest.FixtureRequest) -> HardwareNode:
    return request.getfixturevalue(request.param)


@pytest.fixture
def layer(node: HardwareNode) -> HardwareLayer:
    return next(layer for layer in LAYERS if layer.op == node.op)()


@pytest.fixture
def foldings(layer: HardwareLayer, node: HardwareNode, board: Board) -> list[Folding]:
    """Return the foldings that are one node in FINN: standalone thresholds are a second one."""
    return [folding for folding in layer.foldings(node, board) if folding.thresholds != "standalone"]


def test_cycles_are_those_of_finn(
    figures: Any, layer: HardwareLayer, node: HardwareNode, foldings: list[Folding]
) -> None:
    assert [fold.cycles for fold in foldings] == [figures(layer, node, fold).cycles for fold in foldings]


@pytest.mark.parametrize("name", FINN_NAMES)
def test_what_is_called_finns_is_finns(
    figures: Any, layer: HardwareLayer, node: HardwareNode, foldings: list[Folding], name: str
) -> None:
    for fold in (fold for fold in foldings if getattr(fold.origins, name) == "finn"):
        assert fold.resources.get(name) == figures(layer, node, fold).resources[FINN_NAMES[name]]


def test_beats_are_as_wide_as_finn_makes_them(
    figures: Any, layer: HardwareLayer, node: HardwareNode, foldings: list[Folding]
) -> None:
    source, sink = layer.lanes()
    for fold in foldings:
        beat_out, beat_in = figures(layer, node, fold).beats
        assert getattr(fold, LANES[source]) == beat_in
        assert (1 if sink is Lanes.ONE else getattr(fold, LANES[sink])) == beat_out


def test_where_finn_says_0_levada_has_a_figure(layer: HardwareLayer, foldings: list[Folding]) -> None:
    for fold in foldings:
        assert fold.resources.lut
        assert fold.resources.ff
        assert not fold.resources.unknown()


def test_a_figure_of_ff_is_never_called_finns(foldings: list[Folding]) -> None:
    assert {fold.origins.ff for fold in foldings} == {"levada"}
