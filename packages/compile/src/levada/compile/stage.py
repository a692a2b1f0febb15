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
    fifos: Annotated[
        str,
        Flag(
            "how deep FIFOs are: rule (no join waits for ever), finn-examples (its published depths, for ResNet-50 folded as "
            "there), or a TOML or JSON file: stream → depth in elements",
            metavar="RULE|FILE",
            file=True,
        ),
    ] = "rule"
    flip_images: Annotated[
        int | None,
        Flag(
            "over how many golden images the flip rate since QONNX is counted, each as long as its proof; by default over as many "
            "as hold ten million integers"
        ),
    ] = None


class Compile(Stage[CompileOptions]):
    """Turn a trained network into a dataflow of hardware layers, with golden answers and an emulation graph."""

    name = "compile"
    reads = (Model,)
    writes = Dataflow
    options = CompileOptions
    tools = ("finn-plus", "qonnx", "onnx", "onnxruntime")

    def run(self, inputs: tuple[Artefact[Any], ...], options: CompileOptions, work: Work) -> Dataflow:
        """Return the dataflow of the network in ``inputs[0]``."""
        from levada.compile.fifo_files import FifoWish
        from levada.compile.finn_session import finn_session

        if options.top_k < 1:
            msg = f"expected --top-k of at least 1, got {options.top_k!r}"
            raise OptionError(msg)
        if options.flip_images is not None and options.flip_images < 0:
            msg = f"expected --flip-images of 0 or more, got {options.flip_images!r}"
            raise OptionError(msg)
        fifos = FifoWish.of(options.fifos)
        board = work.registry.board(options.board)
        work.progress.say("starting FINN")
        with finn_session(work.scratch):
            from levada.compile.compiler import Asked, compile_model

            asked = Asked(board=board, top_k=options.top_k, fifos=fifos, flip_images=options.flip_images)
            return compile_model(inputs[0], asked, work)
