# SPDX-License-Identifier: Apache-2.0
"""The account of images: whatever happens, submitted = answered + failed + in flight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.runtime.control.ledger import Ledger, Loss

LOSS = Loss(place="card 2", reason="lost")
ACTIONS = st.lists(st.tuples(st.sampled_from(["submit", "answer", "lose", "lose all"]), st.integers(0, 9)), max_size=60)


def started(count=3, window=8, **options):
    ledger = Ledger(count, window, **options)
    ledger.submit(ledger.due(0.0), 0.0)
    return ledger


def perform(ledger, action, frame):
    if action == "submit":
        ledger.submit(ledger.due(1.0)[:1], 1.0)
    elif action == "answer":
        ledger.answer(frame, b"\x01", 2.0)
    elif action == "lose":
        ledger.lose(frame, LOSS)
    else:
        ledger.lose_all(LOSS)


@given(ACTIONS, st.integers(1, 4))
def test_submitted_is_answered_plus_failed_plus_in_flight_at_all_times(actions, window):
    ledger = Ledger(10, window)
    for action, frame in actions:
        perform(ledger, action, frame)
        assert ledger.submitted == len(ledger.answers) + len(ledger.failures) + len(ledger.in_flight)


@given(ACTIONS)
def test_no_image_is_both_answered_and_failed(actions):
    ledger = Ledger(10, 4)
    for action, frame in actions:
        perform(ledger, action, frame)
    assert not set(ledger.answers) & {failure.image for failure in ledger.failures}


@given(ACTIONS, st.integers(1, 4))
def test_never_more_are_in_flight_than_the_window(actions, window):
    ledger = Ledger(10, window)
    for action, frame in actions:
        perform(ledger, action, frame)
        assert len(ledger.in_flight) <= window


@given(ACTIONS)
def test_losing_the_rest_always_ends_a_run(actions):
    ledger = Ledger(10, 4)
    for action, frame in actions:
        perform(ledger, action, frame)
    ledger.lose_all(LOSS)
    assert ledger.done


def test_images_are_due_in_order_as_far_as_the_window():
    ledger = Ledger(10, 4)
    assert ledger.due(0.0) == range(4)


def test_an_answer_makes_room_for_the_next():
    ledger = started(10, 4)
    ledger.answer(2, b"\x01", 1.0)
    assert ledger.due(1.0) == range(4, 5)


def test_a_loss_makes_room_too():
    ledger = started(10, 4)
    ledger.lose(0, LOSS)
    assert ledger.due(1.0) == range(4, 5)


def test_nothing_is_due_after_the_last():
    assert started(3).due(1.0) == range(3, 3)


def test_a_rate_holds_images_back():
    ledger = Ledger(100, 50, rate_per_s=10.0)
    assert ledger.due(0.0) == range(1)
    ledger.submit(range(1), 0.0)
    assert ledger.due(0.05) == range(1, 1)
    assert ledger.due(0.1) == range(1, 2)
    assert ledger.due(1.0) == range(1, 11)


def test_an_answer_counts_once():
    ledger = started()
    assert ledger.answer(1, b"\x01", 1.0)
    assert not ledger.answer(1, b"\x02", 1.0)
    assert ledger.answers == {1: b"\x01"}


def test_an_answer_for_a_lost_image_comes_too_late():
    ledger = started()
    ledger.lose(1, LOSS)
    assert not ledger.answer(1, b"\x01", 1.0)


def test_an_answer_for_an_image_that_was_never_sent_is_not_expected():
    assert not started(3, 1).answer(2, b"\x01", 1.0)


def test_a_loss_of_an_answered_image_loses_nothing():
    ledger = started()
    ledger.answer(1, b"\x01", 1.0)
    assert not ledger.lose(1, LOSS)
    assert ledger.failures == ()


def test_the_loss_nearest_the_input_counts():
    ledger = started()
    ledger.lose(1, Loss(place="card 3", reason="gap", rank=2))
    assert not ledger.lose(1, Loss(place="card 2", reason="checksum", rank=1))
    assert [(failure.place, failure.reason) for failure in ledger.failures] == [("card 2", "checksum")]


def test_a_loss_further_on_changes_nothing():
    ledger = started()
    ledger.lose(1, Loss(place="card 2", reason="checksum", rank=1))
    ledger.lose(1, Loss(place="card 3", reason="gap", rank=2))
    assert ledger.failures[0].place == "card 2"


def test_failures_are_in_the_order_of_images():
    ledger = started()
    for image in (2, 0):
        ledger.lose(image, LOSS)
    assert [failure.image for failure in ledger.failures] == [0, 2]


def test_images_that_were_never_sent_are_lost_with_the_rest():
    ledger = started(5, 2)
    ledger.answer(0, b"\x01", 1.0)
    ledger.lose_all(LOSS)
    assert [failure.image for failure in ledger.failures] == [1, 2, 3, 4]


@pytest.mark.parametrize(("answers", "done"), [((0, 1), False), ((0, 1, 2), True)])
def test_a_run_is_done_when_every_image_is_accounted_for(answers, done):
    ledger = started()
    for image in answers:
        ledger.answer(image, b"\x01", 1.0)
    assert ledger.done is done


def test_latency_quantiles_are_of_real_images():
    ledger = started(10, 10)
    for image in range(10):
        ledger.answer(image, b"\x01", (image + 1) / 1000)
    latency = ledger.latency
    assert (latency.p50_ms, latency.p90_ms, latency.p99_ms) == (5.0, 9.0, 10.0)


def test_without_answers_latency_is_zero():
    assert started().latency.p50_ms == 0.0
