# SPDX-License-Identifier: Apache-2.0
"""Resources: unknown is not zero."""

import pytest

from levada.core.resources import NAMES, Fractions, Resources, total


def test_counts_add_one_by_one():
    assert Resources(1, 2, 3, 4, 5) + Resources(10, 20, 30, 40, 50) == Resources(11, 22, 33, 44, 55)


def test_unknown_plus_anything_is_unknown():
    assert (Resources(ff=None) + Resources(lut=1, ff=7)) == Resources(lut=1, ff=None)


def test_the_sum_of_nothing_is_nothing():
    assert total([]) == Resources(0, 0, 0, 0, 0)


def test_the_sum_keeps_what_is_unknown():
    assert total([Resources(lut=1), Resources(lut=None), Resources(lut=2)]).unknown() == ("lut",)


@pytest.mark.parametrize(("name", "count"), list(zip(NAMES, (1, 2, 3, 4, 5), strict=True)))
def test_a_count_is_found_by_its_name(name: str, count: int):
    assert Resources(1, 2, 3, 4, 5).get(name) == count


def test_unknown_counts_are_named_in_order():
    assert Resources(lut=None, dsp=None).unknown() == ("lut", "dsp")


def test_the_default_limits_are_those_that_the_vendor_advises():
    limits = Fractions()
    assert [limits.get(name) for name in NAMES] == [0.7, 0.5, 0.8, 0.8, 0.8]
