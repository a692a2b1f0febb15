# SPDX-License-Identifier: Apache-2.0
"""A document of sections, tables and pictures, which :mod:`reproduction.markdown` and :mod:`reproduction.html` write."""

from levada.core.manifests.common import Record


class Grid(Record, frozen=True, kw_only=True):
    """A table of words. The first ``words`` columns are set left, the others, figures, right."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


class Picture(Record, frozen=True, kw_only=True):
    """A picture as an SVG document. ``name`` is its file's, without suffix; ``inline``: it has no ids that could clash with another's."""

    name: str
    caption: str
    svg: str
    inline: bool = True


class Section(Record, frozen=True, kw_only=True):
    """A heading with paragraphs, then tables and pictures in order."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    parts: tuple[Grid | Picture, ...] = ()


class Document(Record, frozen=True, kw_only=True):
    """A whole page."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]

    def pictures(self) -> tuple[Picture, ...]:
        """Return every picture of the document."""
        return tuple(part for section in self.sections for part in section.parts if isinstance(part, Picture))
