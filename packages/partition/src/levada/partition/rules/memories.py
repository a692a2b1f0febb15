# SPDX-License-Identifier: Apache-2.0
"""Rules on weights from outside: they come as fast as the memories of their card deliver, and each layer has a port of its own."""

from collections.abc import Iterator

from levada.core.boards import BURST_EFFICIENCY, Board
from levada.core.manifests import PlacedLayer
from levada.partition.rules.case import SLACK, Case


def delivered(case: Case) -> Iterator[str]:
    """Find weights that come too slowly for the plan's rate, one by one and together, and more DMAs than a card's memories have ports."""
    segments, rate = case.plan.route.segments, case.plan.performance.images_per_s
    ends = [
        segments[end].card for end in (case.plan.route.ingress, case.plan.route.egress) if end in range(len(segments))
    ]
    for card, board in zip(case.plan.cards, case.ground.boards, strict=False):
        readers = [layer for layer in case.plan.layers if layer.card == card.index and layer.external_bytes]
        if not readers or not known(board):
            continue
        yield from _too_slow(board, readers, rate)
        ports = sum(memory.delivery.ports for memory in board.memories if memory.delivery)
        masters = len(readers) + ends.count(card.index)
        if masters > ports:
            yield f"{masters} DMAs read and write the memories of card {card.index}, which have {ports} ports"


def _too_slow(board: Board, readers: list[PlacedLayer], rate: float) -> Iterator[str]:
    for layer in readers:
        if layer.external_bytes * rate > port(board) * (1 + SLACK):
            yield f"weights of layer {layer.name!r} take {layer.external_bytes * rate:.0f} bytes/s, a port delivers {port(board):.0f}"
    together = sum(layer.external_bytes for layer in readers) * rate
    whole = sum(memory.delivery.gbytes_per_s * 1e9 for memory in board.memories if memory.delivery) * BURST_EFFICIENCY
    if together > whole * (1 + SLACK):
        yield f"weights from outside take {together:.0f} bytes/s together, the memories of {board.name!r} deliver {whole:.0f}"


def known(board: Board) -> bool:
    """Say whether it is known of every memory of a board what it delivers."""
    return bool(board.memories) and all(memory.delivery is not None for memory in board.memories)


def port(board: Board) -> float:
    """Return the bytes per second of the slowest port of a board's memories."""
    told = [memory.delivery for memory in board.memories if memory.delivery is not None]
    return min(each.gbytes_per_s * 1e9 / each.ports for each in told) * BURST_EFFICIENCY


def waits(case: Case) -> dict[str, float]:
    """Return the images per second that the weights of each layer allow, of those whose memory is known."""
    found: dict[str, float] = {}
    for layer in case.plan.layers:
        board = case.board_of(layer)
        if layer.external_bytes and board is not None and known(board):
            found[layer.name] = port(board) / layer.external_bytes
    return found
