# SPDX-License-Identifier: Apache-2.0
"""A few words for drawing: a picture is a list of SVG elements on a sheet of a given size, in pixels."""

from html import escape

from levada.core.manifests.common import Record

FONT = "'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif"
INK, SOFT, FAINT, PAPER = "#1f2933", "#616e7c", "#d9dee3", "#ffffff"
BLUE, TEAL, AMBER, RED, VIOLET, GREEN, GREY = (
    "#2f6fb5", "#2a9d8f", "#e9a23b", "#c8553d", "#7d5ba6", "#5b8c3a", "#9aa5b1",
)  # fmt: skip
"""Told apart with the usual colour weaknesses; every use has a word beside it as well."""


class Label(Record, frozen=True, kw_only=True):
    """A piece of text. ``anchor``: start, middle or end of the text lies at ``x``; ``y`` is its base line.

    ``halo`` sets it off from what lies under it.
    """

    x: float
    y: float
    text: str
    size: float = 12
    colour: str = INK
    anchor: str = "start"
    bold: bool = False
    halo: bool = False


class Box(Record, frozen=True, kw_only=True):
    """A filled rectangle with rounded corners; ``hint`` is shown where a pointer rests."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    edge: str = "none"
    radius: float = 2
    hint: str = ""


class Line(Record, frozen=True, kw_only=True):
    """A straight line; ``dashes`` as SVG writes them."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = FAINT
    width: float = 1
    dashes: str = ""


Element = Label | Box | Line


class Sheet(Record, frozen=True, kw_only=True):
    """A whole picture; ``title`` is read out where pictures cannot be seen."""

    width: float
    height: float
    title: str
    elements: tuple[Element, ...]


def render(sheet: Sheet) -> str:
    """Return the picture as an SVG document that needs nothing else."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(sheet.width)} {_n(sheet.height)}" width="{_n(sheet.width)}" '
        f'height="{_n(sheet.height)}" role="img" font-family="{escape(FONT)}">'
    )
    background = Box(x=0, y=0, width=sheet.width, height=sheet.height, fill=PAPER, radius=0)
    lines = [head, f"<title>{escape(sheet.title)}</title>"]
    return "\n".join([*lines, *(_element(each) for each in (background, *sheet.elements)), "</svg>"]) + "\n"


def _element(each: Element) -> str:
    if isinstance(each, Label):
        return _label(each)
    if isinstance(each, Box):
        return _box(each)
    dashes = f' stroke-dasharray="{each.dashes}"' if each.dashes else ""
    return (
        f'<line x1="{_n(each.x1)}" y1="{_n(each.y1)}" x2="{_n(each.x2)}" y2="{_n(each.y2)}" '
        f'stroke="{each.colour}" stroke-width="{_n(each.width)}"{dashes}/>'
    )


def _label(each: Label) -> str:
    weight = ' font-weight="600"' if each.bold else ""
    halo = f' paint-order="stroke" stroke="{PAPER}" stroke-width="4" stroke-linejoin="round"' if each.halo else ""
    return (
        f'<text x="{_n(each.x)}" y="{_n(each.y)}" font-size="{_n(each.size)}" fill="{each.colour}" '
        f'text-anchor="{each.anchor}"{weight}{halo}>{escape(each.text)}</text>'
    )


def _box(each: Box) -> str:
    hint = f"<title>{escape(each.hint)}</title>" if each.hint else ""
    return (
        f'<rect x="{_n(each.x)}" y="{_n(each.y)}" width="{_n(max(0, each.width))}" height="{_n(max(0, each.height))}" '
        f'rx="{_n(each.radius)}" fill="{each.fill}" stroke="{each.edge}">{hint}</rect>'
    )


def _n(number: float) -> str:
    """Return a length with at most two decimals, and none where there is nothing behind the point."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
