# SPDX-License-Identifier: Apache-2.0
"""Checks of what passes promise of a graph. Each raises GraphError naming the node at fault, or returns nothing."""

from levada.compile._finn import ModelWrapper
from levada.compile.wiring import Wiring
from levada.core.errors import GraphError

QUANTISERS = frozenset({"Quant", "IntQuant", "BipolarQuant", "Trunc"})
WEIGHTED = frozenset({"Conv", "Gemm", "MatMul"})
LINEAR = frozenset({"Add", "Sub", "Mul", "Div", "BatchNormalization"})
SHAPING = frozenset({"Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Constant", "Dropout"})
STREAMABLE = QUANTISERS | WEIGHTED | LINEAR | SHAPING | {"Relu", "Sign", "MaxPool", "AveragePool", "GlobalAveragePool"}
HARDWARE_DOMAIN = "finn.custom_op.fpgadataflow"


def check_operators(model: ModelWrapper) -> None:
    """Refuse a QONNX graph with an operator that FINN has no hardware for."""
    wiring = Wiring(model.graph)
    for node in model.graph.node:
        if node.op_type not in STREAMABLE:
            msg = (
                f"{wiring.describe(node)} cannot be streamed: no hardware layer computes it; "
                f"replace it in the network by operators of {', '.join(sorted(STREAMABLE))}"
            )
            raise GraphError(msg)


def check_weights(model: ModelWrapper) -> None:
    """Refuse a graph without quantisers, or with weights that no quantiser makes."""
    wiring = Wiring(model.graph)
    if not any(node.op_type in QUANTISERS for node in model.graph.node):
        msg = (
            f"expected a quantised network (QONNX), got a graph of {len(model.graph.node)} nodes without one quantiser "
            f"({', '.join(sorted(QUANTISERS))}); train it with quantised layers and export it as QONNX"
        )
        raise GraphError(msg)
    for node in model.graph.node:
        if node.op_type in WEIGHTED and not _quantised(wiring, node.input[1]):
            msg = (
                f"expected quantised weights at {wiring.describe(node)}, got floats in {node.input[1]!r}; "
                f"give the layer a weight quantiser"
            )
            raise GraphError(msg)


def _quantised(wiring: Wiring, tensor: str) -> bool:
    node = wiring.producer(tensor)
    while node is not None and node.op_type in SHAPING:
        node = wiring.producer(node.input[0]) if node.input else None
    return node is not None and node.op_type in QUANTISERS


def check_no_quantisers(model: ModelWrapper) -> None:
    """Refuse a quantiser that has not become thresholds."""
    wiring = Wiring(model.graph)
    for node in model.graph.node:
        if node.op_type in QUANTISERS:
            msg = (
                f"{wiring.describe(node)} cannot become thresholds or integer weights; quantisers of activations may have "
                f"at most 8 bits, zero point 0 and one scale per tensor"
            )
            raise GraphError(msg)


def check_labels(model: ModelWrapper) -> None:
    """Refuse a graph that does not end in a TopK."""
    last = Wiring(model.graph).producer(model.graph.output[0].name)
    if last is None or last.op_type != "TopK":
        msg = f"expected the network to end in class scores, got {'nothing' if last is None else last.op_type!r} at its end"
        raise GraphError(msg)


def check_integer(model: ModelWrapper) -> None:
    """Refuse a graph in which something between input and labels is no integer: a scale that no threshold absorbed."""
    wiring = Wiring(model.graph)
    for node in model.graph.node:
        if node.op_type == "TopK":
            continue
        if not all(model.get_tensor_datatype(tensor).is_integer() for tensor in node.output):
            msg = (
                f"{wiring.describe(node)} cannot be streamed: its result is not an integer, because no quantiser follows "
                f"that could absorb it, or the scales of a join differ; share one quantiser between the arms of a join, "
                f"and quantise every activation that a layer takes"
            )
            raise GraphError(msg)


def check_hardware(model: ModelWrapper) -> None:
    """Refuse a graph in which any node but a transpose of the input is no hardware layer."""
    wiring = Wiring(model.graph)
    source = model.graph.input[0].name
    for node in model.graph.node:
        if node.domain == HARDWARE_DOMAIN or (node.op_type == "Transpose" and node.input[0] == source):
            continue
        msg = f"{wiring.describe(node)} cannot be streamed: FINN has no hardware layer for it in this place"
        raise GraphError(msg)


def check_channels_last(model: ModelWrapper) -> None:
    """Refuse a graph that is not hardware from its very input."""
    wiring = Wiring(model.graph)
    for node in model.graph.node:
        if node.domain != HARDWARE_DOMAIN:
            msg = f"{wiring.describe(node)} cannot be streamed: it stands between the channels-last input and the hardware"
            raise GraphError(msg)
