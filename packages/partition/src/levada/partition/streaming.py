# SPDX-License-Identifier: Apache-2.0
"""What ``--weights auto`` does where nothing fits with all weights on chip: it lets the weights of as few layers as do stream from memory.

Layers are allowed to in the order of what they read per inference for each share of a card that their weights would take on chip. What
fits with some of them allowed fits with more, so that the number is found by bisection; the planner then takes from outside what it needs.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable

import msgspec

from levada.core.boards import Board
from levada.core.errors import InfeasibleError
from levada.core.interfaces import Choice, Request
from levada.core.manifests import Folding, Layer
from levada.core.resources import NAMES, Resources, total
from levada.partition.memory import supply
from levada.partition.question import Question
from levada.partition.wishes import AUTO

Works = Callable[[Question], bool]
"""Says whether a question has an answer."""


def fewest_streamed(question: Question, works: Works) -> Question | None:
    """Return the question with as few layers as do allowed to read their weights from outside; None where even all do not help."""
    try:
        layers = ranked(question)
    except InfeasibleError:  # a layer has no folding, wherever its weights are
        return None
    if not layers or not works(_allowing(question, layers)):
        return None
    enough = bisect_left(range(1, len(layers)), 1, key=lambda most: works(_allowing(question, layers[:most]))) + 1
    return _allowing(question, layers[:enough])


def ranked(question: Question) -> list[str]:
    """Return the layers whose weights may be streamed, those first that read least for what they save on chip."""
    free = [layer for layer in question.dataflow.layers if question.weights.of(layer.name) == AUTO]
    prices = {layer.name: _price(question, layer) for layer in free}
    return sorted((name for name, price in prices.items() if price is not None), key=lambda name: prices[name] or 0.0)


def told(reason: str, request: Request, choices: Iterable[Choice], images_per_s: float) -> str:
    """Return why weights stream from memory, which do, and how much of what the memory delivers that takes."""
    candidates = {each.layer: each.candidates for each in request.options}
    read: dict[int, dict[str, int]] = {}
    for choice in choices:
        external = candidates[choice.layer][choice.candidate].external_bytes
        if external:
            read.setdefault(request.route.segments[choice.segment].card, {})[choice.layer] = external
    streams = [_stream(request.cards[card - 1].board, layers, images_per_s) for card, layers in sorted(read.items())]
    return f"on chip: {reason}; {'; '.join(streams)}"


def unknown_boards(request: Request, choices: Iterable[Choice]) -> list[str]:
    """Return the boards from whose memories weights are read of which nobody says what they deliver."""
    candidates = {each.layer: each.candidates for each in request.options}
    boards = [
        request.cards[request.route.segments[choice.segment].card - 1].board
        for choice in choices
        if candidates[choice.layer][choice.candidate].external_bytes
    ]
    return sorted({board.name for board in boards if supply(board) is None})


def _stream(board: Board, layers: dict[str, int], images_per_s: float) -> str:
    there = supply(board)
    most = (
        "a memory of which nobody says what it delivers" if there is None else f"{float(there.bytes_per_s) / 1e9:.4g}"
    )
    taken = sum(layers.values()) * images_per_s / 1e9
    return f"weights of {', '.join(sorted(layers))} stream from memory, {taken:.3g} GB/s of {most}"


def _allowing(question: Question, layers: list[str]) -> Question:
    return msgspec.structs.replace(question, streamed=tuple(layers))


def _price(question: Question, layer: Layer) -> float | None:
    """Return the fewest bytes per inference for each share of a card that a layer's weights would take; None where they cannot stream."""
    found = [_folding_price(question, layer, layer.foldings[index]) for index in question.foldings(layer)]
    return min((price for price in found if price is not None), default=None)


def _folding_price(question: Question, layer: Layer, folding: Folding) -> float | None:
    costs = question.store_costs(layer, folding)
    inside = [cost for cost in costs.values() if not cost.external_bytes]
    outside = [cost.external_bytes for cost in costs.values() if cost.external_bytes and not cost.resources.unknown()]
    if not inside or not outside:
        return None
    capacity = total(question.boards[0].capacity(question.settings.basis))
    saved = min(_share(cost.resources, capacity) for cost in inside)
    return min(outside) / saved if saved else float("inf")


def _share(used: Resources, capacity: Resources) -> float:
    pairs = ((used.get(name) or 0, capacity.get(name)) for name in NAMES)
    return max((count / has for count, has in pairs if has), default=0.0)
