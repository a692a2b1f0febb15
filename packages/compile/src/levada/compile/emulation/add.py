# SPDX-License-Identifier: Apache-2.0
"""ElementwiseAdd: the join of two streams, or of a stream and a constant."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from levada.compile.emulation.casting import cast, to_stream
from levada.core.datatypes import datatype
from levada.core.interfaces import EmulationGraph, HardwareNode, NodeTensor

_NARROW = 31


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:
    """Add in 32 bits where the sum fits, else in 64, as FINN does, and cast back."""
    kind = "int32" if max(datatype(each.datatype).bits for each in (*node.inputs, *node.outputs)) < _NARROW else "int64"
    terms = [_term(tensor, constants, graph, kind) for tensor in node.inputs]
    to_stream(graph, graph.add("Add", terms), node.outputs[0])


def _term(tensor: NodeTensor, constants: Mapping[str, Any], graph: EmulationGraph, kind: str) -> str:
    if tensor.constant:
        return graph.constant(np.asarray(constants[tensor.name]).astype(kind))
    return cast(graph, tensor.name, kind)
