# SPDX-License-Identifier: Apache-2.0
"""How results are said: a line for each as it comes, a section in Markdown, and one line of ratios."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from _partition_answers import Answer, Worth

from levada.core.manifests import Record

BASELINES = ("levada-ideals", "levada")
"""The later one counts where both answered: it has a third objective."""
RIVALS = ("elastic-df", "finn-plus", "finn-plus-balanced")
LIKE_FOR_LIKE = {"elastic-df": "levada-as-elastic"}
"""Who of ours has the same objective and limits."""
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
"""Around what is measured, in a page that says more."""
PEERS = ("finn-plus", "mip", "highspy", "numpy")
SHARE, COUNT = "largest use", "10 per cut + SLRs"
HEADER = (
    f"{'instance':<28} {'planner':<19} {'CPU s':>8} {'wall s':>8} {'MB':>6} {'verdict':<10} "
    f"{'use':>6} {'kB':>8} {'SLR':>4} {'back':>4}  notes"
)
TITLES = ("instance", "planner", "CPU s", "wall s", "MB", "verdict", SHARE, "kB", "SLRs", COUNT, "back", "notes")
ALIGNED = ("---", "---", "--:", "--:", "--:", "---", "--:", "--:", "--:", "--:", "--:", "---")


class Row(Record, frozen=True, kw_only=True):
    """What one planner made of one instance."""

    instance: str
    planner: str
    answer: Answer
    worth: Worth | None = None


class Conditions(Record, frozen=True, kw_only=True):
    """Under which a run was made: the limit, and how many other processes wanted the machine's cores, before and after."""

    seconds: float
    load_before: float
    load_after: float


def line(row: Row) -> str:
    """Return a row as text."""
    cells = f"{'':>6} {'':>8} {'':>4} {'':>4}"
    if (w := row.worth) is not None:
        cells = f"{w.utilisation:>6.3f} {w.network_bytes / 1000:>8.1f} {_known(w.crossings):>4} {w.backward:>4}"
    a = row.answer
    spent = f"{a.cpu_s:>8.2f} {a.wall_s:>8.2f} {a.peak_mb:>6.0f}"
    return f"{row.instance:<28} {row.planner:<19} {spent} {a.verdict:<10} {cells}  {notes(row)}".rstrip()


def notes(row: Row) -> str:
    """Return what else is to be said of an answer."""
    broken = row.worth.over_limits if row.worth else ()
    over = f"over the limit of {', '.join(broken[:3])}{' …' if len(broken) > 3 else ''}" if broken else ""
    return "; ".join(filter(None, (over, row.answer.note[:120])))


def section(rows: list[Row], conditions: Conditions) -> str:
    """Return all rows and the summary in Markdown, with the machine and the versions that they were made with."""
    loads = f"load {conditions.load_before:.1f} before and {conditions.load_after:.1f} after the run"
    versions = ", ".join(filter(None, map(_version, PEERS)))
    head = (
        f"{_processor()}, {os.cpu_count()} cores, {loads}; Python {platform.python_version()}, {versions}. One run of each planner on each "
        f"instance, {conditions.seconds:g} CPU s at most; seconds of building and solving, without imports; memory of the process at its most."
    )
    table = [TITLES, ALIGNED, *(_cells(row) for row in rows)]
    lines = [f"| {' | '.join(map(str, cells))} |" for cells in table]
    return "\n".join((head, "", *lines, "", f"`{summary(rows)}`", ""))


def _cells(row: Row) -> tuple[object, ...]:
    a, w = row.answer, row.worth
    spent = (f"{a.cpu_s:.2f}", f"{a.wall_s:.2f}", f"{a.peak_mb:.0f}")
    values: tuple[object, ...] = ("-",) * 5
    if w is not None:
        sizes = (f"{w.utilisation:.3f}", f"{w.network_bytes / 1000:.1f}")
        values = (*sizes, _known(w.crossings), _known(w.elastic_cost), w.backward)
    return (row.instance, row.planner, *spent, a.verdict, *values, notes(row))


def write_section(page: Path, text: str) -> None:
    """Put ``text`` between the marks of ``page``; a page that is not there is made of it alone."""
    if not page.exists():
        page.write_text(f"{BEGIN}\n{text}{END}\n")
        return
    before, begun, rest = page.read_text().partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (begun and ended):
        msg = f"{page} holds no lines {BEGIN!r} and {END!r} to write between: add them, or name a new file"
        raise SystemExit(msg)
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}")


def summary(rows: list[Row]) -> str:
    """Return how many instances Levada proved, and each rival's time and bytes to Levada's, the median over instances."""
    own = {row.instance: row for planner in BASELINES for row in rows if row.planner == planner and row.answer.spots}
    proven = sum(row.answer.verdict == "optimal" for row in own.values())
    parts = [f"levada proved {proven} of {len({row.instance for row in rows})}"]
    for rival in RIVALS:
        pairs = [(row, own[row.instance]) for row in rows if row.planner == rival and row.instance in own]
        if pairs:
            parts.append(f"{rival} {', '.join((*_ratios(pairs), *_own_terms(rival, rows)))}")
    return f"partition, theirs to ours: {'; '.join(parts)}"


def _ratios(pairs: list[tuple[Row, Row]]) -> list[str]:
    """Return a rival's answers, its time and its bytes to Levada's; time counts where both ran, bytes where both answered."""
    times = [
        theirs.answer.cpu_s / max(ours.answer.cpu_s, 0.001)
        for theirs, ours in pairs
        if theirs.answer.verdict not in ("failed", "refused", "missing")
    ]
    answered = [(theirs.worth, ours.worth) for theirs, ours in pairs if theirs.worth and ours.worth]
    sizes = [theirs.network_bytes / ours.network_bytes for theirs, ours in answered if ours.network_bytes]
    kept = sum(not theirs.over_limits for theirs, _ in answered)
    words = [f"answered {len(answered)} of {len(pairs)} ({kept} within all limits)"]
    ended = any(theirs.answer.verdict == "ended" for theirs, _ in pairs)
    words += [f"time x{median(times):.1f}{' or more' if ended else ''}"] if times else []
    return words + ([f"bytes x{median(sizes):.2f}"] if sizes else [])


def _own_terms(rival: str, rows: list[Row]) -> list[str]:
    """Return a rival's time and worth in its own objective to what Levada makes of that."""
    ours = {row.instance: row for row in rows if row.planner == LIKE_FOR_LIKE.get(rival) and row.worth}
    pairs = [(row, ours[row.instance]) for row in rows if row.planner == rival and row.instance in ours]
    both = [
        (theirs.worth.elastic_cost, mine.worth.elastic_cost) for theirs, mine in pairs if theirs.worth and mine.worth
    ]
    costs = [theirs / mine for theirs, mine in both if theirs is not None and mine]
    times = [theirs.answer.cpu_s / max(mine.answer.cpu_s, 0.001) for theirs, mine in pairs]
    return [f"in its own objective x{median(costs):.2f} at time x{median(times):.1f}"] if costs else []


def _known(count: int | None) -> str:
    return "-" if count is None else str(count)


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    names = [text.partition(":")[2].strip() for text in lines if text.startswith("model name")]
    return names[0] if names else platform.machine()
