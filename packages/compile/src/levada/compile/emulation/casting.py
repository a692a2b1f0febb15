# SPDX-License-Identifier: Apache-2.0
"""Between the types in which sums are formed and the smallest type, in which streams are kept."""

import numpy as np
from onnx import TensorProto

from levada.core.datatypes import datatype
from levada.core.interfaces import EmulationGraph, NodeTensor

_ONNX = {np.dtype(name): getattr(TensorProto, name.upper()) for name in (
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
)} | {np.dtype("float32"): TensorProto.FLOAT, np.dtype("float64"): TensorProto.DOUBLE}  # fmt: skip


def cast(graph: EmulationGraph, tensor: str, numpy_type: str, output: str | None = None) -> str:
    """Add a Cast to the type that numpy calls ``numpy_type``."""
    return graph.add("Cast", [tensor], output, to=_ONNX[np.dtype(numpy_type)])


def to_stream(graph: EmulationGraph, tensor: str, stream: NodeTensor) -> None:
    """Cast to the stream's canonical type and give the result the stream's name and shape."""
    shaped = graph.add("Reshape", [tensor, graph.constant(np.array([0, *stream.shape[1:]], np.int64))])
    cast(graph, shaped, datatype(stream.datatype).canonical, stream.name)
