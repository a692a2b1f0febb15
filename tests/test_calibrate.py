# SPDX-License-Identifier: Apache-2.0
"""The fit of the platform's share: least squares on two designs, the third left out, and a page that says what the code has."""

import re
import runpy
from pathlib import Path

import pytest

from levada.core.boards_alveo import PLATFORM_SHARE

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = runpy.run_path(str(ROOT / "docs" / "calibrate.py"))
Design, fit, table = (SCRIPT[name] for name in ("Design", "fit", "table"))
STATIC = (140_160.0, 264.0)
PAGE = (ROOT / "docs" / "estimates.md").read_text()


def design(share, name="one", cards=1):
    """Return a design whose published figures hold just this share of each card's static region."""
    published = tuple(1000 + share * cards * there for there in STATIC)
    return Design(name=name, cards=cards, counted=(1000, 1000, 10), published=(*published, 20))


def test_what_lies_outside_the_dynamic_region_is_device_less_region():
    assert SCRIPT["_static"]() == (*STATIC, 0.0)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.555, 1.0])
def test_a_share_that_explains_all_is_found(share):
    assert fit([design(share), design(share, cards=3)]) == pytest.approx(share)


def test_two_designs_that_disagree_are_met_between():
    assert 0.2 < fit([design(0.2), design(0.6)]) < 0.6


def test_every_design_is_left_out_once():
    made = tuple(design(0.5, name) for name in "abc")
    assert re.findall(r"\*\*(\w)\*\* \(predicted\)", table(made)) == ["c", "b", "a"]


def test_ultraram_knows_no_platform():
    assert design(0.5).ratio(2, 0.1) == design(0.5).ratio(2, 0.9) == 0.5


def test_the_share_of_the_code_is_that_fitted_on_the_page():
    shares = re.findall(rf"\| {', '.join(SCRIPT['FITTED_ON'])} \| ([\d.]+) \|", PAGE)
    assert {float(share) for share in shares} == {PLATFORM_SHARE}


@pytest.mark.parametrize(("name", "count"), SCRIPT["GOALS"])
def test_the_goals_are_within_10_percent_on_the_page(name, count):
    rows = re.findall(rf"\| {', '.join(SCRIPT['FITTED_ON'])} \| [\d.]+ \| \**{name}\**[^|]* \| (.+) \|", PAGE)
    (ratios,) = rows
    assert float(ratios.split(" | ")[count]) == pytest.approx(1, abs=0.1)
