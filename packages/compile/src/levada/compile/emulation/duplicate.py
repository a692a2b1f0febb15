# SPDX-License-Identifier: Apache-2.0
"""DuplicateStreams: the same values, once for each output."""

from collections.abc import Mapping
from typing import Any

from levada.core.interfaces import EmulationGraph, HardwareNode


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:  # noqa: ARG001
    """Add one Identity per output, so that each stream is a tensor of its own."""
    for output in node.outputs:
        graph.add("Identity", [node.inputs[0].name], output.name)
