# SPDX-License-Identifier: Apache-2.0
"""The steps of the pipeline that are Levada's own. Each takes a graph and returns a graph."""

from collections.abc import Callable

from levada.compile._finn import DataType, InsertTopK, MinimizeWeightBitWidth, ModelWrapper, getCustomOp
from levada.compile.properties import QUANTISERS
from levada.compile.wiring import Wiring
from levada.core.errors import InternalFault

SCALING = frozenset({"Mul", "Div", "Add", "Sub"})


def tag_nodes(model: ModelWrapper) -> ModelWrapper:
    """Write each quantiser's own output name into its ``doc_string``, which no pass changes, and clear all others."""
    for node in model.graph.node:
        node.doc_string = node.output[0] if node.op_type in QUANTISERS else ""
    return model


def keeping_tags(transformation: Callable[[], object]) -> Callable[[ModelWrapper], ModelWrapper]:
    """Make a step of FINN's conversion that hands each activation quantiser's tag to what it becomes.

    The conversion keeps the quantiser's output tensor and puts thresholds, then a scale and an offset, before it.
    """

    def convert_quantisers(model: ModelWrapper) -> ModelWrapper:
        tags = {node.output[0]: node.doc_string for node in model.graph.node if node.op_type in QUANTISERS}
        model = model.transform(transformation())
        wiring = Wiring(model.graph)
        for tensor, tag in tags.items():
            node = wiring.producer(tensor)
            while node is not None and node.op_type in SCALING:
                node = wiring.producer(node.input[0])
            if node is not None and node.op_type in {"MultiThreshold", "QuantAvgPool2d"}:
                node.doc_string = tag
        return model

    return convert_quantisers


def insert_topk(k: int) -> Callable[[ModelWrapper], ModelWrapper]:
    """Make a step that ends the network in the ``k`` best classes, or all of them where there are fewer."""

    def end_in_topk(model: ModelWrapper) -> ModelWrapper:
        classes = model.get_tensor_shape(model.graph.output[0].name)[-1]
        return model.transform(InsertTopK(min(k, classes)))

    return end_in_topk


def drop_input_transpose(model: ModelWrapper) -> ModelWrapper:
    """Let the graph take channels-last images: take away the transpose behind its input, if there is one."""
    source = model.graph.input[0].name
    takers = Wiring(model.graph).consumers(source)
    if not takers or any(node.op_type != "Transpose" for node in takers):
        return model
    datatype = model.get_tensor_datatype(source)
    shape = model.get_tensor_shape(takers[0].output[0])
    for transpose in takers:
        for node in Wiring(model.graph).consumers(transpose.output[0]):
            node.input[:] = [source if tensor == transpose.output[0] else tensor for tensor in node.input]
        model.graph.node.remove(transpose)
    model.set_tensor_shape(source, shape)
    model.set_tensor_datatype(source, datatype)
    model.set_tensor_layout(source, ["N", "H", "W", "C"][: len(shape)])
    return model


def narrow_weights(model: ModelWrapper) -> ModelWrapper:
    """Let FINN narrow weights and thresholds, but leave BIPOLAR weights alone: it would make them INT2, twice the memory."""
    bipolar = [node.name for node in model.graph.node if _weights(node) == "BIPOLAR"]
    model = model.transform(MinimizeWeightBitWidth())
    for name in bipolar:
        node = model.get_node_from_name(name)
        if node is None:
            msg = f"node {name!r} vanished while weights were narrowed"
            raise InternalFault(msg)
        getCustomOp(node).set_nodeattr("weightDataType", "BIPOLAR")
        model.set_tensor_datatype(node.input[1], DataType["BIPOLAR"])
    return model


def _weights(node: object) -> str | None:
    instance = getCustomOp(node)
    return instance.get_nodeattr("weightDataType") if "weightDataType" in instance.get_nodeattr_types() else None
