# SPDX-License-Identifier: Apache-2.0
"""Writes a document as Markdown; pictures are links to files in the folder ``pictures`` beside it."""

from collections.abc import Iterator

from reproduction.document import Document, Grid, Section

FOLDER = "pictures"


def render(document: Document) -> str:
    """Return the page."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {document.title}"
    for paragraph in document.lead:
        yield from ("", paragraph)
    for section in document.sections:
        yield from ("", f"## {section.heading}")
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    for paragraph in section.paragraphs:
        yield from ("", paragraph)
    for part in section.parts:
        yield ""
        if isinstance(part, Grid):
            yield from _grid(part)
        else:
            yield from (f"![{part.caption}]({FOLDER}/{part.name}.svg)", "", f"*{part.caption}*")


def _grid(grid: Grid) -> Iterator[str]:
    if grid.caption:
        yield from (f"**{grid.caption}**", "")
    yield _row(grid.header)
    yield _row(tuple("---" if place < grid.words else "---:" for place in range(len(grid.header))))
    yield from (_row(row) for row in grid.rows)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
