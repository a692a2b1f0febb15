# SPDX-License-Identifier: Apache-2.0
"""What a rule wants, found among foldings."""

from levada.compile.published.rule import Wanted, index
from levada.core.testing import folding

FOLDINGS = (folding(pe=1, simd=2), folding(pe=2, simd=2), folding(pe=2, simd=4))


def test_what_is_not_said_fits_anything():
    assert index(FOLDINGS, [Wanted(pe=2)]) == 1


def test_all_that_is_said_must_fit():
    assert index(FOLDINGS, [Wanted(pe=2, simd=4)]) == 2
    assert index(FOLDINGS, [Wanted(pe=1, simd=4)]) is None


def test_the_best_wanted_one_comes_first_wherever_it_stands():
    assert index(FOLDINGS, [Wanted(simd=8), Wanted(simd=4), Wanted(pe=1)]) == 2


def test_a_layer_without_activation_has_no_thresholds_to_place():
    assert Wanted(thresholds="fused").fits(folding(pe=1))
