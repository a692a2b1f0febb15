# SPDX-License-Identifier: Apache-2.0
"""The rows of ``levada pareto`` as a table: of text for the terminal, of Markdown for a page."""

from collections.abc import Sequence

from levada.core.resources import NAMES
from levada.partition.floorplan import LABELS
from levada.partition.frontier import Row
from levada.partition.heading import Heading

HEADS = (
    "", "cards", "weights", "MHz", "stream bits", "images/s", "at most", "gap", "limited by",
    *(LABELS[name] for name in NAMES), "kB on the wire", "better on these cards",
)  # fmt: skip

FRONT = "no other row is better in one of rate, cards and clock and as good in the others; rows that tie all count"
"""What the mark of the front says, copies counted."""


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's cells, in the order of :data:`HEADS`."""
    point = row.point
    asked = (f"{point.cards}", point.weights, f"{point.clock_mhz:g}", _number(point.weight_stream_bits, "d", "any"))
    better = row.better
    if row.replicas is not None and better == row.replicas.text():
        better += f": {row.replicas.images_per_s:.1f} images/s"
    return (
        "*" if row.front else "",
        *asked,
        _number(row.images_per_s, ".1f", row.status),
        _number(row.bound_images_per_s, ".1f"),
        _number(row.gap, ".1%"),
        row.limited_by,
        *(_number(row.use.get(name), ".1%", "unknown" if row.use else "") for name in NAMES),
        _number(None if row.wire_bytes is None else row.wire_bytes / 1000, ".1f"),
        better,
    )


def text_table(rows: Sequence[Row], heading: Heading) -> str:
    """Return what all rows share, the table in columns, and the reasons of the rows without a plan."""
    table = [HEADS, *map(cells, rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    return "\n".join([f"{heading.dataflow}. {heading.text()}", *lines, *_notes(rows, "")]) + "\n"


def page(rows: Sequence[Row], heading: Heading) -> str:
    """Return the Markdown page."""
    lines = [HEADS, tuple("---" for _ in HEADS), *map(cells, rows)]
    table = [f"| {' | '.join(cell.replace('*', '●') for cell in line)} |" for line in lines]
    about = (
        f"`●`: {FRONT}. LUT to DSP: the fullest card, shell and network included. `at most`: proven to be out of reach "
        "beyond it. Estimates, not synthesis."
    )
    return (
        "\n".join(
            [
                "# Rate, cards, memory and clock",
                "",
                f"{heading.dataflow}. {heading.text()}.",
                "",
                about,
                "",
                *table,
                "",
                *_notes(rows, "* "),
            ]
        )
        + "\n"
    )


def _notes(rows: Sequence[Row], bullet: str) -> list[str]:
    return [f"{bullet}{row.point.text()}: {row.reason}" for row in rows if row.reason]


def _number(value: float | None, form: str, otherwise: str = "") -> str:
    return otherwise if value is None else format(value, form)
