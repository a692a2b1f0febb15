# SPDX-License-Identifier: Apache-2.0
"""What is placed: ResNet-50 as Levada compiles it, and networks drawn by chance; and which planners are tried on which of them."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from _random_dataflows import Form, Size, random_dataflow

from levada.core import presets
from levada.core.artefact import load
from levada.core.boards_alveo import U280
from levada.core.manifests import Dataflow, Record
from levada.core.plugins import Registry
from levada.partition.problem import Problem
from levada.partition.reduction import reduce
from levada.partition.stage import PartitionOptions, ask

EXACT = ("levada", "levada-ideals", "levada-cbc", "levada-highs", "levada-as-elastic")
EVERYONE = (*EXACT, "elastic-df", "finn-plus", "finn-plus-balanced")
MANY_LAYERS = ("levada", "levada-ideals", "levada-cbc", "levada-highs", "elastic-df", "finn-plus")
"""Where those left out ended at the limit on smaller instances already."""
MOST_LAYERS = ("levada", "levada-ideals", "elastic-df", "finn-plus")
RESNET = "resnet50-w4a5-3c"
PAPER = PartitionOptions(
    cluster="u280x3",
    topology="chain",
    weights="bram,MVAU_53=external",
    folding="finn-examples",
    basis="paper",
    limit=("bram=0.8",),
)
"""The paper's design: its folding and stores, 80 % of block RAM on its own basis."""


class Case(Record, frozen=True, kw_only=True):
    """A network drawn by chance, and the planners that are tried on it unless others are asked for."""

    size: Size
    planners: tuple[str, ...] = EVERYONE


QUICK = (Case(size=Size(nodes=20, cards=1)), Case(size=Size(nodes=50, cards=2, fill=0.7)))
CASES = (
    Case(size=Size(nodes=50, cards=1)),
    *QUICK[1:],
    Case(size=Size(nodes=100, cards=2)),
    Case(size=Size(nodes=200, cards=3)),
    Case(size=Size(nodes=200, cards=3, form=Form.SERIES_PARALLEL), planners=MANY_LAYERS),
    Case(size=Size(nodes=500, cards=4), planners=MANY_LAYERS),
    Case(size=Size(nodes=2000, cards=16), planners=MOST_LAYERS),
)


class Instance(Record, frozen=True, kw_only=True):
    """A problem to be solved, by whom, and what it is called."""

    name: str
    problem: Problem
    planners: tuple[str, ...]


def instances(*, quick: bool, only: str, dataflow: Path | None) -> Iterator[Instance]:
    """Yield what is asked for: names that contain ``only``; ResNet-50 from ``dataflow``, else it is made."""
    registry = Registry()
    if only in RESNET and not (quick and dataflow is None):
        yield Instance(name=RESNET, problem=_paper(dataflow, registry), planners=EVERYONE)
    for case in QUICK if quick else CASES:
        if only in case.size.name:
            yield Instance(name=case.size.name, problem=drawn(case.size, registry), planners=case.planners)


def drawn(size: Size, registry: Registry) -> Problem:
    """Return a network by chance on a chain of U280, as ``levada partition --topology chain`` sees it."""
    asked = ask(random_dataflow(size), PartitionOptions(cluster="u280x1", topology="chain", weights="bram"), registry)
    cards = {"cluster": presets.emulated(size.cards), "boards": (U280,) * size.cards}
    return reduce(msgspec.structs.replace(asked, **cards).request(size.cards))


def _paper(dataflow: Path | None, registry: Registry) -> Problem:
    with tempfile.TemporaryDirectory() as folder:
        network = load(dataflow or made(Path(folder)), Dataflow).manifest
    return reduce(ask(network, PAPER, registry).request(3))


def made(folder: Path) -> Path:
    """Return the folder of ResNet-50's dataflow, W4A5, uncalibrated to any data; Levada's store keeps it for the next time."""
    model, dataflow = folder / "model", folder / "dataflow"
    steps = (
        ("train", "resnet50", "--bits", "w4a5", "--epochs", "0", "--data", "noise", "--golden", "1", "--out", model),
        ("compile", model, "--board", "u280", "--fifos", "finn-examples", "--flip-images", "1", "--out", dataflow),
    )
    for step in steps:
        subprocess.run([Path(sys.executable).with_name("levada"), *map(str, step)], check=True, stdout=sys.stderr)
    return dataflow
