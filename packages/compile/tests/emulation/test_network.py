# SPDX-License-Identifier: Apache-2.0
"""Whole emulation graphs, and running them."""

import numpy as np
import onnx
import pytest

from levada.compile.emulation.network import emulation_graph, runner
from levada.compile.layers import LAYERS
from levada.core.interfaces import HardwareNode

CLASSES = {layer.op: layer for layer in LAYERS}


@pytest.fixture
def chain(nodes):
    """Return two paddings in a row."""
    first = nodes.padding((2, 2), (1, 1, 1, 1), 1, "UINT5")
    second = nodes.padding((4, 4), (0, 0, 1, 1), 1, "UINT5")
    renamed = [type(first.outputs[0])(name=name, shape=t.shape, datatype=t.datatype) for name, t in
               (("mid", first.outputs[0]), ("mid", second.inputs[0]))]  # fmt: skip
    return [
        HardwareNode(name="a", op=first.op, attributes=first.attributes, inputs=first.inputs, outputs=(renamed[0],)),
        HardwareNode(
            name="b", op=second.op, attributes=second.attributes, inputs=(renamed[1],), outputs=second.outputs
        ),
    ]


def test_ends_are_inputs_and_outputs_and_the_rest_is_annotated(chain):
    graph = emulation_graph("chain", chain, {}, CLASSES).graph
    names = [[value.name for value in values] for values in (graph.input, graph.output, graph.value_info)]
    assert names == [["in"], ["out"], ["mid"]]


def test_a_part_can_be_cut_out_at_an_inner_stream(chain, tmp_path):
    onnx.save(emulation_graph("chain", chain, {}, CLASSES), tmp_path / "whole.onnx")
    onnx.utils.extract_model(str(tmp_path / "whole.onnx"), str(tmp_path / "part.onnx"), ["mid"], ["out"])
    out = runner(onnx.load(tmp_path / "part.onnx"), ["out"])(np.ones((3, 4, 4, 1), np.uint8))["out"]
    assert out.shape == (3, 5, 5, 1)


def test_inner_streams_can_be_asked_for_beside_the_ends(chain):
    values = runner(emulation_graph("chain", chain, {}, CLASSES), ["in", "mid", "out"])(np.ones((2, 2, 2, 1), np.uint8))
    assert {name: value.shape for name, value in values.items()} == {
        "in": (2, 2, 2, 1), "mid": (2, 4, 4, 1), "out": (2, 5, 5, 1),
    }  # fmt: skip
