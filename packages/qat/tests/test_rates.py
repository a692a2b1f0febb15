# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.testing.models import RECIPE
from levada.qat.rates import learning_rate


def changed(**changes):
    return msgspec.structs.replace(RECIPE, **changes)


STEPS = changed(learning_rate=0.05, step_epochs=2, decay=0.1, epochs=6)
COSINE = changed(learning_rate=0.1, course="cosine", warmup_epochs=2, epochs=10)


@pytest.mark.parametrize(("epoch", "rate"), [(0, 0.05), (1, 0.05), (2, 0.005), (3, 0.005), (4, 0.0005)])
def test_the_rate_falls_by_steps(epoch, rate):
    assert learning_rate(STEPS, epoch) == pytest.approx(rate)


def test_the_papers_rate_falls_twice_in_90_epochs():
    recipe = changed(learning_rate=0.001, step_epochs=30, epochs=90)
    assert sorted({round(learning_rate(recipe, epoch), 9) for epoch in range(90)}) == [1e-5, 1e-4, 1e-3]


def test_a_warm_up_rises_to_the_rate_in_equal_steps():
    recipe = changed(learning_rate=0.4, warmup_epochs=3)
    assert [learning_rate(recipe, epoch) for epoch in range(4)] == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_steps_are_counted_from_the_end_of_the_warm_up():
    recipe = changed(learning_rate=1.0, warmup_epochs=1, step_epochs=2, decay=0.5)
    assert [learning_rate(recipe, epoch) for epoch in range(1, 5)] == [1, 1, 0.5, 0.5]


def test_a_cosine_is_at_half_its_height_half_way():
    assert learning_rate(COSINE, 6) == pytest.approx(0.05)


def test_a_cosine_begins_at_the_rate_and_ends_close_to_nothing():
    assert learning_rate(COSINE, 2) == 0.1
    assert 0 < learning_rate(COSINE, 9) < 0.005


@given(epochs=st.integers(1, 200), warmup=st.integers(0, 20), course=st.sampled_from(["steps", "cosine"]))
def test_every_epoch_of_every_course_has_a_rate(epochs, warmup, course):
    recipe = changed(course=course, epochs=epochs, warmup_epochs=warmup)
    assert all(0 < learning_rate(recipe, epoch) <= recipe.learning_rate for epoch in range(epochs))
