# SPDX-License-Identifier: Apache-2.0
"""Copies of a short pipeline: which are best, and when there is no room for two."""

import pytest

from levada.partition.replicas import Replicas, best_replicas


def test_one_card_pipelines_are_copied_onto_every_card():
    assert best_replicas(3, {1: 100.0, 3: 250.0}) == Replicas(copies=3, cards=1, images_per_s=300.0)


def test_the_fastest_copies_are_taken():
    assert best_replicas(6, {1: 10.0, 2: 50.0, 3: 60.0}) == Replicas(copies=3, cards=2, images_per_s=150.0)


def test_between_equals_the_shorter_pipeline_is_taken():
    assert best_replicas(4, {1: 10.0, 2: 20.0}) == Replicas(copies=4, cards=1, images_per_s=40.0)


def test_cards_may_be_left_over():
    assert best_replicas(5, {2: 50.0}) == Replicas(copies=2, cards=2, images_per_s=100.0)


@pytest.mark.parametrize(("cards", "rates"), [(1, {1: 9.0}), (3, {2: 9.0}), (3, {})])
def test_where_two_do_not_fit_there_are_none(cards, rates):
    assert best_replicas(cards, rates) is None


@pytest.mark.parametrize(("cards", "words"), [(1, "2 copies on 1 card each"), (2, "2 copies on 2 cards each")])
def test_copies_are_said_in_words(cards, words):
    assert Replicas(copies=2, cards=cards, images_per_s=1.0).text() == words
