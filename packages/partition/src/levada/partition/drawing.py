# SPDX-License-Identifier: Apache-2.0
"""The ``floorplan`` command: draws a saved plan."""

from pathlib import Path
from typing import Annotated

from levada.core.artefact import load
from levada.core.commands import Context
from levada.core.manifests import Plan
from levada.core.stages import Flag, Options
from levada.partition.picture import FORMATS, check_file, draw


class DrawOptions(Options, frozen=True, kw_only=True):
    """The flags of ``levada floorplan``."""

    plan: Annotated[str, Flag("folder of a plan", positional=True)]
    out: Annotated[str, Flag("the picture: FILE.svg, FILE.png, or FILE for both", metavar="FILE")]


def floorplan(options: DrawOptions, context: Context) -> int:
    """Draw a plan: cards, SLRs, layers, utilisation, and what crosses between the cards."""
    file = Path(options.out)
    files = [file] if file.suffix else [file.with_suffix(suffix) for suffix in FORMATS]
    for each in files:
        check_file(each)
    plan = load(Path(options.plan), Plan).manifest
    draw(plan, *files)
    context.progress.say(f"wrote {' and '.join(map(str, files))}")
    return 0
