# SPDX-License-Identifier: Apache-2.0
"""Writes a document as one HTML file that needs nothing else: style and pictures are in it."""

import base64
from collections.abc import Iterator
from html import escape

from reproduction.document import Document, Grid, Picture, Section

STYLE = """
:root { color-scheme: light; --ink: #1f2933; --soft: #616e7c; --rule: #d9dee3; --wash: #f5f7f9; --blue: #2f6fb5; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; line-height: 1.5;
  font: 16px/1.55 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 40px 28px 80px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6em; }
h2 { font-size: 1.3rem; margin: 2.4em 0 .5em; padding-top: .6em; border-top: 3px solid var(--ink); }
p { max-width: 78ch; margin: .5em 0; }
.lead p { color: var(--soft); font-size: 1.05rem; }
figure { margin: 1.4em 0; overflow-x: auto; }
figure svg, figure img { max-width: 100%; height: auto; display: block; }
figcaption { color: var(--soft); font-size: .92rem; margin-top: .4em; }
.table { overflow-x: auto; margin: 1.2em 0; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .4em; }
th, td { padding: .34em .8em; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top; }
th { background: var(--wash); border-bottom: 2px solid var(--ink); font-weight: 600; }
th.word, td.word { text-align: left; }
tbody tr:hover { background: var(--wash); }
nav { display: flex; flex-wrap: wrap; gap: .3em 1.2em; margin: 1.2em 0; }
nav a { color: var(--blue); text-decoration: none; }
nav a:hover { text-decoration: underline; }
"""


def render(document: Document) -> str:
    """Return the page."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(document.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>"
    yield f'<header class="lead">\n<h1>{escape(document.title)}</h1>'
    yield from (f"<p>{escape(paragraph)}</p>" for paragraph in document.lead)
    yield "</header>\n<nav>"
    yield from (f'<a href="#s{n}">{escape(each.heading)}</a>' for n, each in enumerate(document.sections, 1))
    yield "</nav>"
    for number, section in enumerate(document.sections, 1):
        yield f'<section id="s{number}">\n<h2>{escape(section.heading)}</h2>'
        yield from _section(section)
        yield "</section>"
    yield "</main>\n</body>\n</html>"


def _section(section: Section) -> Iterator[str]:
    yield from (f"<p>{escape(paragraph)}</p>" for paragraph in section.paragraphs)
    for part in section.parts:
        yield from _grid(part) if isinstance(part, Grid) else _picture(part)


def _grid(grid: Grid) -> Iterator[str]:
    yield '<div class="table"><table>'
    if grid.caption:
        yield f"<caption>{escape(grid.caption)}</caption>"
    yield f"<thead><tr>{_cells('th', grid.header, grid.words)}</tr></thead>\n<tbody>"
    yield from (f"<tr>{_cells('td', row, grid.words)}</tr>" for row in grid.rows)
    yield "</tbody></table></div>"


def _cells(tag: str, cells: tuple[str, ...], words: int) -> str:
    kinds = (' class="word"' if place < words else "" for place in range(len(cells)))
    return "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))


def _picture(picture: Picture) -> Iterator[str]:
    if picture.inline:
        drawn = picture.svg
    else:
        content = base64.b64encode(picture.svg.encode()).decode()
        drawn = f'<img alt="{escape(picture.caption)}" src="data:image/svg+xml;base64,{content}">'
    yield f"<figure>\n{drawn}\n<figcaption>{escape(picture.caption)}</figcaption>\n</figure>"
