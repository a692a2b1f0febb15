# SPDX-License-Identifier: Apache-2.0
"""FMPadding: zeros around a feature map."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from levada.compile.layers.attributes import integers
from levada.core.datatypes import datatype
from levada.core.interfaces import EmulationGraph, HardwareNode


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:  # noqa: ARG001
    """Add a Pad. ``Padding`` is top, left, bottom, right."""
    top, left, bottom, right = integers(node, "Padding")
    pads = graph.constant(np.array([0, top, left, 0, 0, bottom, right, 0], np.int64))
    zero = graph.constant(np.zeros((), datatype(node.inputs[0].datatype).canonical))
    graph.add("Pad", [node.inputs[0].name, pads, zero], node.outputs[0].name)
