# SPDX-License-Identifier: Apache-2.0
"""MVAU: an exact integer matrix product, then thresholds where the layer has an activation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from levada.compile.emulation.casting import to_stream
from levada.compile.emulation.counting import count
from levada.compile.emulation.product import Weights, product
from levada.compile.layers.attributes import integer
from levada.core.datatypes import datatype
from levada.core.errors import GraphError
from levada.core.interfaces import EmulationGraph, HardwareNode


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:
    """Add the product of the inputs with the weights (MW × MH) and, if there are thresholds, their count."""
    _refuse_binary(node)
    sums, domain = product(graph, node.inputs[0], _weights(node, constants, graph))
    if integer(node, "noActivation", 0):
        to_stream(graph, sums, node.outputs[0])
    else:
        count(graph, sums, constants[node.inputs[2].name], domain, integer(node, "ActVal", 0), node.outputs[0])


def _weights(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> Weights:
    """Keep the weights under a name of their own: where they lie outside the card, an input takes their place."""
    tensor = node.inputs[1]
    matrix = np.asarray(constants[tensor.name]).astype(datatype(tensor.datatype).canonical)
    return Weights(graph.weights(node.name, matrix, tensor.datatype), matrix)


def _refuse_binary(node: HardwareNode) -> None:
    kinds = {tensor.datatype for tensor in node.inputs[:2]}
    if integer(node, "binaryXnorMode", 0) or kinds == {"BIPOLAR"}:
        msg = (
            f"layer {node.name!r} multiplies bipolar values by bipolar weights, which is not supported; "
            f"give its inputs at least 2 bits"
        )
        raise GraphError(msg)
