# SPDX-License-Identifier: Apache-2.0
"""Draws the rows of ``levada pareto`` with matplotlib: rate against cards, a panel for each width of weight streams."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from levada.partition.frontier import Row
from levada.partition.picture import require_drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
"""Okabe and Ito's, told apart with any colour vision: one for each weight store."""
DASHES = ("-", "--", ":", "-.")
MARKS = "osD^v"
"""One for each clock."""
SHIFT = 0.09
"""Of a card, between the stores: equal rates would hide each other."""


def draw_rows(rows: Sequence[Row], name: str, *files: Path) -> None:
    """Write the chart to each file; its suffix says how. Equal rows give equal files."""
    require_drawing()
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    widths = list(dict.fromkeys(row.point.weight_stream_bits for row in rows))
    with mpl.rc_context({"svg.hashsalt": "levada", "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(4.6 * len(widths) + 2.4, 3.8), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, len(widths), sharey=True, squeeze=False)[0]
        for axes, bits in zip(panels, widths, strict=True):
            _panel(axes, [row for row in rows if row.point.weight_stream_bits == bits], rows)
            axes.set_title("any weight stream" if bits is None else f"weight streams ≤ {bits} bits", fontsize=8)
        panels[0].set_ylabel("images per second")
        figure.suptitle(f"{name}: highest planned rate")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside right upper", frameon=False)
        for file in files:
            metadata = {"Date": None} if file.suffix == ".svg" else {"Software": None}
            figure.savefig(file, format=file.suffix[1:], dpi=130, metadata=metadata)


def _panel(axes: "Axes", rows: Sequence[Row], known: Sequence[Row]) -> None:
    stores = list(dict.fromkeys(row.point.weights for row in known))
    clocks = list(dict.fromkeys(row.point.clock_mhz for row in known))
    for number, store in enumerate(stores):
        aside = SHIFT * (number - (len(stores) - 1) / 2)
        colour = COLOURS[number % len(COLOURS)]
        mine = [row for row in rows if row.point.weights == store]
        for order, clock in enumerate(clocks):
            _line(
                axes,
                [row for row in mine if row.point.clock_mhz == clock],
                (f"{store}, {clock:g} MHz", colour, order),
                aside,
            )
        copies = [(row.point.cards + aside, row.replicas.images_per_s) for row in mine if row.replicas is not None]
        axes.plot(*_columns(copies), "x", color=colour, ms=6, label=f"{store}, copies of a shorter pipeline")
        front = [(row.point.cards + aside, row.best_images_per_s or 0.0) for row in mine if row.front]
        axes.plot(
            *_columns(front), "o", ms=11, mfc="none", mec="0.35", mew=0.8, label=None if number else "Pareto front"
        )
    _dress(axes, sorted({row.point.cards for row in known}))


def _dress(axes: "Axes", cards: Sequence[int]) -> None:
    axes.set_xticks(cards)
    axes.set_xlim(cards[0] - 0.5, cards[-1] + 0.5)
    axes.set_xlabel("cards")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(visible=True, axis="y", color="0.9")
    axes.spines[["top", "right"]].set_visible(False)


def _line(axes: "Axes", rows: Sequence[Row], style: tuple[str, str, int], aside: float) -> None:
    label, colour, order = style
    found = [(row.point.cards + aside, row.images_per_s) for row in rows if row.images_per_s is not None]
    line, mark = DASHES[order % len(DASHES)], MARKS[order % len(MARKS)]
    axes.plot(*_columns(found), color=colour, linestyle=line, marker=mark, ms=4.5, label=label)


def _columns(pairs: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [cards for cards, _ in pairs], [rate for _, rate in pairs]
