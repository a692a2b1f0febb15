# SPDX-License-Identifier: Apache-2.0
"""A picture of the resources of the three designs: published, Levada's, and FINN's own estimate."""

from collections.abc import Iterator, Sequence

from levada.core.manifests.common import Record
from reproduction.svg import BLUE, FAINT, GREY, INK, SOFT, Box, Element, Label, Line, Sheet
from reproduction.wording import NARROW, number

WIDTH, TOP, HEIGHT, BELOW = 1100, 86, 230, 102
PANEL, INSET = 340, 24
PUBLISHED = INK


class Bars(Record, frozen=True, kw_only=True):
    """One design's counts of one resource; None where there is none."""

    design: str
    published: float | None
    levada: float | None
    finn: float | None


class Panel(Record, frozen=True, kw_only=True):
    """One resource of all designs; ``line`` is what one card holds, with its basis in ``line_text``."""

    resource: str
    bars: tuple[Bars, ...]
    line: float
    line_text: str


def picture(panels: Sequence[Panel]) -> Sheet:
    """Return one panel per resource, side by side, each to its own scale."""
    elements: list[Element] = [
        Label(x=INSET, y=28, text="Resources of the three designs", size=18, bold=True),
        Label(
            x=INSET, y=49, text="all cards together, platform and network included; under each design: the published figure, and ours as a multiple of it",
            size=13, colour=SOFT,
        ),
    ]  # fmt: skip
    for place, panel in enumerate(panels):
        elements += _panel(panel, INSET + place * (PANEL + 12))
    title = "LUT, BRAM36 and URAM of the three designs, published and computed"
    return Sheet(width=WIDTH, height=TOP + HEIGHT + BELOW, title=title, elements=(*elements, *_legend()))


def _panel(panel: Panel, left: float) -> Iterator[Element]:
    counts = [count for bars in panel.bars for count in (bars.published, bars.levada, bars.finn) if count is not None]
    most = max([*counts, panel.line]) * 1.12
    bottom = TOP + HEIGHT
    yield Label(x=left, y=TOP - 6, text=panel.resource, size=14, bold=True)
    pitch = PANEL / len(panel.bars)
    for place, bars in enumerate(panel.bars):
        yield from _bars(bars, left + place * pitch, pitch, most)
    yield Line(x1=left, y1=bottom, x2=left + PANEL - 8, y2=bottom, colour=INK)
    y = bottom - HEIGHT * panel.line / most
    yield Line(x1=left, y1=y, x2=left + PANEL - 8, y2=y, colour=SOFT, dashes="4 4")
    yield Label(x=left + PANEL - 8, y=y - 5, text=panel.line_text, size=11, colour=SOFT, anchor="end", halo=True)


def _bars(bars: Bars, left: float, pitch: float, most: float) -> Iterator[Element]:
    width, bottom = pitch * 0.24, TOP + HEIGHT
    found = ((bars.published, PUBLISHED, "published"), (bars.levada, BLUE, "levada"), (bars.finn, GREY, "FINN's own"))
    for place, (count, colour, word) in enumerate(found):
        if count is None:
            continue
        height, x = HEIGHT * count / most, left + place * (width + 3)
        hint = f"{bars.design}, {word}: {number(count)}"
        yield Box(x=x, y=bottom - height, width=width, height=height, fill=colour, hint=hint)
    yield Label(x=left + pitch * 0.38, y=bottom + 17, text=bars.design, size=12, anchor="middle")
    yield from _figures(bars, left + pitch * 0.38, bottom + 33)


def _figures(bars: Bars, middle: float, y: float) -> Iterator[Element]:
    """Yield the published figure, and ours as a multiple of it."""
    printed = number(bars.published)
    yield Label(x=middle, y=y, text=printed, size=11, colour=SOFT, anchor="middle")
    if bars.published and bars.levada is not None:
        text = f"×{NARROW}{bars.levada / bars.published:.2f}"
        yield Label(x=middle, y=y + 16, text=text, size=11, colour=BLUE, anchor="middle", bold=True)


def _legend() -> Iterator[Element]:
    x, y = float(INSET), TOP + HEIGHT + 84
    for word, colour in (("published", PUBLISHED), ("Levada", BLUE), ("FINN's own estimate", GREY)):
        yield Box(x=x, y=y - 10, width=12, height=12, fill=colour, edge=FAINT)
        yield Label(x=x + 17, y=y, text=word, size=12)
        x += 44 + 6.6 * len(word)
