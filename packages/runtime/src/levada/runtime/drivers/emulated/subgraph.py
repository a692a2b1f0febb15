# SPDX-License-Identifier: Apache-2.0
"""Cuts one part out of the emulation graph: from the tensors of its input streams to those of its output streams."""

from collections.abc import Sequence
from typing import Any

from levada.core.datatypes import datatype
from levada.core.errors import DependencyError, GraphError
from levada.core.manifests import PlannedStream
from levada.runtime.drivers.emulated.weights import Matrix
from levada.runtime.packing import dtype

HOW_TO_GET = "emulated cards need onnx and onnxruntime; install them with: pip install 'levada-runtime[emulated]'"


def extract(
    model: Any,
    inputs: Sequence[PlannedStream],
    outputs: Sequence[PlannedStream],
    weights: Sequence[Matrix] = (),
) -> Any:
    """Return a model of the nodes between the two sets of tensors, with a symbolic batch.

    ``weights`` come from outside: they are inputs of the model, and what the graph keeps of them stays out. Raise GraphError where an output needs something that is neither an input of the part nor a constant.
    """
    try:
        from onnx import helper
    except ImportError as error:
        raise DependencyError(HOW_TO_GET) from error
    given = {stream.tensor for stream in inputs} | {matrix.tensor for matrix in weights}
    nodes, constants = _needed(model.graph, given, [s.tensor for s in outputs])
    graph = helper.make_graph(
        nodes,
        model.graph.name or "part",
        [*(_value(helper, stream) for stream in inputs), *(_matrix(helper, matrix) for matrix in weights)],
        [_value(helper, stream) for stream in outputs],
        [initialiser for initialiser in model.graph.initializer if initialiser.name in constants],
    )
    part = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    part.functions.extend(model.functions)
    return part


def _needed(graph: Any, inputs: set[str], outputs: Sequence[str]) -> tuple[list[Any], set[str]]:
    """Return the nodes that lead from ``inputs`` to ``outputs``, in the graph's order, and the constants they use."""
    producers = {name: index for index, node in enumerate(graph.node) for name in node.output}
    initialisers = {initialiser.name for initialiser in graph.initializer}
    wanted: set[int] = set()
    constants: set[str] = set()
    queue = [name for name in outputs if name not in inputs]
    while queue:
        name = queue.pop()
        if name in inputs or name == "":
            continue
        if name in initialisers:
            constants.add(name)
        elif name not in producers:
            msg = f"tensor {name!r} of the emulation graph is needed to compute {', '.join(outputs)}, but {_fate(graph, name)}"
            raise GraphError(msg)
        elif producers[name] not in wanted:
            wanted.add(producers[name])
            queue.extend(graph.node[producers[name]].input)
    return [graph.node[index] for index in sorted(wanted)], constants


def _fate(graph: Any, name: str) -> str:
    given = {value.name for value in graph.input}
    return "it enters on another card" if name in given else "nothing in the graph computes it; compile the model again"


def _value(helper: Any, stream: PlannedStream) -> Any:
    element = helper.np_dtype_to_tensor_dtype(dtype(datatype(stream.datatype)))
    return helper.make_tensor_value_info(stream.tensor, element, ["N", *stream.shape])


def _matrix(helper: Any, matrix: Matrix) -> Any:
    element = helper.np_dtype_to_tensor_dtype(dtype(matrix.element))
    return helper.make_tensor_value_info(matrix.tensor, element, [matrix.inputs, matrix.outputs])
