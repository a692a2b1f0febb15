# SPDX-License-Identifier: Apache-2.0
"""Counts as they are used all over: sums that lose nothing, and unknown that spreads."""

from hypothesis import given
from hypothesis import strategies as st

from levada.core.resources import NAMES, Fractions, Resources, total

COUNTS = st.none() | st.integers(0, 10**7)
ANY = st.builds(Resources, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
FRACTIONS = st.builds(Fractions, *[st.floats(0, 1)] * 5)


@given(ANY, ANY)
def test_the_order_of_a_sum_does_not_matter(one, other):
    assert one + other == other + one


@given(ANY, ANY, ANY)
def test_the_grouping_of_a_sum_does_not_matter(one, other, third):
    assert (one + other) + third == one + (other + third)


@given(ANY)
def test_nothing_added_changes_nothing(one):
    assert one + Resources() == one


@given(st.lists(ANY, max_size=6))
def test_a_count_is_unknown_where_any_part_is(parts):
    unknown = {name for part in parts for name in part.unknown()}
    assert set(total(parts).unknown()) == unknown


@given(st.lists(ANY, max_size=6))
def test_a_known_count_is_the_sum_of_its_parts(parts):
    whole = total(parts)
    for name in NAMES:
        if whole.get(name) is not None:
            assert whole.get(name) == sum(part.get(name) for part in parts)


@given(ANY)
def test_counts_are_in_the_order_of_their_names(one):
    assert list(one.counts()) == [one.get(name) for name in NAMES]


@given(FRACTIONS)
def test_a_fraction_is_found_by_its_name(fractions):
    assert [fractions.get(name) for name in NAMES] == [getattr(fractions, name) for name in NAMES]
