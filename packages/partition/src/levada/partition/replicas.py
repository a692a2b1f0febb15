# SPDX-License-Identifier: Apache-2.0
"""Several copies of a short pipeline beside one long one: on six cards, six of one card, three of two, or two of three.

Once a network fits few cards, copies can be faster than one pipeline over all of them: folding comes in steps, and copies of one
card need no network. Each image goes to one copy, so that the latency is that of the short pipeline.
"""

from collections.abc import Mapping

from levada.core.manifests import Record


class Replicas(Record, frozen=True, kw_only=True):
    """``copies`` of a pipeline over ``cards`` cards each; ``images_per_s`` of all of them together."""

    copies: int
    cards: int
    images_per_s: float

    def text(self) -> str:
        """Return the copies in words."""
        return f"{self.copies} copies on {self.cards} card{'s' if self.cards > 1 else ''} each"


def best_replicas(cards: int, rates: Mapping[int, float]) -> Replicas | None:
    """Return the fastest copies that ``cards`` alike cards hold, None where there is no room for two.

    ``rates``: images per second of one pipeline, by its number of cards. Between equals the shorter pipeline is taken.
    """
    found = [
        Replicas(copies=cards // length, cards=length, images_per_s=cards // length * rate)
        for length, rate in sorted(rates.items())
        if cards // length > 1
    ]
    return max(found, key=lambda each: each.images_per_s, default=None)
