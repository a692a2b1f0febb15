# SPDX-License-Identifier: Apache-2.0
"""Tidying of a graph in time proportional to its size, with the same outcome as QONNX's own transformations.

Each function changes the graph it is given, in place. :func:`own_form` tells which of QONNX's transformations has one here.
"""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any, TypeAlias

import onnx

from levada.compile._finn import (
    FoldConstants,
    GiveReadableTensorNames,
    GiveUniqueParameterTensors,
    InferDataTypes,
    InferShapes,
    ModelWrapper,
    RemoveStaticGraphInputs,
    RemoveUnusedTensors,
    SortCommutativeInputsInitializerLast,
    SortGraph,
    execute_node,
    getCustomOp,
    is_custom_op,
    valueinfo_to_tensor,
)
from levada.core.errors import GraphError

Fingerprint: TypeAlias = tuple[object, ...]
SMALL = 64
"""Constants of up to so many elements may say a shape (of a Reshape, say) and take part in shape inference."""
TYPE = "finn_datatype"
"""The key of a data type among a tensor's annotations."""
READING_CONSTANTS = frozenset({"Quant", "IntQuant", "BipolarQuant", "FloatQuant", "Trunc"})
"""Operators whose data type depends on the values of their constants; that of all others on attributes and types alone."""


def fingerprint(graph: Any) -> Fingerprint:
    """Return all that tidiness depends on: operators, their tensors, and what is listed of tensors."""
    nodes = tuple((node.op_type, *node.input, ">", *node.output) for node in graph.node)
    lists = (graph.input, graph.initializer, graph.value_info)
    names = tuple(tuple(entry.name for entry in entries) for entries in lists)
    return (nodes, names, tuple(entry.tensor_name for entry in graph.quantization_annotation))


def clean(model: ModelWrapper) -> None:
    """Leave nothing unused, no constant among the inputs or shared, nodes sorted, and constants last in sums and products."""
    remove_unused(model)
    remove_static_inputs(model)
    sort(model)
    put_constants_last(model)
    unshare_constants(model)


def remove_unused(model: ModelWrapper) -> None:
    """Remove what is said of tensors that no node takes or makes."""
    graph = model.graph
    used = {tensor for node in graph.node for tensor in (*node.input, *node.output)}
    lists = ((graph.initializer, "name"), (graph.value_info, "name"), (graph.quantization_annotation, "tensor_name"))
    for entries, field in lists:
        _remove(entries, [at for at, entry in enumerate(entries) if getattr(entry, field) not in used])


def _remove(entries: Any, places: list[int]) -> None:
    for place in reversed(places):
        del entries[place]


def remove_static_inputs(model: ModelWrapper) -> None:
    """Take constants out of the graph's inputs."""
    graph = model.graph
    constants = {constant.name for constant in graph.initializer}
    static = [at for at, entry in enumerate(graph.input) if entry.name in constants]
    graph.value_info.extend(graph.input[at] for at in static)
    _remove(graph.input, static)


def sort(model: ModelWrapper) -> None:
    """Sort nodes by their distance from the inputs, otherwise keeping their order; drop what nothing leads to or from."""
    graph = model.graph
    nodes = list(graph.node)
    if len(nodes) == 1:
        return
    before = _predecessors(nodes)
    given = {entry.name for entries in (graph.initializer, graph.input) for entry in entries}
    needed = {maker for makers in before for maker in makers}
    kept = [at for at, node in enumerate(nodes) if before[at] or at in needed or not given.isdisjoint(node.input)]
    levels = _levels(before)
    order = sorted(kept, key=lambda at: (levels[at], at))
    if order != list(range(len(nodes))):
        del graph.node[:]
        graph.node.extend(nodes[at] for at in order)


def _predecessors(nodes: list[Any]) -> list[set[int]]:
    makers: dict[str, int] = {}
    for at, node in enumerate(nodes):
        for tensor in node.output:
            makers.setdefault(tensor, at)
    return [{makers[tensor] for tensor in node.input if tensor in makers} for node in nodes]


def _levels(before: list[set[int]]) -> list[int]:
    """Return each node's distance from the inputs, along its longest way."""
    after: list[list[int]] = [[] for _ in before]
    for at, makers in enumerate(before):
        for maker in makers:
            after[maker].append(at)
    waiting = [len(makers) for makers in before]
    levels = [0] * len(before)
    ready = [at for at, makers in enumerate(before) if not makers]
    for at in ready:
        for taker in after[at]:
            levels[taker] = max(levels[taker], levels[at] + 1)
            waiting[taker] -= 1
            if not waiting[taker]:
                ready.append(taker)
    if len(ready) != len(before):
        msg = f"expected a network without loops, got {len(before) - len(ready)} nodes that wait for one another"
        raise GraphError(msg)
    return levels


