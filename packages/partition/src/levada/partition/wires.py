# SPDX-License-Identifier: Apache-2.0
"""How many wires streams take between neighbouring SLRs of a card, beside what the board has. Counted of a finished plan, not planned with."""

from collections import Counter
from collections.abc import Iterator, Sequence

from levada.core.boards import Board
from levada.core.manifests import PlacedLayer, Plan, PlannedStream, Record

HANDSHAKE = 2
"""Wires of a stream beside its data: valid and ready."""


class Boundary(Record, frozen=True, kw_only=True):
    """The border between SLR ``below`` and the next one of a card, with the wires across it and the board's budget."""

    card: int
    below: int
    wires: int
    budget: int

    def text(self) -> str:
        """Return the border in words."""
        return (
            f"{self.wires} wires cross from SLR {self.below} to SLR {self.below + 1} of card {self.card}, of {self.budget} that the board is "
            f"budgeted for; anchor layers (--anchor LAYER=CARD:SLR), or fold the streams between them less"
        )


def crowded(plan: Plan, boards: Sequence[Board]) -> tuple[Boundary, ...]:
    """Return the borders across which more wires lead than the board's ``sll_bits``."""
    return tuple(each for each in boundaries(plan, boards) if each.wires > each.budget)


def boundaries(plan: Plan, boards: Sequence[Board]) -> tuple[Boundary, ...]:
    """Return the borders between SLRs that any stream crosses, on its way to the QSFPs or the nearest memory too."""
    placed = {layer.name: layer for layer in plan.layers}
    crossed: Counter[tuple[int, int]] = Counter()
    for stream in plan.streams:
        for card, here, there in _ways(placed.get(stream.source or ""), placed.get(stream.sink or ""), boards):
            for below in range(min(here, there), max(here, there)):
                crossed[card, below] += _wires(stream)
    return tuple(
        Boundary(card=card, below=below, wires=wires, budget=boards[card - 1].sll_bits)
        for (card, below), wires in sorted(crossed.items())
    )


def _wires(stream: PlannedStream) -> int:
    """Return a stream's wires: converter and FIFO lie beside the sink, so that it crosses as wide as its source is."""
    return stream.source_lanes * stream.element_bits + HANDSHAKE


def _ways(
    source: PlacedLayer | None, sink: PlacedLayer | None, boards: Sequence[Board]
) -> Iterator[tuple[int, int, int]]:
    """Yield card, SLR and SLR for each way that a stream takes on a card."""
    if source is not None and sink is not None and source.segment == sink.segment:
        yield source.card, source.slr, sink.slr
        return
    for end in (source, sink):
        if end is not None:
            board = boards[end.card - 1]
            doors = board.qsfp_slrs[:1] if source and sink else tuple(memory.slr for memory in board.memories)
            yield end.card, end.slr, min(doors, key=lambda door: abs(door - end.slr), default=end.slr)
