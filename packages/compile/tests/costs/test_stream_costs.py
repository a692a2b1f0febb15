# SPDX-License-Identifier: Apache-2.0
"""Core's costs of converters and FIFOs beside FINN's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from levada.compile.finn_session import finn_session
from levada.core.stream_costs import converter, fifo

DEPTHS = (3, 5, 33, 34, 64, 65, 257, 258, 513, 1030, 2028, 2029, 4113, 5000, 6476, 20000, 41243, 95924)
WIDTHS = ((10, 240), (240, 10), (320, 20), (24, 32), (10, 256), (5, 5), (12, 8))
PART = "xcu280-fsvh2892-2L-e"


@pytest.fixture(scope="module")
def finn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    scratch: Path = tmp_path_factory.mktemp("finn")
    with finn_session(scratch):
        from finn.util import resource_models

        yield resource_models


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_fifo_takes_what_finn_says(finn: Any, depth: int) -> None:
    for bits in range(8, 600, 8):
        style = finn._resolve(depth, bits, "auto")
        mine = fifo(depth, bits)
        assert (mine.bram18, mine.uram, mine.lut) == tuple(finn._fifo_cost(depth, bits, style)), bits


@pytest.mark.parametrize(("wide", "narrow"), WIDTHS)
def test_a_converter_takes_what_finn_says(finn: Any, wide: int, narrow: int) -> None:
    from onnx import helper

    from levada.compile._finn import getCustomOp

    op = "StreamingDataWidthConverter_rtl"
    shapes = {"shape": [1, wide * narrow], "inWidth": wide, "outWidth": narrow, "dataType": "UINT1"}
    node = helper.make_node(op, ["in"], ["out"], domain="finn.custom_op.fpgadataflow.rtl", **shapes)
    assert converter(wide, narrow).lut == getCustomOp(node).lut_estimation(PART)
