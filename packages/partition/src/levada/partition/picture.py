# SPDX-License-Identifier: Apache-2.0
"""Draws a plan's floorplan with matplotlib, as SVG or PNG: ``draw(plan, Path("plan.svg"))``.

A card is a column of its SLRs, the lowest number at the bottom as on the die. The strip in an SLR holds its layers, coloured along the network's
depth; hatched ones belong to the tail of a loop. A tick on a bar is its limit. Equal plans give equal files.
"""

import textwrap
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from levada.core.errors import DependencyError, OptionError
from levada.core.manifests import Plan
from levada.partition.floorplan import LEGEND, Bar, CardBox, Cell, Floorplan, Link, SlrBox, floorplan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = (".svg", ".png")
QUOTED = {'"': "&quot;"}
WIDTH, GAP, HEIGHT, HEAD = 1.0, 0.42, 1.0, 0.9
"""Of a card, between cards, of an SLR, and of a card's own block above its SLRs; in units of the drawing."""
TITLE, TITLE_LINE, FOOT, LEGEND_LINE = 0.3, 0.09, 0.16, 0.08
"""Above the cards and for each line of the title; under them and for each line of the legend."""
WIDER = 1.7
"""A unit across is so much longer than one upwards."""
SAG, DEEPER, LABEL = 0.36, 0.3, 0.2
"""How deep the first way hangs under the cards, how much deeper each further one, and the room for a label's lower half."""
INCHES = 1.75
LETTERS, SMALL_LETTERS = 42, 76
"""Of the title and of the legend, in a line as wide as a card."""
STRIP = (0.61, 0.24)
"""Where an SLR's strip of layers begins, and how high it is."""
NARROW = 0.045
"""Cells narrower than this carry no name."""


def drawable() -> bool:
    """Say whether matplotlib is installed."""
    return util.find_spec("matplotlib") is not None


def require_drawing() -> None:
    """Raise DependencyError where matplotlib is not installed."""
    if not drawable():
        msg = "pictures are drawn with matplotlib, which is not installed: pip install 'levada-partition[plot]'"
        raise DependencyError(msg)


def check_file(file: Path) -> None:
    """Raise OptionError for a file that is neither an SVG nor a PNG, or whose folder is not there."""
    if file.suffix not in FORMATS:
        msg = f"{str(file)!r}: expected a picture's name that ends in {' or '.join(FORMATS)}"
        raise OptionError(msg)
    if not file.parent.is_dir():
        msg = f"{str(file)!r}: its folder {str(file.parent)!r} is not there; make it, or name another"
        raise OptionError(msg)


def draw(plan: Plan, *files: Path) -> None:
    """Write the floorplan of ``plan`` to each file; its suffix, ``.svg`` or ``.png``, says how."""
    require_drawing()
    for file in files:
        check_file(file)
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = floorplan(plan)
    slrs = max(len(card.slrs) for card in shown.cards)
    below = [link for link in shown.links if link.sink != link.source + 1]
    legend = textwrap.fill(LEGEND, SMALL_LETTERS * len(shown.cards))
    foot = FOOT + LEGEND_LINE * len(legend.splitlines()) + (SAG + DEEPER * (len(below) - 1) + LABEL if below else 0.0)
    title = textwrap.fill(shown.title, LETTERS * len(shown.cards))
    head = TITLE + TITLE_LINE * len(title.splitlines())
    size = (
        INCHES * WIDER * (len(shown.cards) * (WIDTH + GAP) - GAP + 0.4),
        INCHES * (slrs * HEIGHT + HEAD + head + foot),
    )
    # Ids in an SVG are random unless salted, and dates would make equal pictures differ.
    with mpl.rc_context({"svg.hashsalt": "levada", "svg.fonttype": "none", "font.size": 7}):
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        drawing = _Drawing(figure.add_axes((0, 0, 1, 1)), slrs)
        drawing.show(shown, (foot, head))
        drawing.axes.text(0, drawing.top + 0.15, title, fontsize=9, weight="bold", va="bottom")
        drawing.axes.text(0, 0.05 - foot, legend, fontsize=6, color="0.3", va="bottom", linespacing=1.25)
        for file in files:
            metadata = {"Date": None} if file.suffix == ".svg" else {"Software": None}
            figure.savefig(file, format=file.suffix[1:], dpi=130, metadata=metadata)
            if file.suffix == ".svg":
                file.write_text(_named(file.read_text(encoding="utf-8"), shown), encoding="utf-8")


def _named(svg: str, shown: Floorplan) -> str:
    """Return the SVG with each cell's layer as its title, which a browser shows under the pointer: most cells are too narrow for a name."""
    for cell in (cell for card in shown.cards for slr in card.slrs for cell in slr.cells):
        group = f'<g id="{escape(cell.layer, QUOTED)}">'
        svg = svg.replace(group, f"{group}<title>{escape(cell.layer)}</title>", 1)
    return svg


