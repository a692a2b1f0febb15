# SPDX-License-Identifier: Apache-2.0
"""Brings what was found and what is proven together, where the relaxation by prices leaves a gap between them.

Whatever lies within a cap also does by the prices, so that all such placements lie in the windows that the dynamic programme gives for that
relaxation. In these few segments one program chooses cuts, stores and foldings at once: it finds a placement, which is a better one,
or proves that there is none, and then the cap itself is the bound.
"""

from collections.abc import Sequence
from fractions import Fraction

import msgspec

from levada.core.manifests import Record
from levada.partition import dynamic
from levada.partition.cbc import Stop
from levada.partition.layout import Layout
from levada.partition.problem import Problem
from levada.partition.solving import ANY, BYTES, Aid, Ceilings, Goal, Solved, Terms, solve
from levada.partition.surrogates import Prices, priced
from levada.partition.windows import Window

CLOSE = Fraction(4, 1000)
"""How far above its bound utilisation may lie: less than any estimate of a cost is worth."""
ROUNDS = 8
MOST_CHOICES = 6_000
"""Variables of choice that one program takes, windows considered; with more, a gap is left as it is."""
SECONDS = 20.0


class Bracket(Record, frozen=True, kw_only=True):
    """The best layout by segments that was found, and what no placement is better than."""

    layout: Layout
    bound: Fraction

    @property
    def closed(self) -> bool:
        """Say whether the two are as near as matters."""
        return self.layout.utilisation() <= self.bound * (1 + CLOSE)

    def raised(self, bound: Fraction) -> "Bracket":
        """Return the bracket with a higher bound."""
        return msgspec.structs.replace(self, bound=bound)

    def lowered(self, layout: Layout) -> "Bracket":
        """Return the bracket with a better layout."""
        return msgspec.structs.replace(self, layout=layout)


def closed(problem: Problem, bracket: Bracket, lists: Sequence[Prices], terms: Terms) -> Bracket:
    """Return a bracket of utilisation that is narrower where a program of moderate size makes it so. ``problem`` is one of segments."""
    for number in range(ROUNDS):
        if bracket.closed:
            break
        low, high = bracket.bound, bracket.layout.utilisation()
        cap = max(low * (1 + CLOSE), (low + high) / 2 if number else low)
        solved = _solved(problem.capped(cap), lists, ANY, terms)
        if solved is None or solved is Stop.UNDECIDED:
            break
        bracket = bracket.raised(cap) if isinstance(solved, Stop) else bracket.lowered(solved.layout)
    return bracket


def fewest_bytes(problem: Problem, lists: Sequence[Prices], terms: Terms, known: Layout) -> Solved | None:
    """Return the layout of fewest bytes within the problem's limits, ``known`` where there is none of fewer; None where a program is too large."""
    size = int(BYTES.worth(known))
    solved = _solved(problem, lists, BYTES, terms, size - 1)
    if solved is Stop.INFEASIBLE:
        return Solved(layout=known, worth=size, bound=float(size))
    return solved if isinstance(solved, Solved) else None


def _solved(
    problem: Problem, lists: Sequence[Prices], goal: Goal, terms: Terms, most_bytes: int | None = None
) -> Solved | Stop | None:
    """Return what one program finds in the windows that prices leave; None where it would be too large."""
    relaxed = priced(problem, lists)
    spans = dynamic.spans(relaxed) if most_bytes is None else dynamic.spans(relaxed, most_bytes)
    if spans is None or _size(problem, spans) > MOST_CHOICES:
        return None
    if any(span.empty() for span in spans):
        return Stop.INFEASIBLE
    hurried = msgspec.structs.replace(terms, seconds=min(terms.seconds, SECONDS), links=None)
    return solve(problem, goal, hurried, Ceilings(network_bytes=most_bytes), Aid(spans=spans))


def _size(problem: Problem, spans: Sequence[Window]) -> int:
    return sum(
        len(task.variants) * (span.last - span.first + 1) for task, span in zip(problem.tasks, spans, strict=True)
        if len(task.variants) > 1
    )  # fmt: skip
