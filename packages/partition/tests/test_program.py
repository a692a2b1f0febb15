# SPDX-License-Identifier: Apache-2.0
"""Linear expressions and the rows of a program."""

import pytest

from levada.partition.program import Linear, Program, Row, combine


def test_sums_add_terms_and_constants():
    total = Linear({0: 1, 1: 2}, 3) + Linear({1: 1}, 4)
    assert (total.terms, total.constant) == ({0: 1, 1: 3}, 7)


def test_differences_drop_terms_that_cancel():
    assert (Linear({0: 1, 1: 2}) - Linear({1: 2})).terms == {0: 1}


def test_numbers_are_constants():
    assert ((Linear({0: 1}, 1) + 2).constant, (Linear({0: 1}, 1) - 2).constant) == (3, -1)


def test_weighted_sums_weigh_both():
    total = combine([(2, Linear({0: 1}, 1)), (-1, Linear({1: 3}, 1))])
    assert (total.terms, total.constant) == ({0: 2, 1: -3}, 1)


def test_an_expression_is_worth_its_terms_at_the_values():
    assert Linear({0: 2, 1: -1}, 5).value((3.0, 4.0)) == 7


def test_variables_are_numbered_as_they_come():
    program = Program()
    assert [list(program.variable().terms), list(program.variable(integer=True).terms)] == [[0], [1]]


def test_constants_move_to_the_right_of_a_row():
    program = Program()
    program.at_most(program.variable() + 2, 5)
    assert program.rows == [Row({0: 1}, -float("inf"), 3)]


def test_a_row_may_have_variables_on_both_sides():
    program = Program()
    left, right = program.variable(), program.variable()
    program.at_least(left, right)
    assert program.rows == [Row({0: 1, 1: -1}, 0, float("inf"))]


def test_a_row_without_variables_is_not_kept_where_it_holds():
    program = Program()
    program.equal(Linear(constant=1), 1)
    assert (program.rows, program.impossible) == ([], False)


def test_a_row_without_variables_that_does_not_hold_makes_the_program_impossible():
    program = Program()
    program.at_most(Linear(constant=2), 1)
    assert program.impossible


@pytest.mark.parametrize(("value", "kept"), [(0.0, True), (3.0, True), (3.000009, True), (3.1, False), (-1.0, False)])
def test_values_keep_to_rows_but_for_rounding(value, kept):
    program = Program()
    each = program.variable(upper=9)
    program.at_most(combine([(2, each)]), 6)
    program.at_least(each, 0)
    assert program.holds((value,)) is kept


def test_an_impossible_program_is_kept_to_by_nothing():
    program = Program()
    program.at_most(Linear(constant=2), 1)
    assert not program.holds(())
