# SPDX-License-Identifier: Apache-2.0
"""Who makes and who takes each tensor of an ONNX graph."""

from collections import defaultdict
from typing import Any


class Wiring:
    """The edges of an ONNX graph as it stands; make a new one after any change."""

    def __init__(self, graph: Any) -> None:
        """Read an ``onnx.GraphProto``."""
        self.graph = graph
        self.initialisers = {tensor.name for tensor in graph.initializer}
        self._producers = {tensor: node for node in graph.node for tensor in node.output}
        self._consumers: dict[str, list[Any]] = defaultdict(list)
        for node in graph.node:
            for tensor in dict.fromkeys(node.input):
                self._consumers[tensor].append(node)

    def producer(self, tensor: str) -> Any | None:
        """Return the node that makes ``tensor``, None for inputs and constants."""
        return self._producers.get(tensor)

    def consumers(self, tensor: str) -> list[Any]:
        """Return the nodes that take ``tensor``."""
        return list(self._consumers.get(tensor, ()))

    def before(self, node: Any) -> list[Any]:
        """Return the nodes that make the node's inputs."""
        made = (self.producer(tensor) for tensor in node.input)
        return [each for each in made if each is not None]

    def after(self, node: Any) -> list[Any]:
        """Return the nodes that take the node's outputs."""
        return [taker for tensor in node.output for taker in self.consumers(tensor)]

    def describe(self, node: Any) -> str:
        """Name a node with its operator and neighbours, for an error message."""
        before = " and ".join(_label(each) for each in self.before(node) if each.op_type != "Constant")
        after = " and ".join(_label(each) for each in self.after(node))
        place = f"between {before or 'the input'} and {after or 'the output'}"
        return f"operator {node.op_type!r} (node {node.name!r}, {place})"


def _label(node: Any) -> str:
    return f"{node.op_type} {node.name!r}"
