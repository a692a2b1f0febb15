# SPDX-License-Identifier: Apache-2.0
"""Each table of the paper has its rows, with published and computed figures on their own sides."""

import pytest

from levada.core.boards_alveo import U280
from levada.core.resources import total
from reproduction import comparison
from reproduction.comparison import COUNTS
from reproduction.counting import accelerator
from reproduction.outcomes import BRAM, URAM, W1A2


@pytest.fixture
def find(rows):
    """Return a function that finds the one row of a table, design, quantity and basis."""

    def row(table, design, quantity, basis=None):
        key = (table, design.name, quantity, basis)
        (found,) = [each for each in rows if (each.table, each.design, each.quantity, each.basis) == key]
        return found

    return row


# ------------------------------------------------------------------------------------------------ accuracy


def test_accuracy_is_published_and_not_measured_where_the_network_was_not_trained_on_imagenet(find):
    row = find("I", BRAM, "top-1 of ImageNet-1K, %")
    assert (row.published, row.levada, row.ratio) == (73.26, None, None)


def test_accuracy_measured_on_imagenet_stands_beside_the_published_one(scored):
    row = next(comparison.accuracy(scored("imagenet", 0.66)))
    assert (row.published, row.levada) == (67.97, pytest.approx(66))


def test_accuracy_on_other_data_is_not_taken_for_imagenet_s(scored):
    assert next(comparison.accuracy(scored("cifar10", 0.9))).levada is None


# ----------------------------------------------------------------------------------------------- resources


@pytest.mark.parametrize(("word", "column"), [("LUT", "lut"), ("BRAM36", "bram36"), ("URAM", "uram")])
@pytest.mark.parametrize(("table", "design"), [("II", W1A2), ("II", BRAM), ("IV", BRAM), ("IV", URAM)])
def test_a_count_is_everything_on_the_paper_s_basis(find, paper, table, design, word, column):
    expected = COUNTS[column](paper.counted(paper.made.outcome(design), "paper"))
    assert find(table, design, word).levada == expected


def test_a_tile_is_two_halves(find, paper):
    assert find("II", W1A2, "BRAM36").levada == paper.counted(paper.made.outcome(W1A2), "paper").bram18 / 2


def test_finn_s_own_estimate_stands_beside_the_published_count(find):
    row = find("II", W1A2, "LUT, FINN's own estimate")
    assert (row.published, row.levada) == (285_520, 1000)


def test_no_row_is_made_of_an_estimate_that_was_not_asked(paper):
    import msgspec

    silent = tuple(msgspec.structs.replace(each, finn=None) for each in paper.made.outcomes)
    asked = msgspec.structs.replace(paper, made=msgspec.structs.replace(paper.made, outcomes=silent))
    assert not [row for row in comparison.resources(asked, W1A2, "II") if "FINN" in row.quantity]


def test_the_paper_s_percentage_is_printed_on_its_own_basis(find):
    assert find("II", BRAM, "BRAM36, % of one card", "paper").published == 214


def test_the_paper_s_percentage_of_three_cards_is_printed_too(find):
    assert find("IV", BRAM, "BRAM36, % of 3 cards", "paper").published == 71.42


def test_on_finn_s_basis_nothing_published_is_divided(find):
    """The published counts hold the platform, which lies outside of FINN's region."""
    assert find("II", BRAM, "LUT, % of one card", "finn").published is None


@pytest.mark.parametrize("basis", ["paper", "finn"])
def test_our_percentage_divides_what_counts_on_the_basis_that_it_names(find, paper, basis):
    lut = paper.counted(paper.made.outcome(URAM), basis).lut
    expected = 100 * lut / total(U280.capacity(basis)).lut
    assert find("IV", URAM, "LUT, % of one card", basis).levada == pytest.approx(expected)


def test_percentages_of_one_card_are_the_only_ones_of_a_design_on_one(rows):
    assert not [row for row in rows if row.design == "w1a2" and "3 cards" in row.quantity]


def test_the_published_uram_of_convolutions_is_the_difference_of_two_designs(find):
    assert find("IV", URAM, "URAM of the convolutions' weights").published == 547


# ---------------------------------------------------------------------------------------------------- rate


def test_the_bound_stands_beside_the_published_rate(find, made):
    row = find("III", BRAM, "images/s, cycle bound")
    assert (row.published, row.levada) == (162.32, made.outcome(BRAM).plan.performance.images_per_s)


def test_what_the_published_rate_lacks_is_shown(find, made):
    bound = made.outcome(BRAM).plan.performance.images_per_s
    row = find("III", BRAM, "published rate below the cycle bound, %")
    assert row.levada == pytest.approx(100 * (1 - 162.32 / bound))


def test_clock_and_cards_are_those_of_the_plan(find):
    row = find("III", BRAM, "cards")
    assert (row.published, row.levada, row.ratio) == (3, 3, 1)


# ---------------------------------------------------------------------------------------------------- fits


def test_a_number_of_cards_that_does_not_do_has_its_reason(find):
    assert find("text", BRAM, "fits on 2 cards", "paper").levada is False
    assert "3262 bram18" in find("text", BRAM, "why not on 2 cards", "paper").levada


def test_the_fewest_cards_are_told_for_each_basis(find):
    assert find("text", BRAM, "fewest cards", "paper").levada == 3
    assert find("text", BRAM, "fewest cards", "finn").levada == 4


def test_the_paper_s_number_of_cards_belongs_to_its_own_basis(find):
    assert find("text", BRAM, "fewest cards", "finn").published is None


def test_the_use_of_every_card_is_told(rows):
    found = [row for row in rows if row.design == BRAM.name and "with shell and network" in row.quantity]
    assert len(found) == 3 * 3


def test_the_breakdown_adds_up_to_the_accelerator_with_shell_and_network(rows, made):
    parts = [
        row.levada for row in rows if row.table == "breakdown" and row.design == BRAM.name and "LUT of" in row.quantity
    ]
    plan = made.outcome(BRAM).plan
    overhead = total(each for card in plan.cards for each in card.overhead)
    assert sum(parts) == (accelerator(plan) + overhead).lut


@pytest.mark.parametrize("basis", ["paper", "finn"])
def test_three_cards_hold_three_times_as_much(find, basis):
    one, three = (find("IV", BRAM, f"LUT, % of {cards}", basis).levada for cards in ("one card", "3 cards"))
    assert three == pytest.approx(one / 3)
