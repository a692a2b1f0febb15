# SPDX-License-Identifier: Apache-2.0
"""Divisors and the two integer logarithms that the formulas share."""

from hypothesis import given
from hypothesis import strategies as st

from levada.compile.costs.divisors import ceil_div, clog2, divisors

NUMBERS = st.integers(1, 5000)


@given(NUMBERS)
def test_divisors_are_those_that_a_search_finds(number: int) -> None:
    assert divisors(number) == tuple(d for d in range(1, number + 1) if number % d == 0)


def test_a_square_lists_its_root_once() -> None:
    assert divisors(576)[10:11] == (24,)
    assert divisors(9) == (1, 3, 9)


def test_a_prime_can_be_folded_in_two_ways_only() -> None:
    assert divisors(997) == (1, 997)


@given(NUMBERS)
def test_clog2_counts_the_bits_of_the_largest_index(number: int) -> None:
    assert 2 ** clog2(number) >= number > 2 ** clog2(number) // 2 or number == 1


def test_one_value_needs_no_bit() -> None:
    assert clog2(1) == 0


@given(NUMBERS, NUMBERS)
def test_ceil_div_rounds_up(number: int, by: int) -> None:
    assert (ceil_div(number, by) - 1) * by < number <= ceil_div(number, by) * by
