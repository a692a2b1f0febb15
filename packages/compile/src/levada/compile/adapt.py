# SPDX-License-Identifier: Apache-2.0
"""FINN's hardware graph as typed values: nodes that a layer class can read without FINN."""

from typing import Any

import numpy as np

from levada.compile._finn import ModelWrapper, getCustomOp
from levada.core.errors import GraphError
from levada.core.interfaces import HardwareNode, NodeTensor


def hardware_nodes(model: ModelWrapper) -> tuple[HardwareNode, ...]:
    """Return the graph's nodes in order."""
    return tuple(_node(model, node) for node in model.graph.node)


def constants(model: ModelWrapper) -> dict[str, Any]:
    """Return the initialisers by name, as numpy arrays."""
    return {tensor.name: model.get_initializer(tensor.name) for tensor in model.graph.initializer}


def tensor(model: ModelWrapper, name: str) -> NodeTensor:
    """Return one tensor of the graph."""
    kind = model.get_tensor_datatype(name)
    if not kind.is_integer():
        msg = f"tensor {name!r} should hold integers, got {kind.name!r}"
        raise GraphError(msg)
    constant = model.get_initializer(name) is not None
    return NodeTensor(name=name, shape=tuple(model.get_tensor_shape(name)), datatype=kind.name, constant=constant)


def _node(model: ModelWrapper, node: Any) -> HardwareNode:
    instance = getCustomOp(node)
    return HardwareNode(
        name=node.name,
        op=node.op_type,
        attributes={name: _plain(instance.get_nodeattr(name)) for name in instance.get_nodeattr_types()},
        inputs=tuple(tensor(model, name) for name in node.input),
        outputs=tuple(tensor(model, name) for name in node.output),
    )


def _plain(value: Any) -> int | float | str | tuple[int, ...]:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, np.ndarray)):
        return tuple(int(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[no-any-return]
