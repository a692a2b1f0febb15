# SPDX-License-Identifier: Apache-2.0
"""Integer matrix products that are exact on every processor."""

from typing import Any

import msgspec
import numpy as np

from levada.compile.emulation.casting import cast
from levada.compile.emulation.values import Range
from levada.core.errors import GraphError
from levada.core.interfaces import EmulationGraph, NodeTensor

_INT16_MAX = 2**15 - 1
_INT32_MAX = 2**31 - 1
_MIDDLE = 128


class Weights(msgspec.Struct, frozen=True):
    """The weights of a layer as they stand in the graph: inputs × outputs, in the canonical type of their data type."""

    tensor: str
    matrix: Any

    @property
    def largest(self) -> int:
        """Return the largest magnitude."""
        return int(np.abs(self.matrix.astype(np.int64)).max(initial=0))


def product(graph: EmulationGraph, inputs: NodeTensor, weights: Weights) -> tuple[str, Range]:
    """Write ``inputs`` (channels last) times ``weights`` as int32; return it with its range of values.

    Values of up to 8 bits go through MatMulInteger, others through float64, whose sums of integers are exact to 2^53. What must
    be done to the weights themselves is written as operators on them, which onnxruntime folds where they are constant.
    Raise GraphError where a sum may leave 32 bits.
    """
    domain = Range.of(inputs.datatype)
    sums = domain.times(weights.matrix)
    if sums.largest > _INT32_MAX:
        msg = f"sums of the layer fed by {inputs.name!r} reach {sums.low}…{sums.high}, which 32 bits do not hold"
        raise GraphError(msg)
    if domain.low >= -128 and domain.high <= 255 and weights.largest <= 127:
        return _bytes(graph, inputs, domain, weights), sums
    return _doubles(graph, inputs.name, weights), sums


def _bytes(graph: EmulationGraph, inputs: NodeTensor, domain: Range, weights: Weights) -> str:
    """Multiply unsigned bytes by signed ones, or by unsigned ones where a processor without VNNI would saturate.

    Its instruction for u8 × s8 adds two products in 16 bits. Signed inputs are made unsigned first, for which there are fast
    kernels; zero points take both shifts back exactly.
    """
    values, zero = (inputs.name, 0) if domain.low >= 0 else (_unsigned(graph, inputs.name), _MIDDLE)
    if 2 * (domain.high + zero) * weights.largest <= _INT16_MAX:
        signed = weights.matrix.dtype == np.int8
        second = weights.tensor if signed else cast(graph, weights.tensor, "int8")
        second_zero = np.zeros((), np.int8)
    else:
        second, second_zero = _unsigned(graph, weights.tensor), np.array(_MIDDLE, np.uint8)
    zeros = [graph.constant(np.array(zero, np.uint8)), graph.constant(second_zero)]
    return graph.add("MatMulInteger", [values, second, *zeros])


def _unsigned(graph: EmulationGraph, values: str) -> str:
    """Return signed bytes as unsigned ones, 128 up."""
    wide = graph.add("Add", [cast(graph, values, "int32"), graph.constant(np.array(_MIDDLE, np.int32))])
    return cast(graph, wide, "uint8")


def _doubles(graph: EmulationGraph, values: str, weights: Weights) -> str:
    sums = graph.add("MatMul", [cast(graph, values, "float64"), cast(graph, weights.tensor, "float64")])
    return cast(graph, sums, "int32")
