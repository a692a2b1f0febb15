# SPDX-License-Identifier: Apache-2.0
"""The pages are written whole: every table and picture, self-contained HTML, Markdown with its files beside it."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from reproduction import command

HEADINGS = (
    "Table I:",
    "Tables II and IV:",
    "Table III:",
    "Fig. 2:",
    "How many cards?",
    "Floorplans",
    "Cycles of every layer",
)


@pytest.fixture(scope="module")
def out(made, registry, tmp_path_factory):
    folder = tmp_path_factory.mktemp("paper")
    command.write(folder, made, registry)
    return folder


@pytest.fixture(scope="module")
def html(out):
    return (out / "paper.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def markdown(out):
    return (out / "paper.md").read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Collects tags and the outside things that a page asks for."""

    def __init__(self):
        super().__init__()
        self.open, self.outside = [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in {"meta", "img"}:
            self.open.append(tag)
        self.outside += [v for n, v in values.items() if n in {"src", "href"} and not v.startswith(("data:", "#"))]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_three_files_are_there(out):
    assert {path.name for path in out.iterdir()} == {"paper.json", "paper.md", "paper.html", "pictures"}


@pytest.mark.parametrize("heading", HEADINGS)
def test_both_pages_have_every_section(html, markdown, heading):
    assert heading in markdown
    assert heading in html


def test_the_html_page_is_well_formed_and_needs_nothing_from_outside(html):
    tags = Tags()
    tags.feed(html)
    assert (tags.open, tags.outside) == ([], [])


def test_the_html_page_holds_every_picture(html, out):
    assert html.count("<figure>") == len(list((out / "pictures").glob("*.svg")))


def test_every_picture_that_markdown_shows_is_beside_it(markdown, out):
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", markdown)
    assert shown
    assert [name for name in shown if not (out / name).is_file()] == []


def test_pictures_of_loop_and_chain_are_both_drawn(out):
    names = {path.stem for path in (out / "pictures").iterdir()}
    assert {"floorplan-w1a2", "floorplan-w4a5-bram-loop", "floorplan-w4a5-bram-chain", "floorplan-w4a5-uram"} <= names


def test_every_picture_is_sound_xml(out):
    for path in (out / "pictures").iterdir():
        assert ElementTree.parse(path).getroot().tag.endswith("svg"), path


def test_markdown_tables_have_as_many_cells_in_every_row(markdown):
    tables = re.findall(r"(?:^\|.*\|$\n)+", markdown, re.M)
    widths = [{len(re.split(r"(?<!\\)\|", line)) for line in table.splitlines()} for table in tables]
    assert tables
    assert [each for each in widths if len(each) != 1] == []


def test_what_the_three_cards_lack_is_in_both_pages(html, markdown):
    assert "does not say why" in markdown
    assert "unexplained" in html


def test_published_accuracy_is_marked_as_such(markdown):
    assert "73.26 (published)" in markdown
    assert "not measured" in markdown


def test_the_reason_of_the_planner_is_in_both_pages(html, markdown):
    assert "would need 3262 bram18" in html
    assert "would need 3262 bram18" in markdown


def test_the_rows_are_a_list(out):
    assert isinstance(json.loads((out / "paper.json").read_text()), list)


def test_writing_twice_gives_the_same_files(out, made, registry, tmp_path):
    command.write(tmp_path, made, registry)
    differing = [
        path.name
        for path in out.rglob("*.*")
        if path.is_file() and (tmp_path / path.relative_to(out)).read_bytes() != path.read_bytes()
    ]
    assert differing == []


def test_what_html_would_take_for_tags_is_escaped():
    from reproduction import html
    from reproduction.document import Document, Grid, Section

    grid = Grid(caption="", header=("a",), rows=(("x < 5 & y",),))
    page = html.render(Document(title="", lead=(), sections=(Section(heading="", parts=(grid,)),)))
    assert "x &lt; 5 &amp; y" in page
