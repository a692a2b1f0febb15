# SPDX-License-Identifier: Apache-2.0
"""Answers a question with a placement on as many cards as asked, or says what change would let it have one.

Every suggestion was tried: it is a question like the user's with one thing changed, and the partitioner found a placement for it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import floor

import msgspec

from levada.core.errors import BoardError, InfeasibleError, LevadaError, UnknownCostError
from levada.core.interfaces import Partitioner, Placement, Request
from levada.core.manifests import Layer, Record
from levada.partition.ilp import CYCLES
from levada.partition.memory import placed_cycles
from levada.partition.question import Question
from levada.partition.streaming import fewest_streamed, told
from levada.partition.wishes import AUTO, FOLDINGS, Weights, anchor_text

SUGGESTION_SECONDS = 10.0
"""What each objective of a suggestion, or of a glance at other numbers of cards, is given at most."""


class Planned(Record, frozen=True, kw_only=True):
    """A request and the placement that answers it; ``ruled_out``: why smaller numbers of cards do not do.

    ``streamed``: layers whose weights the planner let come from memory, because nothing fits otherwise; ``why_streamed`` tells.
    """

    request: Request
    placement: Placement
    ruled_out: tuple[str, ...] = ()
    streamed: tuple[str, ...] = ()
    why_streamed: str = ""

    @property
    def cards(self) -> int:
        """Return how many cards it is for."""
        return len(self.request.cards)


def plan(
    question: Question, cards: Sequence[int], partitioner: Partitioner, say: Callable[[str], None] = lambda _: None
) -> Planned:
    """Return the placement for the first number of ``cards`` that allows one. Raise InfeasibleError with what would help.

    What takes long beside the placement itself is told to ``say`` before it begins.
    """
    ruled_out: list[str] = []
    for number in cards[:-1]:
        found = _placed_or_refused(question, number, partitioner)
        if isinstance(found, Planned):
            return msgspec.structs.replace(found, ruled_out=tuple(ruled_out))
        ruled_out.append(f"{number} card{'s' if number > 1 else ''}: {found}")
    try:
        return msgspec.structs.replace(_placed(question, cards[-1], partitioner), ruled_out=tuple(ruled_out))
    except InfeasibleError as error:
        streamed = _streamed(question, list(zip(cards, (*ruled_out, str(error)), strict=True)), partitioner)
        if streamed is not None:
            return streamed
        say("nothing fits; looking for changes that would do")
        helpful = list(_remedies(question, cards[-1], partitioner))
        tried = (
            f"; what else would do: {', or '.join(helpful)} ({'each ' if len(helpful) > 1 else ''}tried)"
            if helpful
            else ""
        )
        msg = f"{error}{tried}"
        raise InfeasibleError(msg) from None


def _streamed(question: Question, refusals: Sequence[tuple[int, str]], partitioner: Partitioner) -> Planned | None:
    """Return the placement for the first number of cards that allows one with weights of some layers in memory, where the planner may choose."""
    for at, (cards, reason) in enumerate(refusals):
        wider = fewest_streamed(question, partial(_works, cards=cards, partitioner=partitioner))
        found = None if wider is None else _placed_or_refused(wider, cards, partitioner)
        if wider is not None and isinstance(found, Planned):
            rate = float(rate_in_words(found))
            return msgspec.structs.replace(
                found,
                ruled_out=tuple(each for _, each in refusals[:at]),
                streamed=wider.streamed,
                why_streamed=told(reason, found.request, found.placement.choices, rate),
            )
    return None


def _placed(question: Question, cards: int, partitioner: Partitioner) -> Planned:
    request = question.request(cards)
    return Planned(request=request, placement=partitioner.place(request))


def _placed_or_refused(question: Question, cards: int, partitioner: Partitioner) -> Planned | InfeasibleError:
    try:
        return _placed(question, cards, partitioner)
    except InfeasibleError as error:
        return error


def _remedies(question: Question, cards: int, partitioner: Partitioner) -> Iterator[str]:
    """Yield the single changes that let the question be answered, as flags."""
    yield from _unanchored(question, cards, partitioner)
    if question.weights.store != AUTO:
        freed = msgspec.structs.replace(question, weights=Weights(store=AUTO, layers=question.weights.layers))
        works = partial(_works, cards=cards, partitioner=partitioner)
        if works(freed) or fewest_streamed(freed, works) is not None:
            yield f"--weights {freed.weights.text()}"
    yield from _on_chip(question, cards, partitioner)
    more = enlarged(question, cards + 1)
    if _works(more, cards + 1, partitioner):
        yield f"--cards {cards + 1}" + ("" if more is question else " on a cluster with one more such card")
    elif cards > 1 and _works(question, cards - 1, partitioner):
        yield f"--cards {cards - 1}"
    yield from _more_streams(question, cards, partitioner)
    yield from _wider_words(question, cards, partitioner)
    yield from _slower(question, cards, partitioner)


def _unanchored(question: Question, cards: int, partitioner: Partitioner) -> Iterator[str]:
    """Yield each single anchor without which there is a placement."""
    anchors = question.settings.anchors
    for anchor in anchors:
        others = tuple(each for each in anchors if each != anchor)
        if _works(_with(question, anchors=others), cards, partitioner):
            yield f"leaving out --anchor {anchor_text(anchor)}"


def _on_chip(question: Question, cards: int, partitioner: Partitioner) -> Iterator[str]:
    """Yield the wish that takes all weights on chip, where some were asked for outside."""
    asked = question.weights
    outside = question.outside
    if not outside & {asked.store, *asked.layers.values()}:
        return
    kept = {layer: store for layer, store in asked.layers.items() if store not in outside}
    for store in dict.fromkeys((AUTO if asked.store in outside else asked.store, AUTO)):
        inside = msgspec.structs.replace(question, weights=Weights(store=store, layers=kept))
        tried_before = asked.store != AUTO and inside.weights == Weights(store=AUTO, layers=asked.layers)
        if not tried_before and _works(inside, cards, partitioner):
            yield f"--weights {inside.weights.text()}"
            return


def _more_streams(question: Question, cards: int, partitioner: Partitioner) -> Iterator[str]:
    """Yield the fewest streams per cut that do, where their number was limited."""
    asked = question.settings.streams_per_cut
    if asked is None:
        return
    numbers = range(asked + 1, len(question.dataflow.streams) + 1)
    fewest = bisect_left(numbers, 1, key=lambda most: _works(_with(question, streams_per_cut=most), cards, partitioner))
    if fewest < len(numbers):
        yield f"--streams-per-cut {numbers[fewest]}"


def _wider_words(question: Question, cards: int, partitioner: Partitioner) -> Iterator[str]:
    """Yield the narrowest weight word that leaves every layer a folding, quick enough for a rate that is asked for, where the one asked for does not."""
    asked = question.settings.weight_stream_bits
    narrowest = [_narrowest_word(question, layer) for layer in question.dataflow.layers]
    least = max((bits for bits in narrowest if bits is not None), default=0)
    if asked is None or least <= asked or None in narrowest:
        return
    if _works(_with(question, weight_stream_bits=least), cards, partitioner):
        yield f"--weight-stream-bits {least}"


def _narrowest_word(question: Question, layer: Layer) -> int | None:
    """Return the bits of the narrowest weight word with which a layer is quick enough; None where it is with none."""
    most = question.settings.max_cycles
    foldings = [layer.foldings[index] for index in question.folding(layer)]
    quick = [each for each in foldings if most is None or each.cycles <= most]
    return min((each.weights.bits if each.weights else 0 for each in quick), default=None)


def _with(question: Question, **changes: object) -> Question:
    return msgspec.structs.replace(question, settings=msgspec.structs.replace(question.settings, **changes))


def _slower(question: Question, cards: int, partitioner: Partitioner) -> Iterator[str]:
    """Yield the best rate that fits, where a rate was asked for; or free folding, where it was fixed."""
    if question.folding is FOLDINGS["fastest"] and not question.settings.fps:
        return
    free = msgspec.structs.replace(
        question, folding=FOLDINGS["fastest"], settings=msgspec.structs.replace(question.settings, fps=None)
    )
    planned = attempt(free, cards, partitioner)
    if not isinstance(planned, Planned):
        return
    fps = rate_in_words(planned)
    yield f"--fps {fps}" if question.settings.fps else f"--folding fastest, which reaches {fps} images/s"


def rate_in_words(planned: Planned) -> str:
    """Return the images per second of the slowest layer, network or memory, rounded down, as ``--fps`` takes them."""
    slowest = placed_cycles(planned.request, planned.placement.choices)
    proven = [each.value for each in planned.placement.proof.objectives if each.name == CYCLES]
    cycles = max((slowest, *proven))
    return f"{floor(planned.request.clock_mhz * 1e9 / cycles) / 1000:.12g}"


def enlarged(question: Question, cards: int) -> Question:
    """Return the question on a cluster that has ``cards`` cards: its own, or with its last card once more."""
    if cards <= len(question.boards):
        return question
    cluster = question.cluster
    twin = msgspec.structs.replace(cluster.cards[-1], name=f"{cluster.cards[-1].name}-more")
    larger = msgspec.structs.replace(cluster, cards=(*cluster.cards, twin))
    return msgspec.structs.replace(question, cluster=larger, boards=(*question.boards, question.boards[-1]))


def _works(question: Question, cards: int, partitioner: Partitioner) -> bool:
    return isinstance(attempt(question, cards, partitioner), Planned)


def attempt(question: Question, cards: int, partitioner: Partitioner) -> Planned | LevadaError:
    """Return the placement of another question than the user's, or why none is found soon: that is not worth long waiting, nor a reason."""
    seconds = min(question.settings.time_limit_s, SUGGESTION_SECONDS)
    hurried = msgspec.structs.replace(question.settings, time_limit_s=seconds, any_placement=True)
    try:
        return _placed(msgspec.structs.replace(question, settings=hurried), cards, partitioner)
    except (InfeasibleError, UnknownCostError, BoardError) as error:
        return error
