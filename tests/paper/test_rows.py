# SPDX-License-Identifier: Apache-2.0
"""A row of paper.json holds both sides and their ratio, and says what it is a percentage of."""

import json

import msgspec
import pytest

from reproduction.rows import Row, on, ratio, row, schema, to_json

KEYS = ["table", "design", "quantity", "basis", "published", "levada", "ratio"]


@pytest.mark.parametrize(
    ("published", "levada", "expected"),
    [
        (200, 100, 0.5),
        (100, 110, 1.1),
        (None, 5, None),
        (5, None, None),
        (0, 5, None),
        (5, True, None),
        (5, "no", None),
    ],
)
def test_the_ratio_is_levada_s_over_the_published(published, levada, expected):
    assert ratio(published, levada) == (expected if expected is None else pytest.approx(expected))


def test_a_row_has_the_seven_fields_and_no_other(rows):
    assert all(list(each) == KEYS for each in json.loads(to_json(rows)))


def test_the_file_is_one_list_that_reads_back_to_the_same_rows(rows):
    assert tuple(msgspec.json.decode(to_json(rows), type=list[Row])) == rows


def test_the_file_ends_with_one_newline(rows):
    assert to_json(rows).endswith(b"]\n")


def test_the_schema_asks_for_table_design_and_quantity():
    found = json.loads(schema())
    assert found["$defs"]["Row"]["required"] == ["table", "design", "quantity"]


def test_a_basis_is_added_without_changing_anything_else():
    plain = row("II", "w1a2", "LUT, % of one card", 15, 16.5)
    assert on("finn", plain) == msgspec.structs.replace(plain, basis="finn")


def test_no_row_is_there_twice(rows):
    keys = [(each.table, each.design, each.quantity, each.basis) for each in rows]
    assert len(keys) == len(set(keys))


def test_every_percentage_of_cards_names_its_basis(rows):
    assert [each for each in rows if "% of " in each.quantity and each.basis is None] == []


def test_only_the_three_designs_have_rows(rows):
    assert {each.design for each in rows} == {"w1a2", "w4a5-bram", "w4a5-uram"}
