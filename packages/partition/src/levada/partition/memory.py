# SPDX-License-Identifier: Apache-2.0
"""How fast the memories beside the fabric deliver weights that are kept outside, and to how many layers.

A board's memories count together: so many ports as all of them have, each as fast as the slowest one's share of its memory, so that it
does not matter which port a layer's DMA is given. Layers that keep to both keep to what the memories deliver together. What nobody says of a
board's memories limits nothing.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil

from levada.core.boards import BURST_EFFICIENCY, Board
from levada.core.interfaces import Choice, Request
from levada.core.manifests import PlacedLayer, Record


class Supply(Record, frozen=True, kw_only=True):
    """What a board's memories deliver: their ports, and bytes per second of each port and of all; bursts, not peaks."""

    ports: int
    port_bytes_per_s: Fraction
    bytes_per_s: Fraction


def supply(board: Board) -> Supply | None:
    """Return what a board's memories deliver together; None where nobody says it of all of them."""
    told = [memory.delivery for memory in board.memories if memory.delivery is not None]
    if not told or len(told) < len(board.memories):
        return None
    rates = [Fraction(str(each.gbytes_per_s)) * 10**9 * Fraction(str(BURST_EFFICIENCY)) for each in told]
    return Supply(
        ports=sum(each.ports for each in told),
        port_bytes_per_s=min(rate / each.ports for rate, each in zip(rates, told, strict=True)),
        bytes_per_s=sum(rates, Fraction(0)),
    )


def reading_cycles(external_bytes: int, board: Board, clock_mhz: float) -> int:
    """Return the cycles in which one port delivers these bytes; 0 where nobody says how fast it is."""
    there = supply(board)
    if there is None:
        return 0
    return ceil(external_bytes / there.port_bytes_per_s * Fraction(str(clock_mhz)) * 10**6)


def slowest_reader(layers: Iterable[PlacedLayer], boards: Sequence[Board]) -> tuple[float, str] | None:
    """Return the images per second that memory allows, and the layer that waits for it most; None where nothing is known to wait."""
    rates = [
        (float(there.port_bytes_per_s / layer.external_bytes), layer.name)
        for layer in layers
        if layer.external_bytes and (there := supply(boards[layer.card - 1])) is not None
    ]
    return min(rates, default=None)


def placed_cycles(request: Request, choices: Iterable[Choice]) -> int:
    """Return the cycles of the slowest of some placed layers, the wait for its weights included."""
    options = {each.layer: each.candidates for each in request.options}
    found = []
    for choice in choices:
        chosen = options[choice.layer][choice.candidate]
        board = request.cards[request.route.segments[choice.segment].card - 1].board
        found.append(max(chosen.cycles, reading_cycles(chosen.external_bytes, board, request.clock_mhz)))
    return max(found)
