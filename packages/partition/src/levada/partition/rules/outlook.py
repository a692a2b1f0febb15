# SPDX-License-Identifier: Apache-2.0
"""Rules on what a plan says of other plans: one card more, and copies of a shorter pipeline."""

from collections.abc import Iterator

from levada.core.manifests import Copies, Scaling
from levada.partition.rules.case import SLACK, Case


def outlook(case: Case) -> Iterator[str]:
    """Find rates that cannot be, copies that have no room, and comparisons that the plan's own rate does not bear out."""
    told = case.plan.outlook
    if told.limited == "" and (told.next_card, told.copies, told.no_copies) != (None, None, ""):
        yield "the plan speaks of other numbers of cards, but not of what limits its own rate"
    if told.next_card is not None:
        yield from _next_card_faults(case, told.next_card)
    if told.copies is not None:
        yield from _copies_faults(case, told.copies)
        if told.no_copies:
            yield f"the plan speaks of copies, and says that there are none, {told.no_copies}"


def _next_card_faults(case: Case, following: Scaling) -> Iterator[str]:
    if following.cards != len(case.plan.cards) + 1:
        yield f"the next card is said to be card {following.cards}, after {len(case.plan.cards)}"
    yield from _rate_faults(f"a plan on {following.cards} cards", following.images_per_s, following.at_most)


def _copies_faults(case: Case, copies: Copies) -> Iterator[str]:
    cards, rate = case.plan.cards, case.plan.performance.images_per_s
    what = f"{copies.copies} copies on {copies.cards} of {len(cards)} cards"
    if copies.copies < 2 or copies.cards < 1 or copies.copies * copies.cards > len(cards):
        yield f"{what} are no copies, or have no room"
    if len({card.board for card in cards}) > 1:
        yield f"{what} are of other boards than the one that was planned"
    if case.plan.asked.anchors:
        yield f"{what} are of a plan whose layers were to lie on given cards"
    if case.plan.asked.images_per_s is not None:
        yield f"{what} are compared with a rate that was demanded"
    yield from _rate_faults(what, copies.images_per_s, copies.at_most)
    if copies.images_per_s < rate * (1 - SLACK) if copies.better else copies.images_per_s > rate * (1 + SLACK):
        yield f"{what} reach {copies.images_per_s} images/s, which is said to be {'' if copies.better else 'not '}better than {rate}"


def _rate_faults(what: str, found: float | None, most: float | None) -> Iterator[str]:
    if not all(rate is None or rate > 0 for rate in (found, most)):
        yield f"{what} is said to reach {found} images/s, at most {most}"
    if found is not None and most is not None and found > most * (1 + SLACK):
        yield f"{what} is said to reach {found} images/s, over the {most} that are said to be possible"
