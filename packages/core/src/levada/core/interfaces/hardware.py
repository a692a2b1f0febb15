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


def weights_name(layer: str) -> str:
    """Return the name under which the emulation graph keeps a layer's weights: an initialiser that an input may replace.

    It is inputs × outputs (MW × MH) in the canonical type of the weights' data type, which its ``doc_string`` names.
    """
    return f"{layer}_weights"


def weight_beats(matrix: Any, pe: int, simd: int) -> Any:
    """Return a layer's weights (inputs × outputs) as the beats in which they are streamed to it from outside, in order.

    A beat holds ``pe`` × ``simd`` elements, element 0 in the lowest bits, packed like any stream. Beats run over the inputs
    first: beat (row, column) brings to PE *p* the weights of output row · PE + *p*, of inputs column · SIMD onwards.
    finn: ``InsertIODMA.get_mem_init`` (a test of levada-compile compares the two), packed by ``to_external_tensor``.
    """
    inputs, outputs = matrix.shape
    tiles = matrix.reshape(inputs // simd, simd, outputs // pe, pe)
    return tiles.transpose(2, 0, 3, 1).reshape(-1, pe * simd)


class EmulationGraph(Protocol):
    """What a layer's emulation form is written into: standard ONNX operators only."""

    def constant(self, array: Any) -> str:
        """Add an initialiser and return its name."""

    def weights(self, layer: str, matrix: Any, datatype: str) -> str:
        """Add a layer's weights under the name :func:`weights_name` gives them, never shared, and return that name.

        ``matrix`` is inputs × outputs in the canonical type of ``datatype``, whose name is kept with it.
        """

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
