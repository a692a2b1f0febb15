# SPDX-License-Identifier: Apache-2.0
"""The table of ``levada pareto`` on the terminal and on a page."""

import pytest

from levada.core.resources import Fractions
from levada.partition.frontier import Point, Row, compared
from levada.partition.heading import Heading
from levada.partition.listing import HEADS, cells, page, text_table

POINT = Point(cards=1, weights="bram", clock_mhz=200.0)
HEADING = Heading(
    dataflow="toy", cluster="u280x2", boards=("u280", "u280"), topology="loop", folding="fastest", basis="paper",
    limits=Fractions(), slr_limits=Fractions(lut=0.9, bram18=0.95), anchors=("MVAU_0=1",),
)  # fmt: skip


@pytest.fixture
def good():
    return Row(
        point=POINT, status="optimal", images_per_s=99.5, bound_images_per_s=100.0, gap=0.005, limited_by="MVAU_0",
        use={"lut": 0.25, "ff": None}, wire_bytes=1500, front=True,
    )  # fmt: skip


@pytest.fixture
def bad():
    return Row(point=POINT, status="infeasible", reason="3 bram18 are missing")


def test_every_column_has_a_cell(good, bad):
    assert len(cells(good)) == len(cells(bad)) == len(HEADS)


def test_a_row_says_rate_bound_and_gap(good):
    assert cells(good)[:9] == ("*", "1", "bram", "200", "any", "99.5", "100.0", "0.5%", "MVAU_0")


def test_an_unknown_use_is_unknown_and_not_nothing(good):
    assert cells(good)[9:11] == ("25.0%", "unknown")


def test_a_row_without_plan_says_so_and_why(bad):
    shown = text_table([bad], HEADING)
    assert "infeasible" in shown
    assert "1 card, weights bram, 200 MHz: 3 bram18 are missing" in shown


def test_the_rate_of_better_copies_is_said(good):
    two = Row(point=Point(cards=2, weights="bram", clock_mhz=200.0), status="infeasible", reason="no")
    assert "2 copies on 1 card each: 199.0 images/s" in text_table(compared([good, two], alike=2), HEADING)


def test_a_page_is_a_table_in_markdown(good, bad):
    lines = [line for line in page([good, bad], HEADING).splitlines() if line.startswith("|")]
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {len(HEADS) + 1}


def test_a_page_gives_its_reasons(bad):
    assert "* 1 card, weights bram, 200 MHz: 3 bram18 are missing" in page([bad], HEADING)


def test_the_page_says_that_rows_that_tie_all_count(good):
    assert "as good in the others; rows that tie all count" in page([good, good], HEADING)


@pytest.mark.parametrize(
    "words",
    [
        "Cluster u280x2 (u280)",
        "topology loop",
        "folding fastest",
        "basis paper",
        "LUT 70 %",
        "BRAM 95 %",
        "anchored: MVAU_0=1",
    ],
)
@pytest.mark.parametrize("made", [text_table, page])
def test_what_all_rows_share_is_said_once_above_them(good, made, words):
    assert made([good, good], HEADING).count(words) == 1
