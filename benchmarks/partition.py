# SPDX-License-Identifier: Apache-2.0
"""How fast and how well Levada places networks on cards, beside Elastic-DF's model and FINN+'s partitioner in the installed finn-plus.

Instances: ResNet-50 where a compiled dataflow is given, and networks drawn by chance (seeded). Each planner runs in a process of its own
with the same time limit; what it answers is measured in one way, network and shell counted. Times are CPU seconds of building and
solving its model, without imports. What the others' models cannot be told is said in docs/partition-benchmark.md.
The last line is a summary with the ratios, theirs to Levada's.

    python benchmarks/partition.py [--quick] [--seconds 60] [--dataflow DIR] [--out FILE.json] [--markdown FILE.md]
"""

import argparse
import gc
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import msgspec
from _partition_answers import Answer, Worth, worth
from _partition_planners import PLANNERS
from _random_dataflows import Form, Size, random_dataflow

from levada.core import presets
from levada.core.artefact import load
from levada.core.boards_alveo import U280
from levada.core.manifests import Dataflow, Record
from levada.core.plugins import Registry
from levada.partition.problem import Problem
from levada.partition.reduction import reduce
from levada.partition.stage import PartitionOptions, ask

QUICK = (Size(nodes=20, cards=1), Size(nodes=50, cards=2, fill=0.7))
SIZES = (
    Size(nodes=50, cards=1),
    *QUICK[1:],
    Size(nodes=100, cards=2),
    Size(nodes=200, cards=3),
    Size(nodes=200, cards=3, form=Form.SERIES_PARALLEL),
    Size(nodes=500, cards=4),
    Size(nodes=500, cards=8),
    Size(nodes=2000, cards=16),
)
GRACE_S = 20.0
"""Beyond the limit, for starting and importing."""
PATIENCE = 4
"""So many times longer than that may it take by the wall clock, on a machine that others use too."""
BASELINES = ("levada-ideals", "levada")
"""The later one counts where both answered: it has a third objective."""
RIVALS = ("elastic-df", "finn-plus", "finn-plus-balanced")
LONE = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
"""And FINN+'s partitioner fails where the locale is not one that the C library has."""


class Row(Record, frozen=True, kw_only=True):
    """What one planner made of one instance."""

    instance: str
    planner: str
    answer: Answer
    worth: Worth | None = None


def main() -> None:
    """Run every planner on every instance; print a row for each, and the summary last."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest instances only")
    parser.add_argument("--seconds", type=float, default=60.0, help="CPU seconds for each planner and instance")
    parser.add_argument(
        "--dataflow", type=Path, help="ResNet-50 as `levada compile` writes it, to be placed on three U280"
    )
    parser.add_argument("--only", help="instances whose name contains this")
    parser.add_argument("--planner", action="append", choices=PLANNERS, help="instead of all")
    parser.add_argument("--out", type=Path, help="write everything as JSON")
    parser.add_argument("--markdown", type=Path, help="write the table")
    parser.add_argument("--answer", nargs=3, metavar=("PLANNER", "PROBLEM", "ANSWER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answer:
        resource.setrlimit(resource.RLIMIT_CPU, (round(given.seconds + GRACE_S), resource.RLIM_INFINITY))
        gc.disable()  # a model of python-mip that is collected while cffi holds its lock waits for ever
        planner, problem, file = given.answer
        instance = msgspec.json.decode(Path(problem).read_bytes(), type=Problem)
        Path(file).write_bytes(msgspec.json.encode(PLANNERS[planner](instance, given.seconds)))
        return
    rows = list(compared(given))
    if given.out:
        given.out.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2))
    if given.markdown:
        given.markdown.write_text(table(rows))
    print(summary(rows))


def compared(given: argparse.Namespace) -> list[Row]:
    """Return every planner's row for every instance, printing each as it comes."""
    rows = []
    print(HEADER)
    for name, problem in instances(given).items():
        for planner in given.planner or PLANNERS:
            answer = limited(planner, problem, given.seconds)
            value = worth(problem, answer.spots) if answer.spots else None
            rows.append(Row(instance=name, planner=planner, answer=answer, worth=value))
            print(line(rows[-1]), flush=True)
    return rows


def instances(given: argparse.Namespace) -> dict[str, Problem]:
    """Return name → problem of what is asked for."""
    registry = Registry()
    found = {}
    if given.dataflow:
        network = load(given.dataflow, Dataflow).manifest
        ruled = PartitionOptions(
            cluster="u280x3",
            topology="chain",
            weights="bram,MVAU_53=external",
            folding="finn-examples",
            basis="paper",
            limit=("bram=0.8",),
        )
        found[f"{network.name}-3c"] = reduce(ask(network, ruled, registry).request(3))
    for size in QUICK if given.quick else SIZES:
        found[size.name] = drawn(size, registry)
    return {name: problem for name, problem in found.items() if given.only in (None, "") or given.only in name}