class _Drawing:
    """One picture on matplotlib axes."""

    def __init__(self, axes: "Axes", slrs: int) -> None:
        import matplotlib as mpl

        self.axes, self.top = axes, slrs * HEIGHT + HEAD
        self.colours: Any = mpl.colormaps["viridis"]

    def show(self, shown: Floorplan, room: tuple[float, float]) -> None:
        """Draw everything but title and legend, with so much room for them under and above the cards."""
        right = len(shown.cards) * (WIDTH + GAP) - GAP
        self.axes.set_xlim(-0.2, right + 0.2)
        self.axes.set_ylim(-room[0], self.top + room[1])
        self.axes.set_axis_off()
        for card in shown.cards:
            self._card(card, (card.index - 1) * (WIDTH + GAP))
        below = sorted(
            (link for link in shown.links if link.sink != link.source + 1),
            key=lambda link: abs(link.sink - link.source),
        )
        for link in shown.links:
            self._link(link, SAG + DEEPER * below.index(link) if link in below else None)

    def _card(self, card: CardBox, left: float) -> None:
        high = len(card.slrs) * HEIGHT
        self._box(left - 0.03, -0.03, WIDTH + 0.06, high + HEAD + 0.06, "0.96", "0.2")
        self.axes.text(
            left + 0.02, high + HEAD - 0.08, f"card {card.index}: {card.name}", fontsize=9, weight="bold", va="center"
        )
        self.axes.text(
            left + WIDTH - 0.02,
            high + HEAD - 0.08,
            f"{card.board}, {card.layers} layer{'' if card.layers == 1 else 's'}",
            ha="right",
            va="center",
        )
        self._bars(card.bars, left, high + 0.08, 0.62)
        for slr in card.slrs:
            self._slr(slr, left, slr.index * HEIGHT)

    def _slr(self, slr: SlrBox, left: float, bottom: float) -> None:
        self._box(left, bottom, WIDTH, HEIGHT - 0.04, "white", "0.6")
        self.axes.text(left + 0.02, bottom + HEIGHT - 0.1, f"SLR {slr.index}", va="center", color="0.3")
        for cell in slr.cells:
            self._cell(cell, left + 0.02, bottom)
        self._bars(slr.bars, left, bottom + 0.05, 0.52)

    def _cell(self, cell: Cell, left: float, bottom: float) -> None:
        from matplotlib.patches import Rectangle

        length = WIDTH - 0.04
        start, high = left + cell.left * length, STRIP[1]
        patch = Rectangle(
            (start, bottom + STRIP[0]),
            cell.width * length,
            high,
            facecolor=self.colours(cell.depth),
            edgecolor="white",
            linewidth=0.3,
            hatch="///" if cell.tail else None,
            gid=cell.layer,
        )
        self.axes.add_patch(patch)
        if cell.width >= NARROW:
            middle = (start + cell.width * length / 2, bottom + STRIP[0] + high / 2)
            ink = "white" if cell.depth < 0.6 else "black"
            self.axes.text(
                *middle, cell.layer, fontsize=4, rotation=90, ha="center", va="center", color=ink, clip_on=True
            )

    def _bars(self, bars: tuple[Bar, ...], left: float, bottom: float, high: float) -> None:
        step = high / len(bars)
        for number, bar in enumerate(bars):
            y = bottom + high - (number + 1) * step
            self.axes.text(left + 0.02, y + step / 2, bar.label, va="center", fontsize=6)
            self._bar(bar, (left + 0.17, y + 0.12 * step), (WIDTH - 0.36, 0.76 * step))

    def _bar(self, bar: Bar, corner: tuple[float, float], size: tuple[float, float]) -> None:
        (x, y), (length, high) = corner, size
        self._box(x, y, length, high, "0.92", "none")
        said = "unknown"
        if bar.share is not None:
            colour = "tab:red" if bar.share > bar.limit else "tab:blue"
            self._box(x, y, length * min(1.0, bar.share), high, colour, "none")
            said = f"{bar.share * 100:.1f} %"
        self.axes.plot([x + length * bar.limit] * 2, [y, y + high], color="black", linewidth=0.8)
        self.axes.text(x + length + 0.02, y + high / 2, said, va="center", fontsize=6)

    def _link(self, link: Link, sag: float | None) -> None:
        """Draw an arrow between neighbours, or one that hangs so deep under the cards."""
        from matplotlib.patches import FancyArrowPatch

        pitch = WIDTH + GAP
        source, sink = (link.source - 1) * pitch, (link.sink - 1) * pitch
        if sag is None:
            start, end, bend = (source + WIDTH + 0.04, self.top / 2), (sink - 0.04, self.top / 2), 0.0
            at = ((start[0] + end[0]) / 2, self.top / 2 + 0.17)
        else:
            start, end = (source + WIDTH / 2, -0.05), (sink + WIDTH / 2, -0.05)
            # A quadratic curve hangs half as deep as its control point, which lies bend × length off the chord.
            bend = 2 * sag / (WIDER * (end[0] - start[0]))
            at = ((start[0] + end[0]) / 2, -0.05 - sag)
        arrow = FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=12,
            color="tab:orange",
            linewidth=1.6,
            connectionstyle=f"arc3,rad={bend}",
        )
        self.axes.add_patch(arrow)
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        self.axes.text(*at, link.text(), ha="center", va="center", fontsize=6.5, bbox=paper)

    def _box(self, x: float, y: float, width: float, height: float, fill: str, edge: str) -> None:
        from matplotlib.patches import Rectangle

        self.axes.add_patch(Rectangle((x, y), width, height, facecolor=fill, edgecolor=edge, linewidth=0.8))
