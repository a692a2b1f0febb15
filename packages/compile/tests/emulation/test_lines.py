# SPDX-License-Identifier: Apache-2.0
"""Lines that count thresholds: right for every integer of the domain, or refused."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from levada.compile.emulation.lines import fit
from levada.compile.emulation.values import Range


def counted(steps, values):
    return (values[None, :, None] >= steps[:, None, :]).sum(axis=-1)


def along(lines, values, most):
    straight = values[None].astype(lines.slope.dtype) * lines.slope[:, None] + lines.offset[:, None]
    return np.floor(np.clip(straight, 0, most))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 40), low=st.integers(-3000, 0), width=st.integers(1, 6000))
def test_a_line_that_is_found_is_right_for_every_integer(seed, count, low, width):
    random, domain = np.random.default_rng(seed), Range(low, low + width)
    spread = random.uniform(0.2, 200, (3, 1)) * np.arange(count) + random.uniform(low - 50, low + width + 50, (3, 1))
    steps = np.clip(np.ceil(spread + random.integers(0, 2, spread.shape)), low, low + width + 1).astype(np.int64)
    lines, values = fit(steps, domain), np.arange(low, low + width + 1)
    assert lines is None or (along(lines, values, count) == counted(steps, values)).all()


def test_evenly_spaced_thresholds_always_have_a_line():
    steps = np.ceil(np.array([[-700.05], [3.37]]) + 17.3 * np.arange(31)).astype(np.int64)
    assert fit(steps, Range(-2000, 2000)) is not None


def test_uneven_thresholds_have_none():
    assert fit(np.array([[0, 1, 2, 500]]), Range(-10, 1000)) is None


def test_one_uneven_channel_is_enough_to_refuse_all():
    assert fit(np.array([[0, 10, 20, 30], [0, 1, 2, 500]]), Range(-10, 1000)) is None


def test_a_channel_that_nothing_reaches_stays_at_zero():
    lines = fit(np.array([[101, 101, 101]]), Range(-100, 100))
    assert not along(lines, np.arange(-100, 101), 3).any()


def test_a_channel_that_everything_reaches_stays_at_the_top():
    lines = fit(np.array([[-100, -100, -100]]), Range(-100, 100))
    assert (along(lines, np.arange(-100, 101), 3) == 3).all()


def test_a_line_is_in_single_precision_where_that_suffices():
    lines = fit(np.array([[0, 7, 14]]), Range(-100, 100))
    assert lines.slope.dtype == lines.offset.dtype == np.float32


def test_values_that_single_precision_does_not_hold_take_double():
    assert fit(np.array([[0]]), Range(-(2**24), 5)).slope.dtype == np.float64


def test_values_that_double_precision_does_not_hold_are_refused():
    assert fit(np.array([[0]]), Range(-(2**53), 5)) is None


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), top=st.sampled_from([2**12, 2**18, 2**22, 2**23]))
def test_a_line_over_a_wide_domain_is_right_beside_every_threshold(seed, top):
    random, domain = np.random.default_rng(seed), Range(-top, top)
    first, apart = random.uniform(-top / 3, 0, (4, 1)), random.uniform(top / 400, top / 30, (4, 1))
    steps = np.ceil(first + apart * np.arange(31)).astype(np.int64)
    lines = fit(steps, domain)
    near = np.clip(np.unique(np.concatenate([steps.ravel(), steps.ravel() - 1, [-top, top]])), -top, top)
    assert lines is not None
    assert (along(lines, near, 31) == counted(steps, near)).all()


def test_thresholds_need_not_be_sorted():
    sorted_lines, lines = (fit(np.array([row]), Range(-50, 50)) for row in ([-10, 0, 10], [10, -10, 0]))
    assert lines.slope == sorted_lines.slope
    assert lines.offset == sorted_lines.offset


def test_a_margin_that_single_precision_could_eat_takes_double():
    steps = np.array([[2**22, 2**22 + 1, 2**22 + 3]])
    assert fit(steps, Range(0, 2**23)).slope.dtype == np.float64
