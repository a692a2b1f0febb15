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
    """Write ``offset`` + the number of thresholds ≤ each value of ``values`` (int32, channels last, within ``domain``).

    ``thresholds`` is channels × steps, or 1 × steps for all channels. BIPOLAR results are -1 and 1.
    """
    steps = np.clip(np.ceil(np.asarray(thresholds, np.float64)), domain.low, domain.high + 1).astype(np.int64)
    if domain.largest >= 2**31 - 1:
        msg = f"thresholds of {result.name!r} compare values in {domain.low}…{domain.high}, which 32 bits do not hold"
        raise GraphError(msg)
    bipolar = datatype(result.datatype).name == "BIPOLAR"
    lines = fit(steps, domain)
    reached = _count(graph, values, steps) if lines is None else _round_down(graph, values, lines, steps.shape[1])
    if bipolar:
        reached = graph.add("Mul", [reached, graph.constant(np.array(2, np.int32))])
    if bipolar or offset:
        reached = graph.add("Add", [reached, graph.constant(np.array(-1 if bipolar else offset, np.int32))])
    to_stream(graph, reached, result)


def _count(graph: EmulationGraph, values: str, steps: Any) -> str:
    """Compare with every threshold: right for any thresholds, at the cost of as many comparisons."""
    last = graph.constant(np.array([-1], np.int64))
    compared = graph.add(
        "GreaterOrEqual", [graph.add("Unsqueeze", [values, last]), graph.constant(steps.astype(np.int32))]
    )
    return graph.add("ReduceSum", [cast(graph, compared, "int32"), last], keepdims=0)


def _round_down(graph: EmulationGraph, values: str, lines: Lines, most: int) -> str:
    """Follow the lines in single precision and round down."""
    scaled = graph.add("Mul", [cast(graph, values, "float32"), graph.constant(lines.slope)])
    raised = graph.add("Add", [scaled, graph.constant(lines.offset)])
    ends = [graph.constant(np.array(end, np.float32)) for end in (0, most)]
    return cast(graph, graph.add("Floor", [graph.add("Clip", [raised, *ends])]), "int32")
