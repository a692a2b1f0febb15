# SPDX-License-Identifier: Apache-2.0
"""Plans that do not fit their graph, or that FINN would build wrongly, are refused before anything is built."""

from typing import Any

import msgspec
import pytest

from levada.core.errors import ManifestError
from levada.core.manifests import Plan


def refold(plan: Plan, name: str, **changed: Any) -> Plan:
    replace = msgspec.structs.replace
    layers = (
        replace(layer, folding=replace(layer.folding, **changed)) if layer.name == name else layer
        for layer in plan.layers
    )
    return replace(plan, layers=tuple(layers))


def test_a_plan_of_another_network_is_refused_with_what_differs(small: Any) -> None:
    plan = small.plan()
    strange = msgspec.structs.replace(plan.layers[0], node="Elsewhere_0")
    with pytest.raises(
        ManifestError, match="only one of them has 'Elsewhere_0', 'FMPadding_0': plan the dataflow again"
    ):
        small.build(msgspec.structs.replace(plan, layers=(strange, *plan.layers[1:])))


def test_an_rtl_unit_that_takes_a_whole_row_is_refused(small: Any) -> None:
    plan = refold(small.plan(), "MVAU_2", implementation="rtl", simd=4, pe=1)
    with pytest.raises(
        ManifestError, match="layer 'MVAU_2' should have SIMD under its 4 inputs as an RTL unit, got all of them"
    ):
        small.build(plan)


def test_an_hls_unit_may_take_a_whole_row(small: Any) -> None:
    whole = {"implementation": "hls", "multiplier": "lut", "simd": 4, "pe": 1}
    assert small.build(refold(small.plan(), "MVAU_2", **whole)).cards


def test_unequal_lanes_on_a_rigid_stream_are_refused(small: Any) -> None:
    plan = small.plan()
    streams = tuple(
        msgspec.structs.replace(stream, sink_lanes=1) if stream.sink == "Pool_0" else stream for stream in plan.streams
    )
    with pytest.raises(
        ManifestError, match="the plan has 2 and 1: fold 'ConvolutionInputGenerator_1' and 'Pool_0' alike"
    ):
        small.build(msgspec.structs.replace(plan, streams=streams))
