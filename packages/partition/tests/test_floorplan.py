# SPDX-License-Identifier: Apache-2.0
"""A plan as boxes: what a picture shows, without drawing it."""

import pytest
from partition_plans import planned

from levada.core.resources import NAMES, Resources
from levada.partition.floorplan import LEAST, LEGEND, floorplan


@pytest.fixture(scope="module")
def plan():
    return planned(cards=2, topology="loop")


@pytest.fixture(scope="module")
def shown(plan):
    return floorplan(plan)


def cells(shown):
    return [cell for card in shown.cards for slr in card.slrs for cell in slr.cells]


def test_every_layer_has_a_cell(plan, shown):
    assert sorted(cell.layer for cell in cells(shown)) == sorted(layer.name for layer in plan.layers)


def test_depth_runs_from_the_input_to_the_output(plan, shown):
    depth = {cell.layer: cell.depth for cell in cells(shown)}
    assert (depth[plan.layers[0].name], depth[plan.layers[-1].name]) == (0, 1)


def test_cells_lie_side_by_side_within_the_strip(shown):
    for slr in (slr for card in shown.cards for slr in card.slrs):
        ends = [0.0, *(cell.left + cell.width for cell in slr.cells)]
        assert [cell.left for cell in slr.cells] == pytest.approx(ends[:-1])
        assert ends[-1] <= 1 + 1e-9


def test_the_tail_of_a_loop_is_told_apart(plan, shown):
    tails = {layer.name for layer in plan.layers if layer.segment == 2}
    assert {cell.layer for cell in cells(shown) if cell.tail} == tails


def test_bars_are_the_plans_utilisation(plan, shown):
    row = next(use for use in plan.utilisation if (use.card, use.slr) == (2, None))
    expected = [row.used.get(name) / row.capacity.get(name) for name in NAMES]
    assert [bar.share for bar in shown.cards[1].bars] == pytest.approx(expected)


def test_a_limit_stands_beside_its_bar(plan, shown):
    assert [bar.limit for bar in shown.cards[0].bars] == [plan.limits.get(name) for name in NAMES]


def test_an_unknown_count_has_no_share():
    plan = planned(unknown=Resources(lut=100, ff=None))
    assert floorplan(plan).cards[0].bars[NAMES.index("ff")].share is None


def test_links_add_up_to_the_cuts(plan, shown):
    assert sum(link.wire_bytes for link in shown.links) == sum(cut.wire_bytes for cut in plan.cuts)


def test_a_link_says_streams_bytes_and_rate(shown):
    assert shown.links[0].text().startswith("1 stream\n")


def test_the_title_names_rate_and_basis(plan, shown):
    assert "2 cards, loop" in shown.title
    assert "images/s at 100 MHz" in shown.title
    assert "'finn'" in shown.title
    assert f"limited by {plan.performance.limited_by}" in shown.title


def test_the_legend_says_that_a_full_strip_is_no_full_slr():
    assert f"no shorter than {LEAST * 100:g} %" in LEGEND
    assert "a full strip is no full SLR" in LEGEND
