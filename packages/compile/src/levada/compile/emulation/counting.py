# SPDX-License-Identifier: Apache-2.0
"""How many thresholds an integer reaches, in standard ONNX: a line rounded down where that is proved equal, else a count."""

from typing import Any

import numpy as np

from levada.compile.emulation.casting import cast, to_stream
from levada.compile.emulation.values import Range
from levada.core.datatypes import datatype
from levada.core.errors import GraphError
from levada.core.interfaces import EmulationGraph, NodeTensor


def count(
    graph: EmulationGraph, values: str, thresholds: Any, domain: Range, offset: int, result: NodeTensor
) -> None:
    """Write ``offset`` + the number of thresholds ≤ each value of ``values`` (int32, channels last, within ``domain``).

    ``thresholds`` is channels × steps, or 1 × steps for all channels. BIPOLAR results are -1 and 1.
    """
    steps = np.clip(np.ceil(np.asarray(thresholds, np.float64)), domain.low, domain.high + 1).astype(np.int64)
    if domain.largest >= 2**31 - 1:
        msg = f"thresholds of {result.name!r} compare values in {domain.low}…{domain.high}, which 32 bits do not hold"
        raise GraphError(msg)
    reached = _count(graph, values, steps)
    scale = 2 if datatype(result.datatype).name == "BIPOLAR" else 1
    offset = -1 if scale == 2 else offset
    if scale != 1:
        reached = graph.add("Mul", [reached, graph.constant(np.array(scale, np.int32))])
    if offset:
        reached = graph.add("Add", [reached, graph.constant(np.array(offset, np.int32))])
    to_stream(graph, reached, result)


def _count(graph: EmulationGraph, values: str, steps: Any) -> str:
    last = graph.constant(np.array([-1], np.int64))
    compared = graph.add(
        "GreaterOrEqual", [graph.add("Unsqueeze", [values, last]), graph.constant(steps.astype(np.int32))]
    )
    return graph.add("ReduceSum", [cast(graph, compared, "int32"), last], keepdims=0)
