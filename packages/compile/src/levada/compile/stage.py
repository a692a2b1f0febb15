# SPDX-License-Identifier: Apache-2.0
"""The ``compile`` stage."""

from typing import Annotated, Any

from levada.core.artefact import Artefact
from levada.core.errors import OptionError
from levada.core.manifests import Dataflow, Model
from levada.core.stages import Flag, Options, Stage, Work


class CompileOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada compile``."""

    board: Annotated[str, Flag("board whose foldings and costs are worked out, e.g. u280")]
    top_k: Annotated[int, Flag("how many classes an answer names, best first; all, if there are fewer")] = 5


class Compile(Stage[CompileOptions]):
    """Turn a trained network into a dataflow of hardware layers, with golden answers and an emulation graph."""

    name = "compile"
    reads = (Model,)
    writes = Dataflow
    options = CompileOptions
    tools = ("finn-plus", "qonnx", "onnx", "onnxruntime")

    def run(self, inputs: tuple[Artefact[Any], ...], options: CompileOptions, work: Work) -> Dataflow:
        """Return the dataflow of the network in ``inputs[0]``."""
        from levada.compile.finn_session import finn_session

        if options.top_k < 1:
            msg = f"expected --top-k of at least 1, got {options.top_k!r}"
            raise OptionError(msg)
        board = work.registry.board(options.board)
        work.progress.say("starting FINN")
        with finn_session(work.scratch):
            from levada.compile.compiler import compile_model

            return compile_model(inputs[0], board, options.top_k, work)
