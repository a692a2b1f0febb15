# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 as fast as one and three U280 cards take it: several times the published folding, within every limit."""

import pytest

from levada.core.artefact import load
from levada.core.manifests import Plan
from levada.core.resources import NAMES

PUBLISHED = 200e6 / 903_168
"""Images/s of the published folding: its slowest layer takes 903 168 cycles, at 200 MHz."""

BRAM_OF_A_CARD = 0.8
EVERYWHERE = {None, 0, 1, 2}
"""The card as a whole, and each of its SLRs."""


@pytest.fixture
def plan(fastest):
    """Return a function from a number of cards to the fastest plan that was found for it."""
    return lambda cards: load(fastest(cards) / "plan", Plan).manifest


@pytest.mark.parametrize(("cards", "times"), [(1, 4), (3, 8)])
def test_free_foldings_multiply_the_published_rate(plan, cards, times):
    assert plan(cards).performance.images_per_s >= times * PUBLISHED


@pytest.mark.parametrize("cards", [1, 3])
def test_every_card_and_slr_is_accounted_for(plan, cards):
    uses = plan(cards).utilisation
    assert {(use.card, use.slr) for use in uses} == {(n + 1, slr) for n in range(cards) for slr in EVERYWHERE}
    assert {use.limit.bram18 for use in uses if use.slr is None} == {BRAM_OF_A_CARD}


@pytest.mark.parametrize("cards", [1, 3])
def test_no_resource_of_a_card_or_slr_is_used_beyond_its_limit(plan, cards):
    beyond = [
        (use.card, use.slr, name)
        for use in plan(cards).utilisation
        for name in NAMES
        if use.used.get(name) > use.limit.get(name) * use.capacity.get(name)
    ]
    assert beyond == []
