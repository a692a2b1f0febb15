# SPDX-License-Identifier: Apache-2.0
"""Changes to the FINN graph before specialisation keep what it computes."""

from typing import Any

import msgspec
import numpy as np
import pytest

from levada.core.errors import InternalFault
from levada.core.manifests import Fifo


def answers(model: Any) -> Any:
    from levada.compile._finn import execute_onnx

    images = np.random.default_rng(0).integers(0, 16, (1, 4, 4, 2)).astype(np.float32)
    context = execute_onnx(model, {"global_in": images}, return_full_exec_context=True)
    return {name: context[name] for name in ("MVAU_0_out0", "MVAU_1_out0", "LabelSelect_0_out0")}


def detach(small: Any, name: str) -> Any:
    from levada.compile.build.configuring import detach_thresholds

    node = next(node for node in small.model.graph.node if node.name == name)
    return detach_thresholds(small.model, node, 1)


def test_detached_thresholds_compute_what_fused_ones_do(small: Any) -> None:
    before = answers(small.model)
    for name in ("MVAU_0", "MVAU_1"):
        detach(small, name)
    after = answers(small.model)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert len(np.unique(before["MVAU_0_out0"])) > 3


def test_a_unit_without_its_thresholds_puts_out_accumulators(small: Any) -> None:
    detached = detach(small, "MVAU_0")
    assert detached.output[0] == "MVAU_0_out0"
    assert small.model.get_tensor_datatype(detached.input[0]).name == "INT13"


def test_an_offset_moves_with_the_thresholds(small: Any) -> None:
    from levada.compile._finn import getCustomOp

    node = next(node for node in small.model.graph.node if node.name == "MVAU_0")
    getCustomOp(node).set_nodeattr("ActVal", -8)
    detached = detach(small, "MVAU_0")
    assert (getCustomOp(detached).get_nodeattr("ActVal"), getCustomOp(node).get_nodeattr("ActVal")) == (-8, 0)


def test_every_input_and_output_has_a_fifo_depth(small: Any) -> None:
    from levada.compile._finn import getCustomOp
    from levada.compile.build.configuring import set_fifo_depths

    set_fifo_depths(small.model, small.plan().streams)
    for node in small.model.graph.node:
        assert len(getCustomOp(node).get_nodeattr("inFIFODepths")) == len(node.input)
        assert len(getCustomOp(node).get_nodeattr("outFIFODepths")) == len(node.output)


def test_the_input_s_fifo_is_set_at_its_sink(small: Any) -> None:
    from levada.compile._finn import getCustomOp
    from levada.compile.build.configuring import set_fifo_depths

    set_fifo_depths(small.model, small.plan(lambda layer: layer.foldings[0], depth=48).streams)
    assert getCustomOp(small.model.graph.node[0]).get_nodeattr("inFIFODepths") == [48]


def test_a_fifo_behind_the_width_converter_is_set_at_the_sink(small: Any) -> None:
    from levada.compile._finn import getCustomOp
    from levada.compile.build.configuring import fifo_beats, set_fifo_depths

    inner = next(stream for stream in small.plan().streams if stream.source and stream.sink)
    deep = msgspec.structs.replace(
        inner, fifo=Fifo(depth=90, status="proven", side="sink"), source_lanes=1, sink_lanes=4
    )
    set_fifo_depths(small.model, [deep])
    nodes = {node.name: getCustomOp(node) for node in small.model.graph.node}
    assert fifo_beats(deep) == nodes[deep.sink].get_nodeattr("inFIFODepths")[0] == 23
    assert nodes[deep.source].get_nodeattr("outFIFODepths") == [2]


def test_an_attribute_that_no_node_knows_is_a_fault(small: Any) -> None:
    from levada.compile.build.configuring import set_late

    with pytest.raises(InternalFault, match=r"node 'FMPadding_0' \(FMPadding\) has no attributes \['colour'\]"):
        set_late(small.model, {"FMPadding_0_out0": {"colour": 3}})
