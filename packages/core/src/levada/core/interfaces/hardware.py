# SPDX-License-Identifier: Apache-2.0
"""What compile takes from plug-ins: one class per hardware operation of FINN."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from levada.core.boards import Board
from levada.core.manifests import (
    Folding,
    Lanes,
    Record,
)  # fmt: skip


class NodeTensor(Record, frozen=True, kw_only=True):
    """An input or output of a hardware node: name, shape with batch, QONNX data type, whether it is a constant."""

    name: str
    shape: tuple[int, ...]
    datatype: str
    constant: bool = False


class HardwareNode(Record, frozen=True, kw_only=True):
    """A node of the FINN graph before specialisation, as a layer class sees it: typed, read-only."""

    name: str
    op: str
    attributes: dict[str, int | float | str | tuple[int, ...]]
    inputs: tuple[NodeTensor, ...]
    outputs: tuple[NodeTensor, ...]


class EmulationGraph(Protocol):
    """What a layer's emulation form is written into: standard ONNX operators only."""

    def constant(self, array: Any) -> str:
        """Add an initialiser and return its name."""

    def add(self, op: str, inputs: Sequence[str], output: str | None = None, **attributes: Any) -> str:
        """Add a node and return the name of its output (given, or made)."""

    def add_all(
        self, op: str, inputs: Sequence[str], outputs: Sequence[str | None], **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node with several outputs and return their names; a name is made for each None."""


class HardwareLayer(ABC):
    """One hardware operation of FINN: what it can be folded into, what that costs, what flows, how it is emulated."""

    op: ClassVar[str]

    @abstractmethod
    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:
        """Return every way to build the node, each with cycles, resources without weights, and origins of the figures."""

    @abstractmethod
    def default(self, foldings: tuple[Folding, ...]) -> int:
        """Return the index of the folding to take where nothing else is asked: small, and not needlessly slow."""

    @abstractmethod
    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return which folding parameter sets the beat of its inputs, and of its outputs."""

    def rigid(self, node: HardwareNode) -> bool:  # noqa: ARG002 - most layers are not
        """Say whether the order of the node's output depends on its lanes, so that its sink must have the same (``Stream.rigid``)."""
        return False

    @abstractmethod
    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:
        """Return the node attributes that make FINN build this folding."""

    @abstractmethod
    def emulate(self, node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:
        """Write the node into ``graph``, bit-exact with FINN's own execution, tensors named as the node's."""
