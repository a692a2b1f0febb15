# SPDX-License-Identifier: Apache-2.0
"""The steps of the pipeline that are Levada's own. Each takes a graph and returns a graph."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from levada.compile._finn import DataType, InsertTopK, ModelWrapper, getCustomOp
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
    """Let weights and thresholds be as narrow as their values.

    BIPOLAR weights stay: FINN would make them INT2, twice the memory. The types of thresholds are found here by FINN's rule,
    because FINN asks each threshold in turn whether the type holds it, which takes longer than all the rest.
    """
    for node in model.graph.node:
        instance = getCustomOp(node)
        if node.op_type == "Thresholding" and not _changed_later(instance):
            _narrow_thresholds(model, node, instance)
        elif hasattr(instance, "minimize_weight_bit_width") and _weights(instance) != "BIPOLAR":
            instance.minimize_weight_bit_width(model)
    return model


def _changed_later(instance: Any) -> bool:
    return bool(instance.get_nodeattr("runtime_writeable_weights") or instance.get_nodeattr("mlo_max_iter"))


def _narrow_thresholds(model: ModelWrapper, node: Any, instance: Any) -> None:
    if not (instance.get_input_datatype(0).is_integer() and instance.get_input_datatype(1).is_integer()):
        return
    kind = threshold_type(model.get_initializer(node.input[1]), signed=instance.get_input_datatype(0).signed())
    instance.set_nodeattr("weightDataType", kind.name)
    model.set_tensor_datatype(node.input[1], kind)


def threshold_type(thresholds: NDArray[Any], *, signed: bool) -> Any:
    """Return the narrowest integer type that holds all thresholds, signed where what is compared with them is."""
    low, high = float(thresholds.min()), float(thresholds.max())
    farthest = low if -low > high else -high - 1 if low < 0 or signed else high
    kind = DataType.get_smallest_possible(farthest)
    if not np.all(kind.allowed(thresholds)):
        kind = DataType["INT2"]  # the smallest type for -1 alone is BIPOLAR, which has no zero
    if not np.all(kind.allowed(thresholds)):
        msg = f"expected whole thresholds, got some that {kind.name} does not hold, from {low} to {high}"
        raise InternalFault(msg)
    return kind


def _weights(instance: Any) -> str | None:
    return instance.get_nodeattr("weightDataType") if "weightDataType" in instance.get_nodeattr_types() else None
