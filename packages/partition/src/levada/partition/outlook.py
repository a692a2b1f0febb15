# SPDX-License-Identifier: Apache-2.0
"""What a plan is beside others: what one card more would buy, and whether copies of a shorter pipeline would beat it.

Both are questions like the user's on another number of cards, and only their rate matters: they are searched for shortly, and not at
all where the answer is known before.
"""

from collections.abc import Iterator

import msgspec

from levada.core.errors import UndecidedError
from levada.core.interfaces import Partitioner
from levada.core.manifests import Copies, Outlook, Plan, Record, Scaling
from levada.partition.assembly import assemble
from levada.partition.bottleneck import Answer, least_cycles, proven_cycles
from levada.partition.planning import Planned, attempt, enlarged
from levada.partition.question import Question
from levada.partition.replicas import best_replicas

TIE = 1e-9
"""Relative difference of rates that counts as none."""


class Reach(Record, frozen=True, kw_only=True):
    """What one pipeline reaches on some number of cards: a rate that was found, and the one that none exceeds (0: nothing fits)."""

    images_per_s: float | None
    at_most: float


def limited(question: Question, plan: Plan) -> Outlook:
    """Return what limits the rate, and nothing that would have to be searched for."""
    return Outlook(limited=Answer(question=question, plan=plan).limit())


def outlook(question: Question, planned: Planned, plan: Plan, partitioner: Partitioner) -> Outlook:
    """Return what limits the rate, what one card more would buy, and what copies of shorter pipelines reach."""
    answer = Answer(question=question, plan=plan)
    copies, reason = _copies(answer, planned, partitioner)
    following = _next_card(answer, partitioner)
    more = "; ".join(filter(None, (following.reason, _more_copies(answer, copies))))
    return Outlook(
        limited=answer.limit(),
        next_card=msgspec.structs.replace(following, reason=more),
        copies=copies,
        no_copies=reason,
    )


def _next_card(answer: Answer, partitioner: Partitioner) -> Scaling:
    plan = answer.plan
    cards = len(plan.cards) + 1
    if answer.demanded:
        return Scaling(cards=cards, reason="the rate stays the one that is demanded")
    if answer.by_layer:
        return Scaling(
            cards=cards, at_most=plan.performance.images_per_s, reason="no card makes the slowest layer faster"
        )
    reach = _reach(enlarged(answer.question, cards), cards, partitioner)
    if reach.images_per_s is not None:
        return Scaling(cards=cards, images_per_s=reach.images_per_s, at_most=reach.at_most)
    if not reach.at_most:
        return Scaling(cards=cards, reason=f"there is no plan on {cards} cards")
    return Scaling(cards=cards, at_most=reach.at_most, reason=f"no plan on {cards} cards was found in a short search")


def _more_copies(answer: Answer, copies: Copies | None) -> str:
    """Return what copies of a pipeline on one card reach with one card more; nothing where none is known, or rate or cards are given."""
    plan = answer.plan
    cards = len(plan.cards)
    if answer.demanded or plan.asked.anchors:
        return ""
    rate = plan.performance.images_per_s if cards == 1 else None
    if copies is not None and copies.cards == 1:
        rate = copies.images_per_s / copies.copies
    return "" if rate is None else f"{cards + 1} copies on 1 card each reach {rate * (cards + 1):.1f} images/s"


def _reach(question: Question, cards: int, partitioner: Partitioner) -> Reach:
    found = attempt(question, cards, partitioner)
    if isinstance(found, Planned):
        other = assemble(question, found)
        rate = other.performance.images_per_s
        bound = max(proven_cycles(other), least_cycles(question))
        return Reach(images_per_s=rate, at_most=max(rate, _rate(question, bound)))
    undecided = isinstance(found, UndecidedError)
    return Reach(images_per_s=None, at_most=_rate(question, least_cycles(question)) if undecided else 0.0)


def _rate(question: Question, cycles: int) -> float:
    return question.settings.clock_mhz * 1e6 / cycles


# --------------------------------------------------------------------------------------------------- copies


def _copies(answer: Answer, planned: Planned, partitioner: Partitioner) -> tuple[Copies | None, str]:
    """Return the fastest copies, or why there are none (nothing to say where one card holds the plan)."""
    cards, rate = planned.cards, answer.plan.performance.images_per_s
    reason = _without_copies(answer, planned)
    if reason or cards == 1:
        return None, reason
    reached = dict(_lengths(answer, cards, partitioner))
    best = best_replicas(
        cards, {length: reach.images_per_s for length, reach in reached.items() if reach.images_per_s is not None}
    )
    if best is None:
        return None, _not_found(cards // 2, undecided=any(reach.at_most for reach in reached.values()))
    most = max(cards // length * reach.at_most for length, reach in reached.items())
    found = Copies(
        copies=best.copies,
        cards=best.cards,
        images_per_s=best.images_per_s,
        at_most=max(best.images_per_s, most),
        better=best.images_per_s >= rate * (1 - TIE),
    )
    return found, ""


def _without_copies(answer: Answer, planned: Planned) -> str:
    """Return why no copies are looked for; nothing where they are, or where there is one card."""
    if planned.cards == 1:
        return ""
    if answer.demanded:
        return "since the rate is demanded"
    if answer.question.settings.anchors:
        return "since layers are anchored to cards"
    boards = sorted({board.name for board in answer.question.boards[: planned.cards]})
    if len(boards) > 1:
        return f"since the cards differ: {', '.join(boards)}"
    return "since no plan was found on fewer cards" if planned.ruled_out else ""


def _not_found(longest: int, *, undecided: bool) -> str:
    where = "1 card" if longest == 1 else f"1 to {longest} cards"
    return f"since no plan was found on {where}" if undecided else f"since no plan fits on {where}"


def _lengths(answer: Answer, cards: int, partitioner: Partitioner) -> Iterator[tuple[int, Reach]]:
    """Yield what pipelines reach of which two or more have room, the shortest first, but those whose copies cannot be the fastest."""
    most = _rate(answer.question, least_cycles(answer.question))
    best = 0.0
    for length in range(1, cards // 2 + 1):
        copies = cards // length
        if copies * most > best * (1 + TIE):
            reach = _reach(answer.question, length, partitioner)
            best = max(best, copies * (reach.images_per_s or 0.0))
            yield length, reach
