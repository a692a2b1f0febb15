# SPDX-License-Identifier: Apache-2.0
"""The command: make the designs, compare them with the paper, write ``paper.md``, ``paper.html`` and ``paper.json``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from levada.core.artefact import load
from levada.core.cli import store_folder
from levada.core.errors import LevadaError, OptionError
from levada.core.manifests import Dataflow, Model, kind_of
from levada.core.plugins import Registry
from levada.core.progress import Progress
from levada.core.runner import Runner
from levada.core.store import Store
from reproduction import comparison, html, markdown, published, rows
from reproduction.comparison import EVERY_BASIS, Paper
from reproduction.counting import capacity, shell
from reproduction.document import Document
from reproduction.making import Wishes, reproduce
from reproduction.outcomes import DESIGNS, Reproduction
from reproduction.pages import document

NETWORKS = tuple(dict.fromkeys(design.network for design in DESIGNS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 when everything was written, whatever the figures say."""
    try:
        return _main(sys.argv[1:] if arguments is None else arguments)
    except LevadaError as error:
        sys.stderr.write(f"paper: error: {error}\n")
        return error.exit_code


def _main(arguments: Sequence[str]) -> int:
    parsed = parser().parse_args(arguments)
    progress = Progress(Console(stderr=True))
    runner = Runner(Registry(), Store(store_folder(parsed.store)), progress)
    parameters = {name: getattr(parsed, name) for name in ("data", "init") if getattr(parsed, name)}
    wishes = Wishes(
        models=dict(pair(text, Model) for text in parsed.model),
        dataflows=dict(pair(text, Dataflow) for text in parsed.dataflow),
        parameters=parameters,
    )
    parsed.out.mkdir(parents=True, exist_ok=True)
    made = reproduce(parsed.out / "artefacts", wishes, runner)
    for file in write(parsed.out, made, runner.registry):
        progress.say(f"wrote {file}")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    words = argparse.ArgumentParser(
        prog="paper", description="The paper's tables and figures beside what Levada computes.", allow_abbrev=False
    )
    words.add_argument("--out", type=Path, default=Path("build/paper"), metavar="DIR", help="default: build/paper")
    words.add_argument("--store", metavar="DIR", help="where finished artefacts are kept, as for the levada command")
    networks = " or ".join(NETWORKS)
    for kind, text in (
        ("model", "a trained Model instead of an untrained network"),
        ("dataflow", "a compiled Dataflow"),
    ):
        words.add_argument(
            f"--{kind}", action="append", default=[], metavar="NETWORK=DIR", help=f"{text}; NETWORK is {networks}"
        )
    words.add_argument("--init", metavar="FILE", help="float weights to begin with, as for levada train")
    words.add_argument("--data", metavar="DATASET", help="what to calibrate with and measure on, e.g. imagenet:FOLDER")
    return words


def pair(text: str, kind: type[Model] | type[Dataflow]) -> tuple[str, Path]:
    """Return network and folder of ``NETWORK=DIR``. Raise OptionError where it is no such text, ManifestError where no such artefact."""
    network, equals, folder = text.partition("=")
    if not equals or network not in NETWORKS or not folder:
        msg = f"--{kind_of(kind)} {text!r}: expected NETWORK=DIR with NETWORK one of {', '.join(NETWORKS)}"
        raise OptionError(msg)
    load(Path(folder), kind)
    return network, Path(folder)


def write(out: Path, made: Reproduction, registry: Registry) -> list[Path]:
    """Write the three files and the pictures beside them; return what was written."""
    plan = made.outcomes[0].plan
    paper = Paper(
        published=published.read(),
        made=made,
        capacities={basis: capacity(plan, basis, registry) for basis in EVERY_BASIS},
        shells={basis: shell(plan, basis, registry) for basis in EVERY_BASIS},
    )
    found = comparison.all_rows(paper)
    page = document(paper, found)
    (out / "paper.json").write_bytes(rows.to_json(found))
    (out / "paper.md").write_text(markdown.render(page), encoding="utf-8")
    (out / "paper.html").write_text(html.render(page), encoding="utf-8")
    return [*(out / f"paper.{kind}" for kind in ("json", "md", "html")), *_pictures(out, page)]


def _pictures(out: Path, page: Document) -> list[Path]:
    folder = out / markdown.FOLDER
    folder.mkdir(exist_ok=True)
    files = []
    for picture in page.pictures():
        files.append(folder / f"{picture.name}.svg")
        files[-1].write_text(picture.svg, encoding="utf-8")
    return files
