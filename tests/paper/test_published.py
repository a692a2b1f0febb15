# SPDX-License-Identifier: Apache-2.0
"""The published figures are those of the paper, each once, each with its place."""

import re
from collections import Counter

import msgspec
import pytest
import tomllib

from levada.core.boards_alveo import U280
from levada.core.resources import total
from reproduction import published
from reproduction.outcomes import DESIGNS


@pytest.fixture(scope="module")
def figures():
    return published.read()


def test_no_figure_is_there_twice(figures):
    keys = Counter((each.design, each.quantity, each.of_cards) for each in figures.figures)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_figure_names_its_table_or_section(figures):
    named = re.compile(r"^(Tables? [IV]+( (and|to) [IV]+)?|Section [IVX]+-[A-Z])\b")
    assert [each.place for each in figures.figures if not named.match(each.place)] == []


def test_every_figure_is_of_a_design_a_network_or_the_board(figures):
    known = {"u280", *(design.name for design in DESIGNS), *(design.network for design in DESIGNS)}
    assert {each.design for each in figures.figures} == known


@pytest.mark.parametrize(
    ("design", "quantity", "value"),
    [
        ("w1a2", "top1", 67.97),
        ("w4a5", "top1", 73.26),
        ("w1a2", "lut", 285_520),
        ("w1a2", "bram36", 1_392.5),
        ("w1a2", "uram", 20),
        ("w4a5-bram", "lut", 830_906),
        ("w4a5-bram", "bram36", 4_320),
        ("w4a5-bram", "uram", 40),
        ("w4a5-uram", "lut", 561_797),
        ("w4a5-uram", "bram36", 981.5),
        ("w4a5-uram", "uram", 587),
        ("w1a2", "rate", 176.10),
        ("w4a5-bram", "rate", 162.32),
        ("w4a5-uram", "rate", 165.09),
        ("w1a2", "clock", 160),
        ("w4a5-bram", "clock", 200),
        ("w4a5-uram", "clock", 150),
    ],
)
def test_a_figure_is_the_one_that_the_paper_prints(figures, design, quantity, value):
    assert figures.value(design, quantity) == value


def test_a_figure_that_the_paper_does_not_print_is_none(figures):
    assert figures.value("w1a2", "lut", of_cards=3) is None


@pytest.mark.parametrize("resource", ["lut", "uram"])
def test_the_paper_s_count_of_a_card_is_the_board_s_basis_of_that_name(figures, resource):
    assert total(U280.capacity("paper")).get(resource) == figures.value("u280", resource)


def test_the_paper_s_block_ram_is_the_board_s_in_halves(figures):
    assert total(U280.capacity("paper")).bram18 == 2 * figures.value("u280", "bram36")


@pytest.mark.parametrize("quantity", ["lut", "bram36", "uram"])
@pytest.mark.parametrize("design", ["w1a2", "w4a5-bram", "w4a5-uram"])
def test_a_printed_percentage_is_the_count_over_one_card_to_a_percent(figures, design, quantity):
    """The paper rounds as it likes: 43 % for 43.66 %."""
    share = 100 * figures.value(design, quantity) / figures.value("u280", quantity)
    assert share == pytest.approx(figures.value(design, quantity, of_cards=1), abs=0.7)


def test_nothing_is_read_that_is_not_known(tmp_path):
    file = tmp_path / "figures.toml"
    file.write_text(published.FILE.read_text() + "\nguess = 1\n")
    with pytest.raises(msgspec.ValidationError, match="guess"):
        published.read(file)


def test_the_file_holds_data_alone():
    assert set(tomllib.loads(published.FILE.read_text())) == {"source", "figures"}
