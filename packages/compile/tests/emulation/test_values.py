# SPDX-License-Identifier: Apache-2.0
"""Ranges of values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.compile.emulation.values import Range


@pytest.mark.parametrize(("name", "low", "high"), [("UINT5", 0, 31), ("INT8", -128, 127), ("BIPOLAR", -1, 1)])
def test_a_data_type_has_its_range(name, low, high):
    assert Range.of(name) == Range(low, high)


@given(st.lists(st.lists(st.integers(-8, 7), min_size=3, max_size=3), min_size=1, max_size=5))
def test_products_stay_in_the_range_and_reach_its_ends(rows):
    weights, domain = np.array(rows), Range(-4, 9)
    up, down = np.where(weights > 0, 9, -4), np.where(weights > 0, -4, 9)
    assert domain.times(weights) == Range(int((weights * down).sum(0).min()), int((weights * up).sum(0).max()))


def test_the_largest_magnitude_may_be_negative():
    assert Range(-9, 4).largest == 9
