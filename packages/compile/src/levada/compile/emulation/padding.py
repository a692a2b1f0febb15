# SPDX-License-Identifier: Apache-2.0
"""FMPadding: zeros around a feature map."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from levada.compile.emulation.casting import cast, to_stream
from levada.compile.layers.attributes import integers
from levada.core.datatypes import datatype
from levada.core.interfaces import EmulationGraph, HardwareNode


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:  # noqa: ARG001
    """Add a Pad. ``Padding`` is top, left, bottom, right. onnxruntime pads no 16-bit integers, so those are widened."""
    source, result = node.inputs[0], node.outputs[0]
    top, left, bottom, right = integers(node, "Padding")
    pads = graph.constant(np.array([0, top, left, 0, 0, bottom, right, 0], np.int64))
    if datatype(source.datatype).canonical_bytes == 1:
        zero = graph.constant(np.zeros((), datatype(source.datatype).canonical))
        graph.add("Pad", [source.name, pads, zero], result.name)
    else:
        wide = [cast(graph, source.name, "int64"), pads, graph.constant(np.zeros((), np.int64))]
        to_stream(graph, graph.add("Pad", wide), result)
