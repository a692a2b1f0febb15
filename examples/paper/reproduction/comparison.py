# SPDX-License-Identifier: Apache-2.0
"""Puts what is published beside what was computed, table by table."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from levada.core.manifests import Basis, Record
from levada.core.resources import Resources
from reproduction import counting
from reproduction.outcomes import BRAM, DESIGNS, URAM, W1A2, Attempt, Design, Outcome, Reproduction
from reproduction.published import Published
from reproduction.rows import Row, Table, on, row
from reproduction.traffic import Load, loads

EVERY_BASIS: tuple[Basis, ...] = ("paper", "device", "finn")
BASES: tuple[Basis, ...] = ("paper", "finn")
"""Those on which percentages are given."""
Column = Literal["lut", "bram36", "uram"]
PRINTED: Basis = "paper"
"""The basis on which the paper counts: of the whole device, platform included."""
COUNTS: Mapping[Column, Callable[[Resources], float | None]] = {
    "lut": lambda resources: resources.lut,
    "bram36": lambda resources: None if resources.bram18 is None else resources.bram18 / 2,
    "uram": lambda resources: resources.uram,
}
WORDS: Mapping[Column, str] = {"lut": "LUT", "bram36": "BRAM36", "uram": "URAM"}
MEASURED = "imagenet"


class Paper(Record, frozen=True, kw_only=True):
    """Both sides of every comparison, and on each basis what one card holds and what its shell takes of that."""

    published: Published
    made: Reproduction
    capacities: Mapping[Basis, Resources]
    shells: Mapping[Basis, Resources]

    def counted(self, made: Outcome, basis: Basis) -> Resources:
        """Return all that a design takes on a basis, on all its cards."""
        return counting.whole(made.plan, basis, self.shells)


def all_rows(paper: Paper) -> tuple[Row, ...]:
    """Return every row of ``paper.json``, in the order of the paper."""
    return (
        *accuracy(paper),
        *(each for design in (W1A2, BRAM) for each in resources(paper, design, "II")),
        *(each for design in (W1A2, BRAM) for each in rate(paper, design, "III")),
        *(each for design in (BRAM, URAM) for each in (*resources(paper, design, "IV"), *rate(paper, design, "IV"))),
        *conv_weights(paper),
        *links(paper),
        *fits(paper),
        *utilisation(paper),
        *breakdown(paper),
    )


def accuracy(paper: Paper) -> Iterator[Row]:
    """Yield Table I: published top-1, and ours where a trained network was measured on ImageNet."""
    for design in (W1A2, BRAM):
        scores = paper.made.outcome(design).dataflow.scores
        measured = [100 * each.value for each in scores if (each.dataset, each.metric) == (MEASURED, "top1")]
        published = paper.published.value(design.network, "top1")
        yield row("I", design.name, "top-1 of ImageNet-1K, %", published, measured[0] if measured else None)


# ----------------------------------------------------------------------------------------------- resources


def resources(paper: Paper, design: Design, table: Table) -> Iterator[Row]:
    """Yield LUT, BRAM36 and URAM of a design: counts, FINN's own estimate, and percentages on each basis."""
    made = paper.made.outcome(design)
    ours = paper.counted(made, PRINTED)
    for column, count in COUNTS.items():
        printed = paper.published.value(design.name, column)
        yield row(table, design.name, WORDS[column], printed, count(ours))
        if made.finn is not None:
            yield row(table, design.name, f"{WORDS[column]}, FINN's own estimate", printed, count(made.finn))
        yield from _percentages(paper, made, table, column)


def _percentages(paper: Paper, made: Outcome, table: Table, column: Column) -> Iterator[Row]:
    """Yield what part of one card, and of all the design's cards, it takes. Published ones are there on the paper's own basis alone."""
    count = COUNTS[column]
    for basis in BASES:
        one, ours = count(paper.capacities[basis]), count(paper.counted(made, basis))
        for cards in sorted({1, len(made.plan.cards)}):
            published = paper.published.value(made.design.name, column, cards) if basis == PRINTED else None
            share = counting.share_of(ours, None if one is None else cards * one)
            yield on(basis, row(table, made.design.name, f"{WORDS[column]}, % of {_cards(cards)}", published, share))


