# SPDX-License-Identifier: Apache-2.0
"""Writes the emulation graph: standard ONNX, old enough for every onnxruntime in use, batch left open."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from levada.compile.emulation.operators import STANDARD
from levada.core.datatypes import datatype
from levada.core.errors import InternalFault
from levada.core.interfaces import NodeTensor, weights_name

IR_VERSION = 10
OPSET = 21
BATCH = "N"
_TYPES = {
    "int8": TensorProto.INT8,
    "uint8": TensorProto.UINT8,
    "int16": TensorProto.INT16,
    "uint16": TensorProto.UINT16,
    "int32": TensorProto.INT32,
    "uint32": TensorProto.UINT32,
    "int64": TensorProto.INT64,
    "uint64": TensorProto.UINT64,
}


class Builder:
    """An emulation graph as it grows. Implements :class:`levada.core.interfaces.EmulationGraph`."""

    def __init__(self, name: str) -> None:
        """Start an empty graph."""
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._initialisers: list[onnx.TensorProto] = []
        self._made = 0

    def constant(self, array: Any) -> str:
        """Add an initialiser and return its name; equal ones are shared."""
        value = np.ascontiguousarray(array)
        key = (str(value.dtype), tuple(value.shape), value.tobytes())
        if key not in self._constants:
            self._constants[key] = name = f"constant_{len(self._constants)}"
            self._initialisers.append(numpy_helper.from_array(value.reshape(np.shape(array)), name))
        return self._constants[key]

    def weights(self, layer: str, matrix: Any, datatype: str) -> str:
        """Add a layer's weights under a name of their own, their data type as ``doc_string``, and return the name."""
        tensor = numpy_helper.from_array(np.ascontiguousarray(matrix), weights_name(layer))
        tensor.doc_string = datatype
        self._initialisers.append(tensor)
        return weights_name(layer)

    def add(self, op: str, inputs: Sequence[str], output: str | None = None, **attributes: Any) -> str:
        """Add a node and return the name of its output (given, or made)."""
        return self.add_all(op, inputs, (output,), **attributes)[0]

    def add_all(
        self, op: str, inputs: Sequence[str], outputs: Sequence[str | None], **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node with several outputs and return their names; a name is made for each None."""
        if op not in STANDARD:
            msg = f"the emulation graph takes standard operators that need no newer opset than {OPSET}, got {op!r}"
            raise InternalFault(msg)
        names = tuple(name or self._name_output() for name in outputs)
        self._nodes.append(
            helper.make_node(op, list(inputs), list(names), name=f"{op}_{len(self._nodes)}", **attributes)
        )
        return names

    def finish(self, inputs: Sequence[NodeTensor], outputs: Sequence[NodeTensor], streams: Sequence[NodeTensor]) -> Any:
        """Return the checked ``onnx.ModelProto``; ``streams`` are annotated with type and shape, so that parts can be cut out."""
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [_value(tensor) for tensor in inputs],
            [_value(tensor) for tensor in outputs],
            self._initialisers,
            value_info=[_value(tensor) for tensor in streams],
        )
        model = helper.make_model(graph, producer_name="levada-compile", opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        return model

    def _name_output(self) -> str:
        self._made += 1
        return f"inner_{self._made}"


def _value(tensor: NodeTensor) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(
        tensor.name, _TYPES[datatype(tensor.datatype).canonical], [BATCH, *tensor.shape[1:]]
    )
