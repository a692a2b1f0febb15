# SPDX-License-Identifier: Apache-2.0
"""The kit for hardware layers."""

from collections.abc import Mapping, Sequence
from typing import Any

from levada.core.boards import Board
from levada.core.interfaces import HardwareLayer, HardwareNode, weights_name
from levada.core.manifests import Folding, Lanes
from levada.core.resources import NAMES
from levada.core.testing.clusters import u280


class HardwareLayerConformance:
    """Tests of a hardware layer: name its class as ``layer`` and a node of its op as ``node``.

    Override :meth:`constants` where the node has any. That the emulation form is bit-exact is for tests that have FINN.
    """

    layer: type[HardwareLayer]
    node: HardwareNode

    def board(self) -> Board:
        """Return the board that foldings are asked for."""
        return u280()

    def constants(self) -> Mapping[str, Any]:
        """Return the node's constant inputs: name → array."""
        return {}

    def test_the_node_is_of_its_op(self) -> None:
        assert self.node.op == self.layer.op, f"the node is a {self.node.op!r}, the layer is for {self.layer.op!r}"

    def test_there_is_a_folding_and_each_is_another(self) -> None:
        found = self._foldings()
        ways = {(f.implementation, f.multiplier, f.thresholds, f.pe, f.simd) for f in found}
        assert found, "a node needs a folding"
        assert len(ways) == len(found), f"{len(found)} foldings are {len(ways)} ways to build the node"

    def test_every_folding_takes_time(self) -> None:
        for folding in self._foldings():
            assert folding.cycles > 0, f"{folding} takes no cycle"
            assert folding.pe > 0, f"{folding} has no lane"
            assert folding.simd > 0, f"{folding} has no lane"

    def test_every_count_says_who_says_so_and_what_nobody_says_is_unknown(self) -> None:
        for folding in self._foldings():
            for name in NAMES:
                count, origin = folding.resources.get(name), getattr(folding.origins, name)
                assert (count is None) == (origin == "unknown"), f"{name} is {count} by {origin!r}"
                assert count is None or count >= 0, f"{name} is {count}"

    def test_its_foldings_are_pure(self) -> None:
        assert self._foldings() == self._foldings(), "the same node must have the same foldings each time"

    def test_its_default_is_a_folding(self) -> None:
        count = len(self._foldings())
        index = self.layer().default(self._foldings())
        assert 0 <= index < count, f"the default is folding {index} of {count}"

    def test_its_lanes_are_two(self) -> None:
        assert all(isinstance(lanes, Lanes) for lanes in self.layer().lanes())
        assert len(self.layer().lanes()) == 2

    def test_its_attributes_are_words_and_numbers(self) -> None:
        for folding in self._foldings():
            for name, value in self.layer().finn_attributes(self.node, folding).items():
                assert isinstance(value, (int, str)), f"FINN's attribute {name!r} takes no {type(value).__name__}"

    def test_its_emulation_writes_the_tensors_of_the_node(self) -> None:
        graph = RecordedGraph()
        self.layer().emulate(self.node, self.constants(), graph)
        missing = {tensor.name for tensor in self.node.outputs} - graph.made
        assert not missing, f"the emulation form writes no {sorted(missing)}"

    def test_its_emulation_reads_what_is_there(self) -> None:
        graph = RecordedGraph()
        self.layer().emulate(self.node, self.constants(), graph)
        there = {tensor.name for tensor in self.node.inputs} | graph.made | {""}
        assert graph.read <= there, f"the emulation form reads {sorted(graph.read - there)}, which nobody makes"

    def _foldings(self) -> tuple[Folding, ...]:
        return self.layer().foldings(self.node, self.board())


class RecordedGraph:
    """An emulation graph that remembers the names of what was made and read."""

    def __init__(self) -> None:
        """Start empty."""
        self.made: set[str] = set()
        self.read: set[str] = set()

    def constant(self, array: Any) -> str:  # noqa: ARG002 - only its name matters here
        """Add an initialiser and return its name."""
        return self._make(None)

    def weights(self, layer: str, matrix: Any, datatype: str) -> str:  # noqa: ARG002 - only its name matters here
        """Add a layer's weights and return their name."""
        return self._make(weights_name(layer))

    def add(self, op: str, inputs: Sequence[str], output: str | None = None, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        return self.add_all(op, inputs, (output,), **attributes)[0]

    def add_all(
        self,
        op: str,  # noqa: ARG002 - any operator may do
        inputs: Sequence[str],
        outputs: Sequence[str | None],
        **attributes: Any,  # noqa: ARG002
    ) -> tuple[str, ...]:
        """Add a node with several outputs and return their names."""
        self.read |= set(inputs)
        return tuple(self._make(output) for output in outputs)

    def _make(self, name: str | None) -> str:
        made = name or f"made_{len(self.made)}"
        self.made.add(made)
        return made
