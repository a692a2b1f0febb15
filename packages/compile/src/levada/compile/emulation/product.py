# SPDX-License-Identifier: Apache-2.0
"""Integer matrix products that are exact on every processor."""

from typing import Any

import numpy as np

from levada.compile.emulation.casting import cast
from levada.compile.emulation.values import Range
from levada.core.errors import GraphError
from levada.core.interfaces import EmulationGraph, NodeTensor

_INT16_MAX = 2**15 - 1
_INT32_MAX = 2**31 - 1


def product(graph: EmulationGraph, inputs: NodeTensor, weights: Any) -> tuple[str, Range]:
    """Write ``inputs`` (channels last) times ``weights`` (inputs × outputs) as int32; return it with its range of values.

    Values of up to 8 bits go through MatMulInteger, others through float64, whose sums of integers are exact to 2^53.
    Raise GraphError where a sum may leave 32 bits.
    """
    domain = Range.of(inputs.datatype)
    sums = domain.times(weights)
    if sums.largest > _INT32_MAX:
        msg = f"sums of the layer fed by {inputs.name!r} reach {sums.low}…{sums.high}, which 32 bits do not hold"
        raise GraphError(msg)
    if domain.low >= -128 and domain.high <= 255 and np.abs(weights).max(initial=0) <= 127:
        return _bytes(graph, inputs, domain, weights), sums
    return _doubles(graph, inputs.name, weights), sums


def _bytes(graph: EmulationGraph, inputs: NodeTensor, domain: Range, weights: Any) -> str:
    """Multiply unsigned bytes by signed ones, or by unsigned ones where a processor without VNNI would saturate.

    Its instruction for u8 × s8 adds two products in 16 bits. Signed inputs are made unsigned first, for which there are fast
    kernels; zero points take both shifts back exactly.
    """
    values, zero = inputs.name, 0
    if domain.low < 0:
        wide = graph.add("Add", [cast(graph, values, "int32"), graph.constant(np.array(128, np.int32))])
        values, zero = cast(graph, wide, "uint8"), 128
    largest = domain.high + zero
    if 2 * largest * int(np.abs(weights).max(initial=0)) <= _INT16_MAX:
        second, second_zero = weights.astype(np.int8), np.zeros((), np.int8)
    else:
        second, second_zero = (weights + 128).astype(np.uint8), np.array(128, np.uint8)
    zeros = [graph.constant(np.array(zero, np.uint8)), graph.constant(second_zero)]
    return graph.add("MatMulInteger", [values, graph.constant(second), *zeros])


def _doubles(graph: EmulationGraph, values: str, weights: Any) -> str:
    sums = graph.add("MatMul", [cast(graph, values, "float64"), graph.constant(weights.astype(np.float64))])
    return cast(graph, sums, "int32")
