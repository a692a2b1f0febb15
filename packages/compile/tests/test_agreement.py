# SPDX-License-Identifier: Apache-2.0
"""Defaults at both ends of a rigid stream have the same lanes."""

from collections.abc import Sequence

import pytest

from levada.compile.agreement import agree, lanes_of
from levada.core.errors import GraphError
from levada.core.manifests import Folding, Lanes, Layer, Origins, Stream
from levada.core.resources import Resources
from levada.core.testing import stream

ORIGINS = Origins(lut="levada", ff="levada", bram18="levada", uram="levada", dsp="levada")


def layer(name: str, lanes: Sequence[int], default: int = 0) -> Layer:
    foldings = tuple(
        Folding(implementation="hls", pe=pe, cycles=64 // pe, resources=Resources(lut=10 * pe), origins=ORIGINS)
        for pe in lanes
    )
    return Layer(name=name, op="Op", node=name, foldings=foldings, default=default)


def edge(*, rigid: bool = True) -> Stream:
    ends = {"source_lanes": Lanes.PE, "sink_lanes": Lanes.PE, "rigid": rigid, "cuttable": False}
    return stream("MVAU_1", "AddStreams_0", **ends)


def defaults(layers: Sequence[Layer]) -> list[int]:
    return [each.foldings[each.default].pe for each in layers]


def test_the_narrower_end_is_widened() -> None:
    window, pool = layer("MVAU_1", (1, 2, 4), default=2), layer("AddStreams_0", (1, 2, 4))
    assert defaults(agree((window, pool), (edge(),))) == [4, 4]
    assert defaults(agree((layer("MVAU_1", (1, 2)), layer("AddStreams_0", (1, 2), 1)), (edge(),))) == [2, 2]


def test_the_next_number_that_both_have_is_taken() -> None:
    assert defaults(agree((layer("MVAU_1", (1, 2, 6), 1), layer("AddStreams_0", (1, 3, 6))), (edge(),))) == [6, 6]


def test_the_largest_that_both_have_is_taken_where_none_is_as_wide() -> None:
    assert defaults(agree((layer("MVAU_1", (1, 2, 4), 2), layer("AddStreams_0", (1, 2))), (edge(),))) == [2, 2]


def test_other_streams_leave_the_defaults_alone() -> None:
    layers = (layer("MVAU_1", (1, 2), 1), layer("AddStreams_0", (1, 2)))
    assert agree(layers, (edge(rigid=False),)) == layers


def test_ends_that_agree_keep_their_default() -> None:
    layers = (layer("MVAU_1", (1, 2, 4), 1), layer("AddStreams_0", (1, 2, 4), 1))
    assert agree(layers, (edge(),)) == layers


def test_ends_are_widened_no_further_than_to_agree() -> None:
    assert defaults(agree((layer("MVAU_1", (1, 2, 4), 1), layer("AddStreams_0", (1, 2, 4))), (edge(),))) == [2, 2]


def test_ends_with_nothing_in_common_are_named() -> None:
    layers = (layer("MVAU_1", (2,)), layer("AddStreams_0", (3,)))
    with pytest.raises(GraphError, match="no folding of 'MVAU_1' has as many as one of 'AddStreams_0'"):
        agree(layers, (edge(),))


@pytest.mark.parametrize(("lanes", "count"), [(Lanes.PE, 4), (Lanes.SIMD, 1), (Lanes.ONE, 1), (Lanes.ALL, None)])
def test_a_folding_says_how_wide_a_beat_is(lanes: Lanes, count: int | None) -> None:
    assert lanes_of(layer("L", (4,)).foldings[0], lanes) == count
