# SPDX-License-Identifier: Apache-2.0
"""Pool: the largest, the sum, or the truncated average of each window, per channel."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from levada.compile.emulation.casting import cast, to_stream
from levada.compile.layers.attributes import integer, integers, text
from levada.core.datatypes import datatype
from levada.core.errors import GraphError
from levada.core.interfaces import EmulationGraph, HardwareNode


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:  # noqa: ARG001
    """Add a reduction over the places of each window; QuantAvgPool drops the sum's surplus low bits, rounding down."""
    function = text(node, "Function")
    axis = graph.constant(np.array([3], np.int64))
    places = _places(node, graph)
    if function == "MaxPool":
        result = graph.add("ReduceMax", [_comparable(node, places, graph), axis], keepdims=0)
    elif function in {"AccPool", "QuantAvgPool"}:
        result = graph.add("ReduceSum", [cast(graph, places, "int64"), axis], keepdims=0)
    else:
        msg = f"layer {node.name!r}: expected pooling by MaxPool, AccPool or QuantAvgPool, got {function!r}"
        raise GraphError(msg)
    if function == "QuantAvgPool":
        result = _shift_right(graph, result, _surplus_bits(node))
    to_stream(graph, result, node.outputs[0])


def _comparable(node: HardwareNode, places: str, graph: EmulationGraph) -> str:
    """Widen 16-bit integers, which onnxruntime does not compare."""
    return places if datatype(node.inputs[0].datatype).canonical_bytes == 1 else cast(graph, places, "int64")


def _places(node: HardwareNode, graph: EmulationGraph) -> str:
    """Return the windows as N × height × width × places × channels."""
    _, height, width, elements = node.inputs[0].shape
    channels = integer(node, "Channels")
    shape = graph.constant(np.array([0, height, width, elements // channels, channels], np.int64))
    return graph.add("Reshape", [node.inputs[0].name, shape])


def _surplus_bits(node: HardwareNode) -> int:
    height, width = integers(node, "KernelSize")
    most: int = (2 ** datatype(node.inputs[0].datatype).bits - 1) * height * width
    return max(0, most.bit_length() - datatype(node.outputs[0].datatype).bits)


def _shift_right(graph: EmulationGraph, tensor: str, bits: int) -> str:
    """Divide by 2^bits rounding down; ONNX's Mod takes the divisor's sign, so the remainder is never negative."""
    divisor = graph.constant(np.array(2**bits, np.int64))
    remainder = graph.add("Mod", [tensor, divisor])
    return graph.add("Div", [graph.add("Sub", [tensor, remainder]), divisor])
