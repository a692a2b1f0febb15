# SPDX-License-Identifier: Apache-2.0
"""FINN's own estimate of a design: what it says of every node of the specialised graph, converters and FIFOs included."""

import tempfile
from pathlib import Path

from levada.core.artefact import Artefact
from levada.core.manifests import Build
from levada.core.resources import Resources, total

THRESHOLDS = "ram_style_thresholds"


def of(build: Artefact[Build], part: str, scratch: Path) -> Resources:
    """Return FINN's figures for a build's graph as they come by default: of thresholds it then counts nothing, of flip-flops never."""
    from levada.compile.finn_session import finn_session

    with tempfile.TemporaryDirectory(dir=scratch) as folder, finn_session(Path(folder)):
        return _estimate(build.payload("specialised_graph"), part)


def _estimate(graph: Path, part: str) -> Resources:
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.custom_op.registry import getCustomOp

    return total(_node(getCustomOp(node), part) for node in ModelWrapper(str(graph)).graph.node)


def _node(op: object, part: str) -> Resources:
    if THRESHOLDS in op.get_nodeattr_types():  # type: ignore[attr-defined]
        op.set_nodeattr(THRESHOLDS, "auto")  # type: ignore[attr-defined]
    said = op.node_res_estimation(part)  # type: ignore[attr-defined]
    lut, bram18, uram, dsp = (int(said[name]) for name in ("LUT", "BRAM_18K", "URAM", "DSP"))
    return Resources(lut=lut, ff=None, bram18=bram18, uram=uram, dsp=dsp)