def put_constants_last(model: ModelWrapper) -> None:
    """Let constants stand behind other inputs where the order does not matter."""
    constants = {constant.name for constant in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in SortCommutativeInputsInitializerLast.SUPPORTED_COMMUTATIVE_OPS:
            inputs = list(node.input)
            ordered = sorted(inputs, key=constants.__contains__)
            if ordered != inputs:
                node.input[:] = ordered


def unshare_constants(model: ModelWrapper) -> None:
    """Give each node that takes a constant its own copy."""
    constants = {constant.name for constant in model.graph.initializer}
    taken: set[str] = set()
    for node in model.graph.node:
        for at, tensor in enumerate(node.input):
            if tensor in taken:
                node.input[at] = _copied(model, tensor)
            elif tensor in constants:
                taken.add(tensor)


def _copied(model: ModelWrapper, tensor: str) -> str:
    name = str(model.make_new_valueinfo_name())
    model.set_initializer(name, model.get_initializer(tensor))
    model.set_tensor_datatype(name, model.get_tensor_datatype(tensor))
    return name


def name_tensors(model: ModelWrapper) -> None:
    """Tidy up; name each tensor after the node that makes it, each constant after the node that takes it, and the graph's ends."""
    clean(model)
    graph = model.graph
    names = {tensor: f"tensor_{at}" for at, tensor in enumerate(model.get_all_tensor_names())}
    constants = {constant.name for constant in graph.initializer}
    for node in graph.node:
        names.update((tensor, f"{node.name}_out{at}") for at, tensor in enumerate(node.output))
        parameters = [tensor for tensor in node.input if tensor in constants]
        names.update((tensor, f"{node.name}_param{at}") for at, tensor in enumerate(parameters))
    for ends, title in ((graph.input, "global_in"), (graph.output, "global_out")):
        names.update((end.name, f"{title}_{at}" if at else title) for at, end in enumerate(ends))
    _rename(graph, names)


def _rename(graph: Any, names: dict[str, str]) -> None:
    for entries in (graph.input, graph.output, graph.value_info, graph.initializer):
        for entry in entries:
            entry.name = names.get(entry.name, entry.name)
    for entry in graph.quantization_annotation:
        entry.tensor_name = names.get(entry.tensor_name, entry.tensor_name)
    for node in graph.node:
        node.input[:] = [names.get(tensor, tensor) for tensor in node.input]
        node.output[:] = [names.get(tensor, tensor) for tensor in node.output]


def infer_shapes(model: ModelWrapper) -> None:
    """Write down the shape of every tensor that has none yet; shapes already written down are not looked into."""
    if not all(_shaped(model, tensor) for node in model.graph.node for tensor in node.output):
        _infer_shapes(model)
    model.check_all_tensor_shapes_specified(fix_missing_init_shape=True)


def _shaped(model: ModelWrapper, tensor: str) -> bool:
    entry = model.get_tensor_valueinfo(tensor)
    kind = entry.type.tensor_type if entry is not None else None
    return kind is not None and kind.HasField("shape") and all(size.dim_value > 0 for size in kind.shape.dim)


def _infer_shapes(model: ModelWrapper) -> None:
    """Let ONNX infer shapes without the large constants, whose shapes are known."""
    found = onnx.shape_inference.infer_shapes(_skeleton(model)).graph
    graph = model.graph
    known = {entry.name: entry for entry in graph.value_info}
    for entry in found.value_info:
        if entry.name not in known:
            graph.value_info.append(entry)
        elif known[entry.name] != entry:
            known[entry.name].CopyFrom(entry)
    for own, entry in zip(graph.output, found.output, strict=True):
        own.CopyFrom(entry)


def _skeleton(model: ModelWrapper) -> onnx.ModelProto:
    graph = model.graph
    proto = onnx.ModelProto(ir_version=model.model.ir_version, opset_import=model.model.opset_import)
    for own, entries in (
        (proto.graph.input, graph.input),
        (proto.graph.output, graph.output),
        (proto.graph.value_info, graph.value_info),
    ):
        own.extend(entries)
    listed = set(model.get_all_tensor_names())
    for constant in graph.initializer:
        if prod(constant.dims) <= SMALL:
            proto.graph.initializer.append(constant)
        elif constant.name not in listed:
            entry = onnx.helper.make_tensor_value_info(constant.name, constant.data_type, constant.dims)
            proto.graph.value_info.append(entry)
    for node in graph.node:
        proto.graph.node.append(_standard(model, node))
    return proto


def _standard(model: ModelWrapper, node: Any) -> Any:
    """Return an operator of ONNX itself with the node's shapes."""
    if not is_custom_op(node.domain):
        return node
    return getCustomOp(node).make_shape_compatible_op(model)


def fold_constants(model: ModelWrapper, kept: frozenset[str]) -> None:
    """Compute what depends on constants alone, but for operators among ``kept``; shapes are inferred before and after."""
    infer_shapes(model)
    while _folded(model, kept):
        infer_shapes(model)


def _folded(model: ModelWrapper, kept: frozenset[str]) -> bool:
    graph = model.graph
    constants = {constant.name for constant in graph.initializer}
    done = []
    for at, node in enumerate(graph.node):
        if node.op_type not in kept and _constant(model, node, constants):
            model.set_initializer(node.output[0], _value(model, node))
            constants.add(node.output[0])
            done.append(at)
    _remove(graph.node, done)
    return bool(done)


def _constant(model: ModelWrapper, node: Any, constants: set[str]) -> bool:
    if model.get_tensor_valueinfo(node.output[0]) is None:
        return False  # its own inputs have just been folded: it follows once its shape is known
    if node.op_type == "Shape" and model.get_tensor_shape(node.input[0]) is not None:
        return True
    return all(tensor in constants for tensor in node.input)


def _value(model: ModelWrapper, node: Any) -> Any:
    tensors = dict.fromkeys((*node.input, *node.output))
    entries = {tensor: model.get_tensor_valueinfo(tensor) for tensor in tensors}
    part = onnx.GraphProto(value_info=[entry for entry in entries.values() if entry is not None])
    context = {tensor: model.get_initializer(tensor) for tensor in tensors}
    for tensor, entry in entries.items():
        if context[tensor] is None and entry is not None:
            context[tensor] = valueinfo_to_tensor(entry)
    execute_node(node, context, part, opset_version=model.model.opset_import[0].version)
    return context[node.output[0]]


class _Unsettled:
    """Lets QONNX infer the data types of only those nodes whose types are not settled yet, through the graph's wrapper."""

    def __init__(self, model: ModelWrapper, settled: set[object]) -> None:
        """Take the graph, and the states of nodes that inference is known to leave as they are."""
        self._model = model
        self._settled = settled
        self._types = _types(model.graph)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    @property
    def graph(self) -> "_Unsettled":
        return self

    @property
    def node(self) -> Iterator[Any]:
        """Give each node in turn that is not settled when its turn comes, and see whether inference leaves it as it was."""
        for node in self._model.graph.node:
            state = self._state(node)
            if state in self._settled:
                continue
            yield node
            for tensor in (*node.input, *node.output):
                self._types[tensor] = self._model.get_tensor_datatype(tensor).name
            if node.op_type not in READING_CONSTANTS and self._state(node) == state:
                self._settled.add(state)

    def _state(self, node: Any) -> object:
        types = [self._types.get(tensor) for tensor in (*node.input, *node.output)]
        return (node.SerializeToString(deterministic=True), *types)


def _types(graph: Any) -> dict[str, str]:
    """Return the name of each tensor's data type: that of its annotation, otherwise that of its ONNX type."""
    types = {constant.name: container_type(constant.data_type) for constant in graph.initializer}
    for entries in (graph.value_info, graph.input, graph.output):
        types.update((entry.name, container_type(entry.type.tensor_type.elem_type)) for entry in entries)
    for entry in graph.quantization_annotation:
        types.update((entry.tensor_name, each.value) for each in entry.quant_parameter_tensor_names if each.key == TYPE)
    return types


def container_type(kind: int | None) -> str:
    """Return the data type of a tensor of an ONNX type that has no annotation; QONNX takes all but half floats for float32."""
    return "FLOAT16" if kind == onnx.TensorProto.FLOAT16 else "FLOAT32"


def infer_types(transformation: InferDataTypes, model: ModelWrapper, settled: set[object]) -> None:
    """Annotate data types until none changes; ``settled`` remembers what need not be looked at again."""
    unsettled = _Unsettled(model, settled)
    changed = True
    while changed:
        _, changed = transformation.apply(unsettled)


Own: TypeAlias = Callable[[ModelWrapper], None]
OWN: dict[type, Own] = {
    RemoveUnusedTensors: remove_unused,
    RemoveStaticGraphInputs: remove_static_inputs,
    SortGraph: sort,
    SortCommutativeInputsInitializerLast: put_constants_last,
    GiveUniqueParameterTensors: unshare_constants,
    GiveReadableTensorNames: name_tensors,
    InferShapes: infer_shapes,
}


def own_form(transformation: Any) -> Own | None:
    """Return what does here what one of QONNX's transformations does, None where there is nothing."""
    if type(transformation) is FoldConstants:
        kept = frozenset(transformation.exclude_op_types)
        return lambda model: fold_constants(model, kept)
    return OWN.get(type(transformation))
