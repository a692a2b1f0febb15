# SPDX-License-Identifier: Apache-2.0
"""ElementwiseAdd: the join of two streams, or of a stream and a constant."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from levada.compile.emulation.casting import cast, to_stream
from levada.core.interfaces import EmulationGraph, HardwareNode, NodeTensor


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:
    """Add in 64 bits, as FINN does, and cast back."""
    terms = [_term(tensor, constants, graph) for tensor in node.inputs]
    to_stream(graph, graph.add("Add", terms), node.outputs[0])


def _term(tensor: NodeTensor, constants: Mapping[str, Any], graph: EmulationGraph) -> str:
    if tensor.constant:
        return graph.constant(np.asarray(constants[tensor.name]).astype(np.int64))
    return cast(graph, tensor.name, "int64")
