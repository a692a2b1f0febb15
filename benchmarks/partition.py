# SPDX-License-Identifier: Apache-2.0
"""How fast and how well Levada places networks on cards, beside Elastic-DF's model and FINN+'s partitioner in the installed finn-plus.

Instances: ResNet-50, compiled here where no dataflow is given, and networks drawn by chance (seeded). Each planner runs in a process of
its own with the same limits of time and memory; what it answers is measured in one way, network and shell counted. Times are seconds of
building and solving its model, without imports. What the others' models cannot be told is said in docs/partition-benchmark.md.
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
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
from _partition_answers import Answer, worth
from _partition_instances import Instance, instances
from _partition_planners import PLANNERS, missing
from _partition_report import HEADER, Conditions, Row, line, section, summary, write_section

from levada.partition.problem import Problem

GRACE_S = 20.0
"""Beyond the limit, for starting and importing."""
PATIENCE = 4
"""So many times longer than that may it take by the wall clock, on a machine that others use too."""
MOST_GB = 12
"""Of memory that a planner may ask for."""
LONE = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
"""And FINN+'s partitioner fails where the locale is not one that the C library has."""


def main() -> None:
    """Run the planners on the instances; print a row for each, and the summary last."""
    given = arguments().parse_args()
    if given.answer:
        answer(*given.answer, given.seconds)
        return
    load_before = os.getloadavg()[0]
    rows = list(compared(given))
    conditions = Conditions(seconds=given.seconds, load_before=load_before, load_after=os.getloadavg()[0])
    if given.out:
        given.out.write_bytes(msgspec.json.format(msgspec.json.encode({"conditions": conditions, "rows": rows})))
    if given.markdown:
        write_section(given.markdown, section(rows, conditions))
    print(summary(rows))


def arguments() -> argparse.ArgumentParser:
    """Return what the script understands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the smallest instances only")
    parser.add_argument("--seconds", type=float, default=60.0, help="CPU seconds for each planner and instance")
    parser.add_argument(
        "--dataflow", type=Path, help="ResNet-50 W4A5 as `levada compile` wrote it, instead of making it"
    )
    parser.add_argument("--only", default="", help="instances whose name contains this")
    parser.add_argument(
        "--planner", action="append", choices=PLANNERS, help="instead of those chosen for each instance"
    )
    parser.add_argument("--out", type=Path, help="write everything as JSON")
    parser.add_argument("--markdown", type=Path, help="write the table, into a page between its marks")
    parser.add_argument("--answer", nargs=3, metavar=("PLANNER", "PROBLEM", "ANSWER"), help=argparse.SUPPRESS)
    return parser


def answer(planner: str, problem: str, file: str, seconds: float) -> None:
    """Let one planner answer, in this process and within its limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (round(seconds + GRACE_S), resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_GB << 30, MOST_GB << 30))
    gc.disable()  # a model of python-mip that is collected while cffi holds its lock waits for ever
    instance = msgspec.json.decode(Path(problem).read_bytes(), type=Problem)
    found = PLANNERS[planner](instance, seconds)
    Path(file).write_bytes(msgspec.json.encode(msgspec.structs.replace(found, peak_mb=peak_mb())))


def peak_mb() -> float:
    """Return the most memory that this process has held; what the kernel counts for its parent begins with the parent's own."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    held = [int(text.split()[1]) for text in lines if text.startswith("VmHWM")]
    return (held[0] if held else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def compared(given: argparse.Namespace) -> list[Row]:
    """Return every planner's row for every instance, printing each as it comes."""
    rows = []
    print(HEADER)
    for instance in instances(quick=given.quick, only=given.only, dataflow=given.dataflow):
        for planner in given.planner or instance.planners:
            rows.append(row(instance, planner, given.seconds))
            print(line(rows[-1]), flush=True)
    return rows


def row(instance: Instance, planner: str, seconds: float) -> Row:
    """Return what a planner makes of an instance, and what that is worth."""
    lacking = missing(planner)
    found = Answer(verdict="missing", cpu_s=0.0, note=f"{lacking} is not installed")
    if lacking is None:
        found = limited(planner, instance.problem, seconds)
    value = worth(instance.problem, found.spots) if found.spots else None
    return Row(instance=instance.name, planner=planner, answer=found, worth=value)


def limited(planner: str, problem: Problem, seconds: float) -> Answer:
    """Return what a planner answers in a process of its own, that is ended where it goes on after its time."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "problem.json"), Path(folder, "answer.json")
        files[0].write_bytes(msgspec.json.encode(problem))
        command = [sys.executable, __file__, "--seconds", f"{seconds:g}", "--answer", planner, *map(str, files)]
        ended = run(command, Path(folder), PATIENCE * (seconds + GRACE_S))
        spent = {"wall_s": ended.wall_s, "peak_mb": ended.peak_mb}
        if ended.code in (-signal.SIGXCPU, -signal.SIGKILL):
            said = f"ended at {seconds + GRACE_S:g} CPU s, imports counted"
            said = said if ended.code == -signal.SIGXCPU else "starved: ended by the wall clock"
            return Answer(verdict="ended", cpu_s=seconds, note=said, **spent)
        if ended.code or not files[1].exists():
            return Answer(verdict="failed", cpu_s=ended.cpu_s, note=ended.last_words[:200], **spent)
        return msgspec.json.decode(files[1].read_bytes(), type=Answer)


class Ended(NamedTuple):
    """How a process ended, what it took, and the last that it said."""

    code: int
    cpu_s: float
    wall_s: float
    peak_mb: float
    last_words: str


def run(command: list[str], folder: Path, patience_s: float) -> Ended:
    """Run a command in ``folder``, and kill it where it has not ended within ``patience_s`` by the wall clock."""
    environment = os.environ | LONE | {"LC_ALL": "C", "FINN_BUILD_DIR": str(folder)}
    words = folder / "words.txt"
    start = time.monotonic()
    with words.open("wb") as said:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=said)
    ended, status, used = os.wait4(process.pid, os.WNOHANG)
    while not ended:
        time.sleep(0.02)
        if time.monotonic() - start > patience_s:
            process.kill()
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s, cpu_s = time.monotonic() - start, used.ru_utime + used.ru_stime
    last = (words.read_text(errors="replace").strip().splitlines() or ["no word"])[-1]
    return Ended(process.returncode, cpu_s, wall_s, used.ru_maxrss / 1024, last)


if __name__ == "__main__":
    main()
