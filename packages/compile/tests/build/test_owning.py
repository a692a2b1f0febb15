# SPDX-License-Identifier: Apache-2.0
"""Every node of the specialised graph belongs to a layer of the plan."""

from typing import Any

import pytest

from levada.core.errors import InternalFault


def built(small: Any, plan: Any) -> tuple[Any, Any]:
    from levada.compile.build.hardware import build
    from levada.compile.build.sites import sites

    return build(small.model, plan, sites(plan, small.nodes), small.registry)


def owned(small: Any, op: str) -> list[str]:
    from levada.compile.wiring import Wiring

    model, owners = built(small, small.plan(depth=64))
    wiring = Wiring(model.graph)
    return [owners.owner(node, wiring).name for node in model.graph.node if node.op_type == op]


def test_layers_keep_their_owner_under_new_names(small: Any) -> None:
    assert owned(small, "ConvolutionInputGenerator_rtl") == [
        "ConvolutionInputGenerator_0",
        "ConvolutionInputGenerator_1",
    ]


def test_the_last_layer_is_found_behind_its_fifo(small: Any) -> None:
    assert owned(small, "LabelSelect_hls") == ["LabelSelect_0"]


def test_a_fifo_belongs_to_the_layer_that_reads_it_and_the_last_one_to_the_last_layer(small: Any) -> None:
    fifos = owned(small, "StreamingFIFO_rtl")
    assert fifos.count("LabelSelect_0") == 2
    assert fifos.count("FMPadding_0") == 1


def test_detached_thresholds_belong_to_their_unit(small: Any) -> None:
    assert "Thresholding_rtl" not in {layer.op for layer in small.layers}
    assert owned(small, "Thresholding_rtl") == ["MVAU_0", "MVAU_1"]


def test_a_stranger_is_a_fault(small: Any) -> None:
    from levada.compile.build.owning import Owners
    from levada.compile.wiring import Wiring

    with pytest.raises(
        InternalFault, match=r"node 'FMPadding_0' \(FMPadding\) of the specialised graph belongs to no layer"
    ):
        Owners({}).owner(small.model.graph.node[0], Wiring(small.model.graph))
