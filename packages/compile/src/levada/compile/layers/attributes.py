# SPDX-License-Identifier: Apache-2.0
"""Typed reading of a hardware node's attributes: what is missing or of the wrong kind is named with its node."""

from math import prod

from levada.core.datatypes import DataType, datatype
from levada.core.errors import GraphError, ManifestError
from levada.core.interfaces import HardwareNode

Pair = tuple[int, int]


def integer(node: HardwareNode, name: str, default: int | None = None) -> int:
    """Return an integer attribute, or ``default`` where the node has none and a default is given."""
    value = node.attributes.get(name, default)
    if not isinstance(value, int):
        raise GraphError(_wrong(node, name, "an integer", value))
    return value


def text(node: HardwareNode, name: str, default: str | None = None) -> str:
    """Return a text attribute, or ``default`` where the node has none and a default is given."""
    value = node.attributes.get(name, default)
    if not isinstance(value, str):
        raise GraphError(_wrong(node, name, "a text", value))
    return value


def integers(node: HardwareNode, name: str) -> tuple[int, ...]:
    """Return an attribute that lists integers."""
    value = node.attributes.get(name)
    if not isinstance(value, tuple) or not all(isinstance(item, int) for item in value):
        raise GraphError(_wrong(node, name, "integers", value))
    return tuple(int(item) for item in value)


def pair(node: HardwareNode, name: str) -> Pair:
    """Return an attribute of two integers, height then width."""
    value = integers(node, name)
    if len(value) != 2:
        raise GraphError(_wrong(node, name, "two integers (height, width)", value))
    return value[0], value[1]


def integer_type(node: HardwareNode, name: str) -> DataType:
    """Return the integer data type that a text attribute names."""
    value = text(node, name)
    try:
        return datatype(value)
    except ManifestError as error:
        raise GraphError(_wrong(node, name, "an integer data type", value)) from error


def vectors(node: HardwareNode) -> int:
    """Return how many vectors of channels pass per inference (``numInputVectors``)."""
    value = node.attributes.get("numInputVectors", 1)
    return value if isinstance(value, int) else prod(integers(node, "numInputVectors"))


def _wrong(node: HardwareNode, name: str, expected: str, value: object) -> str:
    return (
        f"layer {node.name!r} ({node.op}) should have {expected} as attribute {name!r}, got {value!r}; "
        f"compile the network again with this version of Levada"
    )
