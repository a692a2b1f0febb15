# SPDX-License-Identifier: Apache-2.0
"""How many thresholds an integer reaches, in standard ONNX: a line rounded down where that is proved equal, else a count."""

from typing import Any

import numpy as np

from levada.compile.emulation.casting import cast, to_stream
from levada.compile.emulation.lines import Lines, fit
from levada.compile.emulation.values import Range
from levada.core.datatypes import datatype
from levada.core.errors import GraphError
from levada.core.interfaces import EmulationGraph, NodeTensor


def count(graph: EmulationGraph, values: str, thresholds: Any, domain: Range, offset: int, result: NodeTensor) -> None:
    """Write ``offset`` + the number of thresholds ≤ each value of ``values`` (integers, channels last, within ``domain``).

    ``thresholds`` is channels × steps, or 1 × steps for all channels. BIPOLAR results are -1 and 1.
    """
    steps = np.clip(np.ceil(np.asarray(thresholds, np.float64)), domain.low, domain.high + 1).astype(np.int64)
    if domain.largest >= 2**31 - 1:
        msg = f"thresholds of {result.name!r} compare values in {domain.low}…{domain.high}, which 32 bits do not hold"
        raise GraphError(msg)
    lines = fit(steps, domain)
    reached, kind = _count(graph, values, steps) if lines is None else _follow(graph, values, lines, steps.shape[1])
    bipolar = datatype(result.datatype).name == "BIPOLAR"
    if bipolar:
        reached = graph.add("Mul", [reached, graph.constant(np.array(2, kind))])
    if bipolar or offset:
        reached = graph.add("Add", [reached, graph.constant(np.array(-1 if bipolar else offset, kind))])
    to_stream(graph, reached, result)


def _count(graph: EmulationGraph, values: str, steps: Any) -> tuple[str, str]:
    """Compare with every threshold: right for any thresholds, at the cost of as many comparisons. Return the count and its type."""
    last = graph.constant(np.array([-1], np.int64))
    wide = graph.add("Unsqueeze", [cast(graph, values, "int32"), last])
    compared = graph.add("GreaterOrEqual", [wide, graph.constant(steps.astype(np.int32))])
    return graph.add("ReduceSum", [cast(graph, compared, "int32"), last], keepdims=0), "int32"


def _follow(graph: EmulationGraph, values: str, lines: Lines, most: int) -> tuple[str, str]:
    """Follow the lines and round down, in their floating-point type. Return the count, still in that type, and the type."""
    kind = str(lines.slope.dtype)
    scaled = graph.add("Mul", [cast(graph, values, kind), graph.constant(lines.slope)])
    raised = graph.add("Add", [scaled, graph.constant(lines.offset)])
    ends = [graph.constant(np.array(end, kind)) for end in (0, most)]
    return graph.add("Floor", [graph.add("Clip", [raised, *ends])]), kind
