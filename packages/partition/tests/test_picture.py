# SPDX-License-Identifier: Apache-2.0
"""The floorplan on paper: which files are written, and what is in them."""

from importlib import util

import pytest
from partition_plans import planned

from levada.core.errors import DependencyError, OptionError
from levada.partition.picture import draw


@pytest.fixture(scope="module")
def plan():
    return planned(cards=3, topology="loop")


@pytest.fixture(scope="module")
def svg(plan, tmp_path_factory):
    file = tmp_path_factory.mktemp("picture") / "plan.svg"
    draw(plan, file)
    return file.read_text(encoding="utf-8")


def test_every_layer_is_in_the_svg_by_its_name(plan, svg):
    assert all(f'id="{layer.name}"' in svg for layer in plan.layers)


def test_every_card_is_named(plan, svg):
    assert all(f"card {card.index}: {card.name}" in svg for card in plan.cards)


def test_cuts_carry_their_rate(svg):
    assert svg.count("Gb/s") == 3


def test_a_png_is_a_png(plan, tmp_path):
    draw(plan, tmp_path / "plan.png")
    assert (tmp_path / "plan.png").read_bytes().startswith(b"\x89PNG")


def test_equal_plans_give_equal_pictures(plan, svg, tmp_path):
    draw(plan, tmp_path / "again.svg", tmp_path / "again.png")
    assert (tmp_path / "again.svg").read_text(encoding="utf-8") == svg


def test_another_suffix_is_refused(plan, tmp_path):
    with pytest.raises(OptionError, match=r"plan\.gif'.*\.svg or \.png"):
        draw(plan, tmp_path / "plan.gif")


def test_a_folder_that_is_not_there_is_named(plan, tmp_path):
    with pytest.raises(OptionError, match="its folder .*nowhere' is not there"):
        draw(plan, tmp_path / "nowhere" / "plan.svg")


def test_without_matplotlib_it_says_what_to_install(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(util, "find_spec", lambda _: None)
    with pytest.raises(DependencyError, match=r"levada-partition\[plot\]"):
        draw(plan, tmp_path / "plan.svg")
