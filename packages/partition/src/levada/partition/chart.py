# SPDX-License-Identifier: Apache-2.0
"""Draws the rows of ``levada pareto`` with matplotlib: rate against cards, a panel for each width of weight streams."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from levada.partition.frontier import Row
from levada.partition.heading import Heading
from levada.partition.picture import require_drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
"""Okabe and Ito's, told apart with any colour vision: one for each weight store."""
DASHES = ("-", "--", ":", "-.")
"""Series that coincide show through one another's gaps."""
MARKS, COPIES = "osD^v", "x+1*2"
"""One for each clock: of one pipeline, and of copies."""
SHIFT, WIDEST = 0.09, 0.6
"""Of a card, between two series and over all of them: equal rates would hide each other."""
FRONT = "Pareto front"
LETTERS, LABEL = 15, 2.7
"""Letters of the title to an inch, and inches for a column of the legend."""


class _Series(NamedTuple):
    """A weight store at a clock: what it is called and how it is drawn, so far aside of its number of cards."""

    store: str
    clock: float
    colour: str
    dashes: str
    marks: tuple[str, str]
    width: float
    aside: float

    def label(self) -> str:
        return f"{self.store}, {self.clock:g} MHz"


def draw_rows(rows: Sequence[Row], heading: Heading, *files: Path) -> None:
    """Write the chart to each file; its suffix says how. Equal rows give equal files."""
    require_drawing()
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    widths = list(dict.fromkeys(row.point.weight_stream_bits for row in rows))
    across = 4.6 * len(widths) + 1.0
    with mpl.rc_context({"svg.hashsalt": "levada", "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(across, 3.8), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, len(widths), sharey=True, squeeze=False)[0]
        for axes, bits in zip(panels, widths, strict=True):
            _panel(axes, [row for row in rows if row.point.weight_stream_bits == bits], rows)
            axes.set_title("any weight stream" if bits is None else f"weight streams ≤ {bits} bits", fontsize=8)
        panels[0].set_ylabel("images per second")
        copies = " of one pipeline, and of copies of a shorter one" if any(row.replicas for row in rows) else ""
        title = f"{heading.dataflow}: highest planned rate{copies}"
        lines = [line for text in (title, heading.text()) for line in textwrap.wrap(text, int(LETTERS * across))]
        figure.suptitle("\n".join(lines), fontsize=8)
        _legend(figure, panels, len(lines))
        for file in files:
            metadata = {"Date": None} if file.suffix == ".svg" else {"Software": None}
            figure.savefig(file, format=file.suffix[1:], dpi=130, metadata=metadata)


def _legend(figure: "Figure", panels: "Sequence[Axes]", title: int) -> None:
    """Put what is drawn in any panel under all of them, and make the figure as much higher as it and the title's lines take."""
    drawn = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    if FRONT in drawn:
        drawn[FRONT] = drawn.pop(FRONT)
    columns = max(1, int(figure.get_figwidth() / LABEL))
    figure.legend(drawn.values(), drawn.keys(), loc="outside lower center", ncols=columns, frameon=False)
    figure.set_figheight(3.4 + 0.16 * (title + -(-len(drawn) // columns)))


def _panel(axes: "Axes", rows: Sequence[Row], known: Sequence[Row]) -> None:
    for series in _series(known):
        mine = [row for row in rows if (row.point.weights, row.point.clock_mhz) == (series.store, series.clock)]
        planned = [(row.point.cards + series.aside, row.images_per_s) for row in mine if row.images_per_s is not None]
        copies = [(row.point.cards + series.aside, row.replicas.images_per_s) for row in mine if row.replicas]
        front = [(row.point.cards + series.aside, row.best_images_per_s or 0.0) for row in mine if row.front]
        mark, cross = series.marks
        line = {"linestyle": series.dashes, "linewidth": series.width, "marker": mark, "ms": 4.5}
        _plot(axes, planned, color=series.colour, label=series.label(), **line)
        ring = {"linestyle": "", "ms": 11, "mfc": "none", "mec": "0.35", "mew": 0.8}
        _plot(axes, copies, color=series.colour, linestyle="", marker=cross, ms=7, label=f"{series.label()}, copies")
        _plot(axes, front, marker="o", label=FRONT, **ring)
    _dress(axes, sorted({row.point.cards for row in known}))


def _series(rows: Sequence[Row]) -> Iterator[_Series]:
    stores = list(dict.fromkeys(row.point.weights for row in rows))
    clocks = list(dict.fromkeys(row.point.clock_mhz for row in rows))
    apart = min(SHIFT, WIDEST / (len(stores) * len(clocks)))
    for number, (store, clock) in enumerate(product(stores, clocks)):
        order = clocks.index(clock)
        yield _Series(
            store=store,
            clock=clock,
            colour=COLOURS[stores.index(store) % len(COLOURS)],
            dashes=DASHES[number % len(DASHES)],
            marks=(MARKS[order % len(MARKS)], COPIES[order % len(COPIES)]),
            width=max(1.0, 2.2 - 0.4 * number),
            aside=apart * (number - (len(stores) * len(clocks) - 1) / 2),
        )


def _plot(axes: "Axes", points: Sequence[tuple[float, float]], **style: Any) -> None:
    """Plot points; where there are none the legend would name what nobody sees."""
    if points:
        axes.plot([cards for cards, _ in points], [rate for _, rate in points], **style)


def _dress(axes: "Axes", cards: Sequence[int]) -> None:
    axes.set_xticks(cards)
    axes.set_xlim(cards[0] - 0.5, cards[-1] + 0.5)
    axes.set_xlabel("cards")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(visible=True, axis="y", color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
