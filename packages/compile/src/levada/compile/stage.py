# SPDX-License-Identifier: Apache-2.0
"""The ``compile`` stage."""

from typing import Annotated, Any

from levada.core.artefact import Artefact
from levada.core.manifests import Dataflow, Model
from levada.core.stages import Flag, Options, Stage, Work


class CompileOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada compile``."""

    board: Annotated[str, Flag("board whose foldings and costs are worked out, e.g. u280")]
    top_k: Annotated[int, Flag("how many classes an answer names, best first (default 5, or all if there are fewer)")] = 5


class Compile(Stage[CompileOptions]):
    """Turn a trained network into a dataflow of hardware layers."""

    name = "compile"
    reads = (Model,)
    writes = Dataflow
    options = CompileOptions
    tools = ("finn-plus", "qonnx", "onnx", "onnxruntime")

    def run(self, inputs: tuple[Artefact[Any], ...], options: CompileOptions, work: Work) -> Dataflow:
        """Return the dataflow of ``inputs[0]``."""
        raise NotImplementedError
