# SPDX-License-Identifier: Apache-2.0
"""ConvolutionInputGenerator: sliding windows, each laid out row, column, channel."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from levada.compile.layers.attributes import pair
from levada.core.interfaces import EmulationGraph, HardwareNode


def emulate(node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:  # noqa: ARG001
    """Add one strided Slice per place in the window, and join them along the channels.

    A depthwise generator interleaves channels in hardware; FINN's own execution does not, and the stream cannot be cut.
    """
    height, width = pair(node, "ConvKernelDim")
    source, result = node.inputs[0].name, node.outputs[0].name
    places = [_place(node, graph, source, row, column) for row in range(height) for column in range(width)]
    if len(places) == 1:
        graph.add("Identity", places, result)
    else:
        graph.add("Concat", places, result, axis=3)


def _place(node: HardwareNode, graph: EmulationGraph, source: str, row: int, column: int) -> str:
    strides, dilations, sizes = pair(node, "Stride"), pair(node, "Dilation"), pair(node, "OFMDim")
    starts = [row * dilations[0], column * dilations[1]]
    ends = [start + (size - 1) * stride + 1 for start, size, stride in zip(starts, sizes, strides, strict=True)]
    bounds = [graph.constant(np.array(values, np.int64)) for values in (starts, ends, (1, 2), strides)]
    return graph.add("Slice", [source, *bounds])
