# SPDX-License-Identifier: Apache-2.0
"""Which form thresholds take, and that both are right at the ends of the domain."""

import numpy as np
import onnxruntime
import pytest

from levada.compile.emulation.builder import Builder
from levada.compile.emulation.counting import count
from levada.compile.emulation.values import Range
from levada.core.interfaces import NodeTensor

EVEN, UNEVEN = [[-3, 2, 7]], [[-3, -2, 70]]


def form(thresholds, offset=0, kind="UINT2"):
    builder, low, high = Builder("count"), -128, 127
    values = NodeTensor(name="in", shape=(1, 1), datatype="INT8")
    result = NodeTensor(name="out", shape=(1, 1), datatype=kind)
    wide = builder.add("Cast", ["in"], to=6)
    count(builder, wide, thresholds, Range(low, high), offset, result)
    return builder.finish([values], [result], [])


def counted(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"in": np.arange(-128, 128, dtype=np.int8)[:, None]})[0].ravel()


def operators(model):
    return {node.op_type for node in model.graph.node}


def test_even_thresholds_become_a_line():
    assert "Floor" in operators(form(EVEN))
    assert "GreaterOrEqual" not in operators(form(EVEN))


def test_uneven_thresholds_are_compared_one_by_one():
    assert "GreaterOrEqual" in operators(form(UNEVEN))
    assert "Floor" not in operators(form(UNEVEN))


@pytest.mark.parametrize("thresholds", [EVEN, UNEVEN, [[-128, 0, 127]], [[-500, 0, 500]], [[4, 4, 4]]])
def test_every_value_is_counted_right(thresholds):
    truth = [sum(value >= each for each in thresholds[0]) for value in range(-128, 128)]
    assert counted(form(thresholds)).tolist() == truth


@pytest.mark.parametrize("thresholds", [EVEN, UNEVEN])
def test_an_offset_is_added(thresholds):
    assert (counted(form(thresholds, -2, "INT3")) == counted(form(thresholds)).astype(int) - 2).all()


def test_an_offset_means_nothing_to_bipolar_results():
    assert set(counted(form([[5]], -2, "BIPOLAR")).tolist()) == {-1, 1}
