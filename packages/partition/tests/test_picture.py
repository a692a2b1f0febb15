# SPDX-License-Identifier: Apache-2.0
"""The floorplan on paper: which files are written, and what is in them."""

from importlib import util

import msgspec
import pytest
from partition_plans import planned

from levada.core.errors import DependencyError, OptionError
from levada.partition.picture import HEIGHT, STRIP, draw


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


def test_every_cell_says_its_layer_under_the_pointer(plan, svg):
    assert all(f'id="{layer.name}"><title>{layer.name}</title>' in svg for layer in plan.layers)


@pytest.fixture
def extents(tmp_path, monkeypatch):
    """Return a function from a plan to (each text with its extent in pixels, the axes)."""
    from matplotlib.figure import Figure

    kept = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: kept.append(figure))

    def run(plan):
        draw(plan, tmp_path / "plan.png")
        (axes,) = kept[-1].axes
        return {text.get_text(): text.get_window_extent() for text in axes.texts}, axes

    return run


@pytest.mark.parametrize("name", ["resnet", "resnet, and so long a name that its title takes many lines " * 4])
def test_a_title_of_any_length_is_between_the_edge_and_the_cards(extents, name):
    texts, axes = extents(msgspec.structs.replace(planned(), name=name))
    (title,) = (extent for text, extent in texts.items() if text.startswith("resnet"))
    (card,) = (extent for text, extent in texts.items() if text.startswith("card 1"))
    assert card.y1 < title.y0 < title.y1 <= axes.figure.bbox.y1


def test_an_slrs_label_is_clear_of_its_box_and_its_strip(extents):
    texts, axes = extents(planned())
    strip, box = (axes.transData.transform((0, y))[1] for y in (sum(STRIP), HEIGHT - 0.04))
    label = texts["SLR 0"]
    assert strip < label.y0 < label.y1 < box
