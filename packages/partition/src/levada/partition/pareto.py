# SPDX-License-Identifier: Apache-2.0
"""The ``pareto`` command: the highest rate for each number of cards, weight store, clock and width of weight streams.

Each row is a plan as ``levada partition`` makes it, judged, but not saved. Rows are kept as they are found, so that a table that
was interrupted goes on where it stopped.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from levada.core.artefact import MANIFEST, Artefact, load
from levada.core.commands import Context
from levada.core.errors import (
    BoardError,
    ClusterError,
    InfeasibleError,
    OptionError,
    OutputError,
    UndecidedError,
    UnknownCostError,
)
from levada.core.manifests import Basis, Dataflow, Record
from levada.core.resources import Fractions
from levada.core.stages import Flag, Options
from levada.partition import listing, wishes
from levada.partition.chart import draw_rows
from levada.partition.frontier import Point, Row, compared, row
from levada.partition.heading import Heading
from levada.partition.picture import drawable
from levada.partition.stage import PartitionOptions, planned_as

T = TypeVar("T")
TABLE, PAGE = "pareto.json", "pareto.md"
PICTURES = ("pareto.svg", "pareto.png")


class ParetoOptions(Options, frozen=True, kw_only=True):
    """The flags of ``levada pareto``."""

    dataflow: Annotated[str, Flag("folder of a dataflow", positional=True)]
    cluster: Annotated[str, Flag("the cluster: a preset's name or a TOML file")]
    out: Annotated[str, Flag("the folder for table, page and pictures", metavar="DIR")]
    cards: Annotated[str | None, Flag("numbers of cards, e.g. 1,2,3; all up to the cluster's where not given")] = None
    weights: Annotated[
        str, Flag("weight stores, e.g. bram,uram,auto; LAYER=STORE excepts a layer of the one before")
    ] = "auto"
    clock: Annotated[str, Flag("clocks of the layers in MHz, e.g. 150,200,300", metavar="MHZ")] = "200"
    weight_stream_bits: Annotated[str, Flag("widest weight words in bits, e.g. 8191,16384", metavar="BITS")] = "8191"
    topology: Annotated[str, Flag("the way through the cards: loop, chain, or a registered one")] = "loop"
    folding: Annotated[str, Flag("fastest, default, a published rule, or a TOML file", metavar="NAME|FILE")] = "fastest"
    basis: Annotated[Basis, Flag("what a card's capacity is counted by")] = "finn"
    limit: Annotated[tuple[str, ...], Flag("most that may be used of a resource of a card, e.g. bram=0.8")] = ()
    slr_limit: Annotated[tuple[str, ...], Flag("the same for each SLR, e.g. bram=0.95")] = ()
    anchor: Annotated[tuple[str, ...], Flag("where a layer must lie in every row", metavar="LAYER=CARD[:SLR]")] = ()
    time_limit_s: Annotated[float, Flag("seconds for each objective of each row")] = 60.0
    partitioner: Annotated[str, Flag("who solves it")] = "ilp"
    force: Annotated[bool, Flag("begin anew where the folder holds another table")] = False

    def points(self, available: int) -> tuple[Point, ...]:
        """Return what the rows ask, for a cluster of ``available`` cards. Raise OptionError or ClusterError."""
        numbers = tuple(range(1, available + 1)) if self.cards is None else _listed("--cards", self.cards, _count)
        if max(numbers) > available:
            msg = f"--cards {self.cards}: cluster {self.cluster!r} has {available}; ask for fewer, or name a larger cluster"
            raise ClusterError(msg)
        widths = _listed("--weight-stream-bits", self.weight_stream_bits, _count)
        return tuple(
            Point(cards=cards, weights=store, clock_mhz=clock, weight_stream_bits=bits)
            for bits in widths
            for clock in _listed("--clock", self.clock, _mhz)
            for store in _stores(self.weights)
            for cards in numbers
        )

    def heading(self, dataflow: str, boards: Sequence[str]) -> Heading:
        """Return what all rows share, for a cluster of these boards."""
        return Heading(
            dataflow=dataflow,
            cluster=self.cluster,
            boards=tuple(boards),
            topology=self.topology,
            folding=self.folding,
            basis=self.basis,
            limits=wishes.limits(self.limit, "--limit", Fractions()).fractions,
            slr_limits=wishes.limits(self.slr_limit, "--slr-limit", wishes.SLR_LIMITS).fractions,
            anchors=self.anchor,
        )

    def at(self, point: Point) -> PartitionOptions:
        """Return the options with which ``levada partition`` makes the plan of a point."""
        return PartitionOptions(
            cluster=self.cluster,
            cards=str(point.cards),
            topology=self.topology,
            weights=point.weights,
            folding=self.folding,
            clock=point.clock_mhz,
            weight_stream_bits=point.weight_stream_bits,
            basis=self.basis,
            limit=self.limit,
            slr_limit=self.slr_limit,
            anchor=self.anchor,
            time_limit_s=self.time_limit_s,
            partitioner=self.partitioner,
        )


class Table(Record, frozen=True, kw_only=True):
    """``pareto.json``: the digest of the dataflow, the partition options that all rows share, and the rows."""

    dataflow: str
    shared: str
    rows: tuple[Row, ...] = ()


def pareto(options: ParetoOptions, context: Context) -> int:
    """Tabulate and plot the highest rate against cards, weight store and clock."""
    boards = [context.registry.board(card.board).name for card in context.registry.cluster(options.cluster).cards]
    points = options.points(len(boards))
    artefact = load(Path(options.dataflow), Dataflow)
    out = _folder(Path(options.out))
    table = _begun(options, artefact, out)
    for point in context.progress.track(points, "planning"):
        if point not in {each.point for each in table.rows}:
            found = _row(point, options, artefact.manifest, context)
            table = msgspec.structs.replace(table, rows=(*table.rows, found))
            _write(out / TABLE, msgspec.json.format(msgspec.json.encode(table), indent=1))
    asked = [each for point in points for each in table.rows if each.point == point]
    alike = 0 if options.anchor else len(list(takewhile(lambda name: name == boards[0], boards)))
    rows = compared(asked, alike=alike)
    _deliver(rows, table, options.heading(artefact.manifest.name, boards), out, context)
    if all(each.images_per_s is None for each in rows):
        msg = f"none of {len(rows)} points has a plan; the reasons are in {out / PAGE}"
        raise InfeasibleError(msg)
    return 0


def _deliver(rows: tuple[Row, ...], table: Table, heading: Heading, out: Path, context: Context) -> None:
    others = tuple(each for each in table.rows if each.point not in {known.point for known in rows})
    whole = msgspec.structs.replace(table, rows=(*rows, *others))
    _write(out / TABLE, msgspec.json.format(msgspec.json.encode(whole), indent=1))
    _write(out / PAGE, listing.page(rows, heading).encode())
    sys.stdout.write(listing.text_table(rows, heading))
    written = [TABLE, PAGE]
    if not drawable():
        context.progress.say("note: no picture, for want of matplotlib: pip install 'levada-partition[plot]'")
    elif any(each.images_per_s is not None for each in rows):
        draw_rows(rows, heading, *(out / picture for picture in PICTURES))
        written += PICTURES
    context.progress.say(f"wrote {', '.join(written)} in {out}")


def _row(point: Point, options: ParetoOptions, dataflow: Dataflow, context: Context) -> Row:
    try:
        return row(point, planned_as(options.at(point), dataflow, context.registry))
    except UndecidedError as error:
        return Row(point=point, status="undecided", reason=str(error))
    except (InfeasibleError, BoardError) as error:
        return Row(point=point, status="infeasible", reason=str(error))
    except UnknownCostError as error:
        return Row(point=point, status="unknown cost", reason=str(error))


def _begun(options: ParetoOptions, artefact: Artefact[Dataflow], out: Path) -> Table:
    """Return the table that ``out`` holds of this very question, or an empty one. Raise OutputError for one of another."""
    nothing = Point(cards=0, weights="", clock_mhz=0.0)
    shared = msgspec.json.encode(options.at(nothing)).decode()
    fresh = Table(dataflow=artefact.digest, shared=shared)
    file = out / TABLE
    if options.force or not file.exists():
        return fresh
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Table)
        other = _differs(found, fresh)
    except msgspec.DecodeError:
        other = "no table that this version reads"
    if other:
        msg = f"{file} is {other}; choose another --out, or replace it with --force"
        raise OutputError(msg)
    return found


def _differs(found: Table, asked: Table) -> str:
    """Say in what a table answers another question than the one asked; nothing where it is the same."""
    if found.dataflow != asked.dataflow:
        return "a table of another dataflow"
    there, here = (msgspec.json.decode(each.shared, type=dict[str, object]) for each in (found, asked))
    others = [
        f"--{name.replace('_', '-')} (there {there.get(name)!r}, here {here.get(name)!r})"
        for name in {**here, **there}
        if there.get(name) != here.get(name)
    ]
    return f"a table of other options: {', '.join(others)}" if others else ""


def _folder(out: Path) -> Path:
    if (out / MANIFEST).exists():
        msg = (
            f"--out {str(out)!r}: holds an artefact ({MANIFEST}), and a table is no part of one; choose another folder"
        )
        raise OutputError(msg)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"--out {str(out)!r}: cannot be made a folder ({error.strerror}); choose another"
        raise OutputError(msg) from error
    return out


def _write(file: Path, content: bytes) -> None:
    """Write a file whole: an interrupted table keeps its rows."""
    beside = file.with_name(f".{file.name}")
    beside.write_bytes(content.rstrip(b"\n") + b"\n")
    beside.replace(file)


def _listed(flag: str, text: str, read: Callable[[str], T]) -> tuple[T, ...]:
    """Return the values of a list with commas, each once. Raise OptionError for a part that cannot be read."""
    try:
        return tuple(dict.fromkeys(read(part.strip()) for part in text.split(",")))
    except ValueError:
        msg = f"{flag} {text!r}: expected values with commas between them, numbers above 0"
        raise OptionError(msg) from None


def _stores(text: str) -> tuple[str, ...]:
    """Return the wishes of ``bram,fc=external,auto``: ``bram,fc=external`` and ``auto``. Raise OptionError for an empty part."""
    found: list[str] = []
    for part in (part.strip() for part in text.split(",")):
        if not part or ("=" in part and not found):
            msg = f"--weights {text!r}: expected stores with commas between them, exceptions LAYER=STORE behind theirs, got {part!r}"
            raise OptionError(msg)
        if "=" in part:
            found[-1] += f",{part}"
        else:
            found.append(part)
    return tuple(dict.fromkeys(found))


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _mhz(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number
