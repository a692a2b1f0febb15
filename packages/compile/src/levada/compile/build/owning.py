# SPDX-License-Identifier: Apache-2.0
"""Whose each node of a specialised graph is: names change on the way, the tensors that layers put out do not."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from levada.compile._finn import ModelWrapper
from levada.compile.build.sites import Site
from levada.compile.wiring import Wiring
from levada.core.errors import InternalFault
from levada.core.manifests import PlacedLayer


class Role(Enum):
    """What a node is there for."""

    LAYER = "layer"
    CONVERTER = "StreamingDataWidthConverter"
    FIFO = "StreamingFIFO"


class Owners:
    """The layer that each tensor came from."""

    def __init__(self, layers: Mapping[str, PlacedLayer]) -> None:
        """Hold tensor name → layer."""
        self._layers = dict(layers)

    @classmethod
    def of(cls, model: ModelWrapper, placed: Sequence[Site]) -> "Owners":
        """Read a configured graph, standalone thresholds included."""
        names = {site.layer.node: site.layer for site in placed}
        layers: dict[str, PlacedLayer] = {}
        for node in model.graph.node:
            layer = names.get(node.name) or layers[node.input[0]]
            layers.update(dict.fromkeys(node.output, layer))
        return cls(layers)

    def layer(self, tensor: str) -> PlacedLayer | None:
        """Return the layer that puts out ``tensor``, None for one that is new."""
        return self._layers.get(tensor)

    def owner(self, node: Any, wiring: Wiring) -> PlacedLayer:
        """Return the layer that a node belongs to: itself, or for what lies on a stream the layer that takes the stream.

        A cut stream so counts on the card that receives it, where its width converter is.
        """
        if role(node) is Role.LAYER:
            return self._maker(node, wiring)
        following = wiring.after(node)
        return self.owner(following[0], wiring) if following else self._maker(node, wiring)

    def _maker(self, node: Any, wiring: Wiring) -> PlacedLayer:
        """Return the owner of the node's first output; where a FIFO took the last one's name, that of the FIFO's."""
        tensors = [*node.output, *(tensor for after in wiring.after(node) for tensor in after.output)]
        for tensor in tensors:
            if tensor in self._layers:
                return self._layers[tensor]
        msg = f"node {node.name!r} ({node.op_type}) of the specialised graph belongs to no layer of the plan"
        raise InternalFault(msg)


def role(node: Any) -> Role:
    """Return what a node is there for."""
    return next((role for role in (Role.CONVERTER, Role.FIFO) if node.op_type.startswith(role.value)), Role.LAYER)
