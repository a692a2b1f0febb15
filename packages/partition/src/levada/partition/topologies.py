# SPDX-License-Identifier: Apache-2.0
"""The ways through a cluster that are built in: the chain and the loop of the paper.

The SLRs of a segment are visited along the shortest walk from where the data enters the card to where it leaves: a DMA beside
its memory (SLR 0 on a U280), or the network beside the QSFPs (SLR 2 there). A U280 at the head of a route so goes 0, 1, 2; at its end
2, 1, 0; one in the middle enters and leaves at SLR 2 and goes 2, 1, 0, 1, 2, where layers may use any stop of the walk.
"""

from collections.abc import Sequence

from levada.core.boards import Board
from levada.core.errors import BoardError
from levada.core.interfaces import Topology
from levada.core.manifests import Anchor, Route, Segment


class Chain(Topology):
    """Cards 1…N; the answers leave card N to its own host."""

    name = "chain"

    def route(self, boards: Sequence[Board]) -> Route:
        """Return one segment per card."""
        if len(boards) == 1:
            return single(self.name, boards[0])
        last = len(boards)
        middle = [Segment(card=card, slrs=through(boards[card - 1])) for card in range(2, last)]
        head = Segment(card=1, slrs=outward(boards[0]))
        tail = Segment(card=last, slrs=tuple(reversed(outward(boards[-1]))))
        return between(self.name, (head, *middle, tail))


class Loop(Topology):
    """Cards 1…N and back to card 1, which holds head and tail: to software the cluster looks like one card."""

    name = "loop"

    def route(self, boards: Sequence[Board]) -> Route:
        """Return one segment per card and the tail on card 1; for one card, one segment without network."""
        if len(boards) == 1:
            return single(self.name, boards[0])
        middle = [Segment(card=card, slrs=through(boards[card - 1])) for card in range(2, len(boards) + 1)]
        head = Segment(card=1, slrs=outward(boards[0]))
        tail = Segment(card=1, slrs=tuple(reversed(head.slrs)))
        return between(self.name, (head, *middle, tail))


def single(topology: str, board: Board) -> Route:
    """Return the route over one card: from its DMA through every SLR."""
    ends = (0, len(board.slrs) - 1)
    slrs = min((walk(dma_slr(board), end, len(board.slrs)) for end in ends), key=len)
    return between(topology, (Segment(card=1, slrs=slrs),))


def between(topology: str, segments: tuple[Segment, ...]) -> Route:
    """Return the route over ``segments``: input in the first, output in the last, and there too what streams its weights from outside.

    So the host that takes the answers streams the weights: in a loop the first one, as in the paper, in a chain the last.
    """
    last = len(segments) - 1
    anchors = (
        Anchor(role="input", segment=0),
        Anchor(role="output", segment=last),
        Anchor(role="external", segment=last),
    )
    return Route(topology=topology, segments=segments, ingress=0, egress=last, anchors=anchors)


def outward(board: Board) -> tuple[int, ...]:
    """Return the SLRs from the DMA to the network."""
    return walk(dma_slr(board), network_slr(board), len(board.slrs))


def through(board: Board) -> tuple[int, ...]:
    """Return the SLRs from the network through the whole die and back to the network."""
    return walk(network_slr(board), network_slr(board), len(board.slrs))


def dma_slr(board: Board) -> int:
    """Return the SLR of the board's first memory, where DMAs belong; 0 for a board without memory."""
    return board.memories[0].slr if board.memories else 0


def network_slr(board: Board) -> int:
    """Return the SLR of the board's first QSFP. Raise BoardError where it has none."""
    if not board.qsfp_slrs:
        msg = f"board {board.name!r} has no QSFP, so it cannot be one of several cards; use one card, or other boards"
        raise BoardError(msg)
    return board.qsfp_slrs[0]


def walk(start: int, end: int, count: int) -> tuple[int, ...]:
    """Return the shortest walk over neighbouring SLRs from ``start`` to ``end`` that visits all of 0…count-1."""
    upwards = steps(start, 0, count - 1, end)
    downwards = steps(start, count - 1, 0, end)
    return downwards if len(downwards) < len(upwards) else upwards


def steps(*stops: int) -> tuple[int, ...]:
    """Return the numbers from each stop to the next, one by one, no stop twice in a row."""
    visited = [stops[0]]
    for stop in stops[1:]:
        towards = 1 if stop > visited[-1] else -1
        visited.extend(range(visited[-1] + towards, stop + towards, towards) if stop != visited[-1] else ())
    return tuple(visited)
