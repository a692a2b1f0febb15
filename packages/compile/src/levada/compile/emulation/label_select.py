# SPDX-License-Identifier: Apache-2.0
"""LabelSelect: the indices of the best classes, best first, ties to the lower index."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from levada.compile.emulation.casting import cast, to_stream
from levada.compile.layers.attributes import integer
from levada.core.interfaces import EmulationGraph, HardwareNode


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:  # noqa: ARG001
    """Add a TopK, which ONNX defines to prefer the lower index among equals."""
    count = graph.constant(np.array([integer(node, "K")], np.int64))
    scores = cast(graph, node.inputs[0].name, "int64")
    _, indices = graph.add_all("TopK", [scores, count], (None, None), axis=-1, largest=1, sorted=1)
    to_stream(graph, indices, node.outputs[0])
