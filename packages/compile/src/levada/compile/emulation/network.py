# SPDX-License-Identifier: Apache-2.0
"""The emulation graph of a whole network, and running it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import onnx
import onnxruntime

from levada.compile.emulation.builder import Builder
from levada.compile.extraction import Classes, layer_class
from levada.core.interfaces import HardwareNode


def emulation_graph(name: str, nodes: Sequence[HardwareNode], constants: Mapping[str, Any], classes: Classes) -> Any:
    """Return the network as an ``onnx.ModelProto`` of standard operators, tensors named as the nodes' streams."""
    builder = Builder(name)
    for node in nodes:
        layer_class(classes, node)().emulate(node, constants, builder)
    taken = {tensor.name: tensor for node in nodes for tensor in node.inputs if not tensor.constant}
    made = {tensor.name: tensor for node in nodes for tensor in node.outputs}
    inputs = [tensor for name, tensor in taken.items() if name not in made]
    outputs = [tensor for name, tensor in made.items() if name not in taken]
    inner = [tensor for name, tensor in made.items() if name in taken]
    return builder.finish(inputs, outputs, inner)


def runner(model: Any, tensors: Sequence[str]) -> Callable[[Any], dict[str, Any]]:
    """Return a function that runs the graph on a batch and gives the named tensors (the input among them, if asked)."""
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    known = {value.name: value for value in whole.graph.value_info}
    present = {value.name for value in whole.graph.output}
    asked = [name for name in tensors if name != whole.graph.input[0].name]
    whole.graph.output.extend(known[name] for name in asked if name not in present)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(whole.SerializeToString(), options, providers=["CPUExecutionProvider"])
    source = whole.graph.input[0].name

    def run(batch: Any) -> dict[str, Any]:
        values = dict(zip(asked, session.run(asked, {source: batch}), strict=True))
        return values | ({source: batch} if source in tensors else {})

    return run