def drawn(size: Size, registry: Registry) -> Problem:
    """Return a network by chance on a chain of U280, as ``levada partition --topology chain`` sees it."""
    asked = ask(random_dataflow(size), PartitionOptions(cluster="u280x1", topology="chain", weights="bram"), registry)
    cards = {"cluster": presets.emulated(size.cards), "boards": (U280,) * size.cards}
    return reduce(msgspec.structs.replace(asked, **cards).request(size.cards))


def limited(planner: str, problem: Problem, seconds: float) -> Answer:
    """Return what a planner answers in a process of its own, that is ended where it goes on after its time."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "problem.json"), Path(folder, "answer.json")
        files[0].write_bytes(msgspec.json.encode(problem))
        command = [sys.executable, __file__, "--seconds", f"{seconds:g}", "--answer", planner, *map(str, files)]
        environment = os.environ | LONE | {"LC_ALL": "C", "FINN_BUILD_DIR": folder}
        try:
            ran = subprocess.run(
                command,
                env=environment,
                cwd=folder,
                timeout=PATIENCE * (seconds + GRACE_S),
                capture_output=True,
                text=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Answer(verdict="ended", cpu_s=seconds, note="starved: ended by the wall clock")
        if ran.returncode == -signal.SIGXCPU:
            return Answer(verdict="ended", cpu_s=seconds, note=f"ended at {seconds + GRACE_S:g} CPU s, imports counted")
        if ran.returncode or not files[1].exists():
            last = (ran.stderr.strip().splitlines() or ["no word"])[-1]
            return Answer(verdict="failed", cpu_s=0.0, note=last[:200])
        return msgspec.json.decode(files[1].read_bytes(), type=Answer)


HEADER = (
    f"{'instance':<28} {'planner':<19} {'CPU s':>8} {'verdict':<10} {'use':>6} {'kB':>8} {'SLR':>4} {'back':>4}  notes"
)


def line(row: Row) -> str:
    """Return a row as text."""
    cells = (f"{'':>6} {'':>8} {'':>4} {'':>4}",)
    if (w := row.worth) is not None:
        crossed = "-" if w.crossings is None else w.crossings
        cells = (f"{w.utilisation:>6.3f} {w.network_bytes / 1000:>8.1f} {crossed:>4} {w.backward:>4}",)
    text = f"{row.instance:<28} {row.planner:<19} {row.answer.cpu_s:>8.2f} {row.answer.verdict:<10} {cells[0]}  {notes(row)}"
    return text.rstrip()


def notes(row: Row) -> str:
    """Return what else is to be said of an answer."""
    broken = row.worth.over_limits if row.worth else ()
    over = f"over the limit of {', '.join(broken[:3])}{' …' if len(broken) > 3 else ''}" if broken else ""
    return "; ".join(filter(None, (over, row.answer.note[:120])))


def table(rows: list[Row]) -> str:
    """Return all rows as a table in Markdown."""
    lines = [
        "| instance | planner | CPU s | verdict | largest use | kB per image | SLR crossings | back | notes |",
        "|---|---|--:|---|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        w = row.worth
        crossed = "-" if w is None or w.crossings is None else w.crossings
        cells = (f"{w.utilisation:.3f}", f"{w.network_bytes / 1000:.1f}", crossed, w.backward) if w else ("-",) * 4
        head = (row.instance, row.planner, f"{row.answer.cpu_s:.2f}", row.answer.verdict)
        lines.append(f"| {' | '.join(map(str, (*head, *cells, notes(row))))} |")
    return "\n".join(lines) + "\n"


def summary(rows: list[Row]) -> str:
    """Return how many instances Levada proved, and each rival's time and bytes to Levada's, the median over instances."""
    own = {row.instance: row for row in rows if row.planner in BASELINES and row.answer.spots}
    own |= {row.instance: row for row in rows if row.planner == BASELINES[-1] and row.answer.spots}
    proven = sum(row.answer.verdict == "optimal" for row in own.values())
    parts = [f"levada proved {proven} of {len({row.instance for row in rows})}"]
    for rival in RIVALS:
        pairs = [(row, own[row.instance]) for row in rows if row.planner == rival and row.instance in own]
        if pairs:
            parts.append(f"{rival} {ratios(pairs)}")
    return f"partition, theirs to ours: {'; '.join(parts)}"


def ratios(pairs: list[tuple[Row, Row]]) -> str:
    """Return a rival's answers, its time and its bytes to Levada's; time counts where both ran, bytes where both answered."""
    times = [
        theirs.answer.cpu_s / max(ours.answer.cpu_s, 0.001)
        for theirs, ours in pairs
        if theirs.answer.verdict not in ("failed", "refused")
    ]
    answered = [(theirs.worth, ours.worth) for theirs, ours in pairs if theirs.worth and ours.worth]
    sizes = [theirs.network_bytes / ours.network_bytes for theirs, ours in answered if ours.network_bytes]
    words = [f"answered {sum(theirs.worth is not None for theirs, _ in pairs)} of {len(pairs)}"]
    ended = any(theirs.answer.verdict == "ended" for theirs, _ in pairs)
    words += [f"time x{median(times):.1f}{' or more' if ended else ''}"] if times else []
    words += [f"bytes x{median(sizes):.2f}"] if sizes else []
    return ", ".join(words)


if __name__ == "__main__":
    main()
