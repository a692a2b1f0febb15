# SPDX-License-Identifier: Apache-2.0
"""The ``build`` stage."""

from typing import Annotated, Any, Literal

from levada.core.artefact import Artefact
from levada.core.errors import DependencyError
from levada.core.manifests import Build, Plan
from levada.core.stages import Flag, Options, Stage, Work


class BuildOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada build``."""

    to: Annotated[
        Literal["estimate", "ip", "bitstream"], Flag("how far to build; ip and bitstream need Vivado and Vitis")
    ] = "estimate"


class BuildHardware(Stage[BuildOptions]):
    """Turn a plan into specialised hardware layers with width converters and FIFOs, and estimate it again."""

    name = "build"
    reads = (Plan,)
    writes = Build
    options = BuildOptions
    tools = ("finn-plus", "qonnx", "onnx")

    def run(self, inputs: tuple[Artefact[Any], ...], options: BuildOptions, work: Work) -> Build:
        """Return the build of the plan in ``inputs[0]``. Raise DependencyError for what needs the vendor's tools."""
        if options.to != "estimate":
            raise DependencyError(_NEEDS_TOOLS.format(to=options.to))
        from levada.compile.finn_session import finn_session

        work.progress.say("starting FINN")
        with finn_session(work.scratch):
            from levada.compile.build.hardware import estimate

            return estimate(inputs[0], work)


_NEEDS_TOOLS = (
    "building to {to!r} needs AMD's Vivado and Vitis, which this version of Levada does not drive; "
    "build with `--to estimate`, and take the specialised graph from its result to FINN's own flow"
)
