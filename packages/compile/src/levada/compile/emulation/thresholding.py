# SPDX-License-Identifier: Apache-2.0
"""Thresholding: how many of its channel's thresholds a value reaches, plus an offset."""

from collections.abc import Mapping
from typing import Any

from levada.compile.emulation.counting import count
from levada.compile.emulation.values import Range
from levada.compile.layers.attributes import integer
from levada.core.interfaces import EmulationGraph, HardwareNode


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:
    """Add the count over the last axis."""
    values, thresholds = node.inputs[0], constants[node.inputs[1].name]
    count(graph, values.name, thresholds, Range.of(values.datatype), integer(node, "ActVal", 0), node.outputs[0])
