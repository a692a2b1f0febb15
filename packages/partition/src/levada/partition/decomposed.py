# SPDX-License-Identifier: Apache-2.0
"""The lexicographic search where layers leave too many choices for one program: by decomposition, then with the variants found fixed.

Utilisation is held to what was found, or to a little above its bound where that is more: within what the proof leaves open, bytes are saved.
All bounds hold for every choice of variants; that of SLR crossings for placements of no more utilisation and bytes than were found.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

from levada.core.manifests import Objective, Record
from levada.partition import closing, dynamic, joint
from levada.partition.cbc import Stop
from levada.partition.crossings import of_all_variants
from levada.partition.joint import Joint
from levada.partition.layout import Layout
from levada.partition.problem import Problem
from levada.partition.solving import BYTES, CROSSINGS, Goal, Solved, Terms
from levada.partition.surrogates import Prices, priced
from levada.partition.windows import narrowed

T = TypeVar("T")

HELD = closing.CLOSE
"""How far above its bound utilisation may lie, for the sake of bytes: less than any estimate of a cost is worth."""
MOST_CHOICES = 500
"""Variables of choice that one program takes well."""


class Start(Record, frozen=True, kw_only=True):
    """Variants to be placed, within what utilisation, and what is known of the objectives whatever the variants.

    Where the layout ``variants`` tells SLRs apart, it is itself a placement.
    """

    variants: Layout
    cap: Fraction
    bounds: tuple[float, float]
    lists: tuple[Prices, ...] = ()

    def objectives(self, layout: Layout, goal: Goal) -> tuple[Objective, Objective]:
        """Return utilisation and bytes of a layout, with their bounds."""
        worths = (float(goal.worth(layout)), float(BYTES.worth(layout)))
        names = (goal.name, BYTES.name)
        first, second = (
            Objective(name=name, value=worth, bound=min(worth, bound))
            for name, worth, bound in zip(names, worths, self.bounds, strict=True)
        )
        return first, second


def wanted(problem: Problem, terms: Terms) -> bool:
    """Say whether there are too many choices for one program, and the decomposition can answer."""
    if not terms.ideals or terms.links is not None or not problem.several:
        return False
    choices = sum(len(task.variants) for task in problem.tasks if len(task.variants) > 1)
    return choices * len(problem.places) > MOST_CHOICES and joint.applies(problem)


def starts(problem: Problem, terms: Terms, known: Layout | None = None) -> list[Start] | Stop | None:
    """Return variants to be placed, the most promising first; INFEASIBLE is proven, None where nobody can tell.

    ``known``: a placement within the limits, for where none of less utilisation is found.
    """
    found = joint.least_utilisation(problem, terms, known)
    if not isinstance(found, Joint):
        return found
    cap = max(found.layout.utilisation(), found.bound * (1 + HELD))
    cheap = joint.fewest_bytes(problem.capped(cap), found.lists, terms, found.layout)
    bounds = (float(found.bound), cheap.bound if cheap is not None else 0.0)
    layouts = [None if cheap is None else cheap.layout, found.layout, found.stacked]
    return [
        Start(variants=each, cap=max(cap, each.utilisation()), bounds=bounds, lists=found.lists)
        for number, each in enumerate(layouts)
        if each and each not in layouts[:number]
    ]


def crossed(problem: Problem, layout: Layout, start: Start, terms: Terms) -> Solved:
    """Return the layout, or one like it of fewer SLR crossings by other variants, with a bound of crossings for all of them."""
    capped = problem.capped(start.cap)
    segments = dynamic.spans(priced(capped.coarse(), start.lists), float(BYTES.worth(layout)))
    spans = None if segments is None else narrowed(capped, segments)
    return of_all_variants(capped, Solved(layout=layout, worth=CROSSINGS.worth(layout), bound=0.0), spans, terms)


def built(problem: Problem, layout: Layout) -> Problem:
    """Return the problem with the variants of a layout."""
    return problem.built_as(tuple(layout.variant(task) for task in range(len(problem.tasks))))


def hindrance(problem: Problem, terms: Terms) -> Problem | Stop:
    """Return the problem with variants that fit on the cards, or why there are none."""
    found = joint.feasible(problem, terms)
    return found if isinstance(found, Stop) else built(problem, found)


def fewest_cycles(problem: Problem, counts: list[int]) -> int | None:
    """Return the number of the smallest of ``counts`` that is not proven to be too few; None where all are."""
    low, high = 0, len(counts)
    while low < high:
        middle = (low + high) // 2
        fits = joint.fits_at_best(problem.within(counts[middle]))
        low, high = (middle + 1, high) if fits is False else (low, middle)
    return low if low < len(counts) else None


def fitting(problem: Problem, counts: list[int], first: int, terms: Terms) -> tuple[int, Layout] | None:
    """Return the number of a count, from ``first`` on, at which a layout in SLRs was found, and that layout; None where at none."""
    return halved(range(first, len(counts)), lambda at: joint.stacked(problem.within(counts[at]), terms))


def loosely(problem: Problem, counts: list[int], first: int, terms: Terms) -> int:
    """Return the number of a count, from ``first`` on, at which a layout was found that fits on the cards, if perhaps not in their SLRs."""
    found = halved(range(first, len(counts)), lambda at: joint.feasible(problem.within(counts[at]), terms))
    return len(counts) - 1 if found is None else found[0]


def halved(numbers: Sequence[int], attempt: Callable[[int], T | Stop]) -> tuple[int, T] | None:
    """Return a number at which an attempt finds something, and what; None where none does.

    Steps double until one does, and the last step is halved again: a number left out may do, and it is for a bound to say so.
    """
    low, at, step = 0, 0, 1
    while isinstance(found := attempt(numbers[at]), Stop):
        if at == len(numbers) - 1:
            return None
        low, at, step = at + 1, min(at + step, len(numbers) - 1), 2 * step
    best = found
    while low < at:
        middle = (low + at) // 2
        found = attempt(numbers[middle])
        if isinstance(found, Stop):
            low = middle + 1
        else:
            at, best = middle, found
    return numbers[at], best


def least_bytes(problem: Problem) -> dynamic.Best | None:
    """Return the placement of fewest bytes of a problem whose variants are fixed."""
    return dynamic.least_bytes(problem.coarse())