def _cards(count: int) -> str:
    return "one card" if count == 1 else f"{count} cards"


def conv_weights(paper: Paper) -> Iterator[Row]:
    """Yield the URAM of all convolutions' weights; the paper's is the difference of its two W4A5 designs."""
    minuend, subtrahend = (paper.published.value(each.name, "uram") for each in (URAM, BRAM))
    published = None if minuend is None or subtrahend is None else minuend - subtrahend
    layers = [layer for layer in paper.made.outcome(URAM).plan.layers if layer.store == "uram"]
    yield row("IV", URAM.name, "URAM of the convolutions' weights", published, counting.weights_uram(layers))


def breakdown(paper: Paper) -> Iterator[Row]:
    """Yield what each kind of part takes in our designs; the paper prints none."""
    for made in paper.made.outcomes:
        for share in counting.shares(made.plan):
            for column, count in COUNTS.items():
                word = f"{WORDS[column]} of {share.kind} ({share.parts})"
                yield row("breakdown", made.design.name, word, None, count(share.resources))


# ---------------------------------------------------------------------------------------------------- rate


def rate(paper: Paper, design: Design, table: Table) -> Iterator[Row]:
    """Yield cards, clock, the slowest layer, and the rate that it bounds beside the published one."""
    plan, printed = paper.made.outcome(design).plan, paper.published
    yield row(table, design.name, "cards", printed.value(design.name, "cards"), len(plan.cards))
    yield row(table, design.name, "clock, MHz", printed.value(design.name, "clock"), plan.clock_mhz)
    yield row(table, design.name, "cycles of the slowest layer", None, plan.performance.cycles)
    reached = printed.value(design.name, "rate")
    bound = plan.performance.images_per_s
    yield row(table, design.name, "images/s, cycle bound", reached, bound)
    short = counting.share_of(None if reached is None else bound - reached, bound)
    yield row(table, design.name, "published rate below the cycle bound, %", None, short)


# --------------------------------------------------------------------------------------------------- links


def links(paper: Paper) -> Iterator[Row]:
    """Yield Fig. 2: bytes of one inference on every link. The paper prints a picture and no figures."""
    made = paper.made.outcome(BRAM)
    for plan in made.plans:
        for load in loads(plan):
            yield from _load_rows(plan.route.topology, load)


def _load_rows(topology: str, load: Load) -> Iterator[Row]:
    where = f"{topology}: {load.name}"
    yield row("Fig. 2", BRAM.name, f"{where}, payload bytes", None, load.payload_bytes)
    if load.wire_bytes is not None:
        yield row("Fig. 2", BRAM.name, f"{where}, bytes on the wire", None, load.wire_bytes)


# ---------------------------------------------------------------------------------------------------- fits


def fits(paper: Paper) -> Iterator[Row]:
    """Yield which numbers of cards each design fits on, why not, and the smallest that do."""
    attempts = paper.made.attempts
    for each in attempts:
        yield on(each.basis, row("text", each.design.name, f"fits on {_cards(each.cards)}", None, each.fits))
        if each.reason:
            word = f"why not on {_cards(each.cards)}"
            yield on(each.basis, row("text", each.design.name, word, None, each.reason))
    for design in DESIGNS:
        for basis in BASES:
            yield from _fewest([each for each in attempts if (each.design, each.basis) == (design, basis)], paper)


def _fewest(attempts: Iterable[Attempt], paper: Paper) -> Iterator[Row]:
    fitting = [each for each in attempts if each.fits]
    if fitting:
        least = min(fitting, key=lambda each: each.cards)
        published = paper.published.value(least.design.name, "cards") if least.basis == "paper" else None
        yield on(least.basis, row("text", least.design.name, "fewest cards", published, least.cards))


def utilisation(paper: Paper) -> Iterator[Row]:
    """Yield what each card of each plan is used by, shell and network included, on the basis it was planned on."""
    for made in paper.made.outcomes:
        for use in (use for use in made.plan.utilisation if use.slr is None):
            for column, count in COUNTS.items():
                share = counting.share_of(count(use.used), count(use.capacity))
                word = f"{WORDS[column]} of card {use.card} with shell and network, %"
                yield on(made.plan.basis, row("text", made.design.name, word, None, share))
