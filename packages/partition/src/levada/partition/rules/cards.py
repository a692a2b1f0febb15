# SPDX-License-Identifier: Apache-2.0
"""Rules on cards: they are the cluster's, hold what their boards do, and are not filled beyond the limits."""

from collections.abc import Iterator

from levada.core.boards import Board
from levada.core.clusters import digest_of
from levada.core.manifests import CardUse, Plan, Utilisation
from levada.core.resources import NAMES, Resources
from levada.partition.rules.case import SLACK, Case, added


def cards(case: Case) -> Iterator[str]:
    """Find cards that are not the cluster's, or hold nothing."""
    plan, cluster = case.plan, case.ground.cluster
    for position, card in enumerate(plan.cards):
        there = cluster.cards[position] if position < len(cluster.cards) else None
        if there is None or card.index != position + 1:
            yield f"card {card.index} {card.name!r} is not card {position + 1} of the cluster"
        elif (card.name, card.host, card.board, card.driver) != (there.name, there.host, there.board, there.driver):
            yield f"card {card.index} {card.name!r} is not as the cluster says: {there.name!r} in {there.host!r}"
        if not any(layer.card == card.index for layer in plan.layers):
            yield f"card {card.index} {card.name!r} holds no layer"


def cluster(case: Case) -> Iterator[str]:
    """Find what makes the plan one for another cluster or network."""
    plan, ground = case.plan, case.ground
    if plan.cluster != ground.cluster.name:
        yield f"the plan is for cluster {plan.cluster!r}, not {ground.cluster.name!r}"
    if plan.cluster_digest != digest_of(ground.cluster, len(plan.cards)):
        yield "the plan's digest is not that of the cluster"
    if plan.network != ground.network.name:
        yield f"the plan's network is {plan.network!r}, not {ground.network.name!r}"


def boards(case: Case) -> Iterator[str]:
    """Count capacity, shell, DMAs and network again, SLR by SLR, from the boards themselves."""
    segments = case.plan.route.segments
    ends = [
        segments[end].card for end in (case.plan.route.ingress, case.plan.route.egress) if end in range(len(segments))
    ]
    for card, board in zip(case.plan.cards, case.ground.boards, strict=False):
        yield from _board_faults(case, card, board, ends.count(card.index))


def _board_faults(case: Case, card: CardUse, board: Board, ways: int) -> Iterator[str]:
    basis = case.plan.basis
    if not all(basis in {each.basis for each in slr.capacities} for slr in board.slrs):
        yield f"card {card.index} is a {board.name!r}, of which nobody knows the capacity on basis {basis!r}"
        return
    if card.capacity != board.capacity(basis):
        yield f"card {card.index} is said to hold {card.capacity}, which is not board {board.name!r} on basis {basis!r}"
    dmas = [(memory.slr, board.dma) for memory in board.memories[:1]] * ways
    networks = [(slr, case.ground.network.overhead) for slr in board.qsfp_slrs[:1] if len(case.plan.cards) > 1]
    taken = [*enumerate(board.overhead(basis)), *dmas, *networks]
    slrs = range(len(board.slrs))
    if card.overhead != tuple(added(part for where, part in taken if where == slr) for slr in slrs):
        yield f"card {card.index} counts {card.overhead} for shell, DMAs and network, which take something else"


def utilisation(case: Case) -> Iterator[str]:
    """Add up again what every card and SLR holds, and find where that is over a limit."""
    for card in case.plan.cards:
        yield from _use_faults(case, card.index, None, added(card.capacity), added(card.overhead))
        for slr, (capacity, overhead) in enumerate(zip(card.capacity, card.overhead, strict=False)):
            yield from _use_faults(case, card.index, slr, capacity, overhead)


def _use_faults(case: Case, card: int, slr: int | None, capacity: Resources, overhead: Resources) -> Iterator[str]:
    where = f"card {card}" if slr is None else f"SLR {slr} of card {card}"
    rows = [use for use in case.plan.utilisation if (use.card, use.slr) == (card, slr)]
    if len(rows) != 1:
        yield f"{where} has {len(rows)} rows of utilisation"
        return
    layers = [layer for layer in case.plan.layers if layer.card == card and slr in (None, layer.slr)]
    names = {layer.name for layer in layers}
    streams = [stream for stream in case.plan.streams if (stream.sink or stream.source) in names]
    used = added([overhead, *(layer.resources for layer in layers), *(stream.resources for stream in streams)])
    if rows[0].used != used:
        yield f"{where} is said to use {rows[0].used}, its layers, streams and overhead take {used}"
    if rows[0].capacity != capacity:
        yield f"{where} is said to hold {rows[0].capacity}, the card {capacity}"
    if rows[0].limit != _limits(case.plan, rows[0]):
        yield f"{where} has other limits than the plan"
    yield from _overfull(where, rows[0], used, capacity)


def _limits(plan: Plan, row: Utilisation) -> object:
    """Return the limits that a row should have; a plan that does not say what it was asked may have any in its SLRs."""
    return plan.limits if row.slr is None else plan.asked.slr_limits or row.limit


def _overfull(where: str, row: Utilisation, used: Resources, capacity: Resources) -> Iterator[str]:
    for name in NAMES:
        mine, has = used.get(name), capacity.get(name)
        if mine is not None and has is not None and mine > row.limit.get(name) * has * (1 + SLACK):
            yield f"{where} uses {mine} {name} of {has}, over its limit of {row.limit.get(name):.0%}"
