# SPDX-License-Identifier: Apache-2.0
"""Weights from outside as a problem counts them: a layer is no faster than they come, and each takes a port of its card's memories.

The wait is in the cycles of a variant, the ports are one more resource of a card, so that every way of solving heeds both. Where a route
lets weights enter on several cards, the slowest of their memories counts for all; the built-in ones name one segment.
"""

import msgspec

from levada.core.boards import Board
from levada.core.errors import InfeasibleError
from levada.core.interfaces import Request
from levada.partition.memory import Supply, reading_cycles, supply
from levada.partition.problem import Edge, Problem, Task
from levada.partition.rooms import PORTS, CardRoom, Room
from levada.partition.variants import Variant


def fed(problem: Problem, request: Request) -> Problem:
    """Return the problem with the demands that weights from outside make of memory; as it is where none can bind."""
    entries = _entries(problem, request)
    waiting = msgspec.structs.replace(
        problem, tasks=tuple(_waiting(task, entries, request.clock_mhz) for task in problem.tasks)
    )
    return _ported(waiting, request) if _scarce(problem, request) else waiting


def proven_cycles(problem: Problem, request: Request, bound: int) -> int:
    """Return the cycles that no placement gets under, where ``bound`` counts the slowest memory that weights might enter at."""
    if len({supply(board) for board in _entries(problem, request)}) == 1:
        return bound
    slowest = max(min(candidate.cycles for candidate in each.candidates) for each in request.options)
    return min(bound, slowest)


def check_demand(request: Request, problem: Problem, cycles: int) -> None:
    """Raise InfeasibleError for a layer that is quick enough for a demanded rate, but whose weights do not come as fast."""
    for task, options in zip(problem.tasks, request.options, strict=True):
        quick = [variant for variant in task.variants if options.candidates[variant.candidate].cycles <= cycles]
        if quick and all(variant.cycles > cycles for variant in quick):
            raise InfeasibleError(_too_slow(request, problem, task.name, min(v.external_bytes for v in quick)))


def _too_slow(request: Request, problem: Problem, layer: str, external_bytes: int) -> str:
    boards = _entries(problem, request)
    cycles = [reading_cycles(external_bytes, board, request.clock_mhz) for board in boards]
    slow = boards[cycles.index(max(cycles))]
    card = next(each for each in request.cards if each.board == slow)
    there = supply(slow)
    rate = request.clock_mhz * 1e6 / (request.max_cycles or 1)
    port = float(there.port_bytes_per_s) / 1e9 if there is not None else float("inf")
    return (
        f"layer {layer!r} reads {external_bytes} bytes of weights from outside per inference, {external_bytes * rate / 1e9:.3g} GB/s at the "
        f"{rate:.12g} images/s that are asked for, but a port of the memory of card {card.index} {card.name!r} (board {slow.name!r}) delivers "
        f"{port:.3g} GB/s; keep its weights on chip (--weights), or ask for fewer images (--fps)"
    )


def _entries(problem: Problem, request: Request) -> list[Board]:
    """Return the boards of the cards on which layers may read their weights from outside."""
    cards = {problem.route.segments[segment].card for segment in problem.external_segments}
    return [request.cards[card - 1].board for card in sorted(cards)]


def _waiting(task: Task, entries: list[Board], clock_mhz: float) -> Task:
    """Return a task whose variants take as long as their weights do."""

    def wait(variant: Variant) -> Variant:
        cycles = max(reading_cycles(variant.external_bytes, board, clock_mhz) for board in entries)
        return msgspec.structs.replace(variant, cycles=max(variant.cycles, cycles))

    variants = tuple(wait(variant) if variant.external_bytes else variant for variant in task.variants)
    return msgspec.structs.replace(task, variants=variants)


def _scarce(problem: Problem, request: Request) -> bool:
    """Say whether layers and ways in and out could ask for more ports than some card has."""
    readers = sum(any(variant.external_bytes for variant in task.variants) for task in problem.tasks)
    supplies = [(supply(card.board), _ways(request, card.index)) for card in request.cards]
    return readers > 0 and any(
        there is not None and readers + min(ways, there.ports) > there.ports for there, ways in supplies
    )


def _ways(request: Request, card: int) -> int:
    """Return how many DMAs of images and answers a card has."""
    route = request.route
    return [route.segments[end].card for end in (route.ingress, route.egress)].count(card)


def _ported(problem: Problem, request: Request) -> Problem:
    """Return the problem with ports as one more resource, which has no capacity that a utilisation could be of."""
    cards = tuple(
        _ported_card(room, supply(card.board), _ways(request, card.index), len(problem.tasks))
        for room, card in zip(problem.cards, request.cards, strict=True)
    )
    return msgspec.structs.replace(
        problem,
        names=(*problem.names, PORTS),
        tasks=tuple(_ported_task(task) for task in problem.tasks),
        edges=tuple(_ported_edge(edge) for edge in problem.edges),
        cards=cards,
    )


def _ported_task(task: Task) -> Task:
    variants = tuple(
        msgspec.structs.replace(variant, counts=(*variant.counts, int(variant.external_bytes > 0)))
        for variant in task.variants
    )
    return msgspec.structs.replace(task, variants=variants)


def _ported_edge(edge: Edge) -> Edge:
    links = None if edge.links is None else {lanes: (*counts, 0) for lanes, counts in edge.links.items()}
    return msgspec.structs.replace(edge, links=links)


def _ported_card(card: CardRoom, there: Supply | None, ways: int, tasks: int) -> CardRoom:
    """Return a card with its ports; where nobody knows them there are enough, not none: sums over cards need a number.

    Images and answers share what there is, where that is less than a port for each: without weights from outside that is no hindrance.
    """
    ports = ways + tasks if there is None else there.ports
    slrs = tuple(_beside(slr, 0, None) for slr in card.slrs)
    return msgspec.structs.replace(card, whole=_beside(card.whole, min(ways, ports), ports), slrs=slrs)


def _beside(room: Room, taken: int, allowed: int | None) -> Room:
    return Room(capacity=(*room.capacity, None), overhead=(*room.overhead, taken), allowed=(*room.allowed, allowed))
