# SPDX-License-Identifier: Apache-2.0
"""The lexicographic search: utilisation, then network bytes, then SLR crossings, each with its proof.

Two relaxations keep the programs small. Utilisation and bytes are first minimised with each segment as one place; where the whole problem has
a placement that is as good, both optima are proven for it, and where SLRs forbid that, the whole problem is searched from the start.
And where layers leave a choice of variants, an *ideal* variant, the least of each count, gives a bound; where some fixed
choice of variants attains it, that is the optimum, and the joint program need not be solved.
"""

from collections.abc import Iterator
from fractions import Fraction

from levada.core.manifests import Objective, Record
from levada.partition import decomposed, dynamic
from levada.partition.cbc import Stop
from levada.partition.crossings import card_by_card
from levada.partition.layout import Layout, Spot
from levada.partition.problem import Problem
from levada.partition.program import INFINITY
from levada.partition.solving import (
    ANY,
    BYTES,
    CROSSINGS,
    HARDWARE,
    NO_AID,
    Aid,
    Ceilings,
    Goal,
    Solved,
    Terms,
    solve,
    utilisation,
)  # fmt: skip
from levada.partition.windows import Window, narrowed, windows

FEW_PLACES, MOST_PLACES = 500, 5_000
"""Of all layers together: up to so many one program for SLR crossings needs no layout to begin with; beyond so many it has little hope."""


class Found(Record, frozen=True, kw_only=True):
    """A layout with what each objective came to, and its bound."""

    layout: Layout
    objectives: tuple[Objective, ...]
    by_ideals: bool = False
    jointly: bool = False


def search(problem: Problem, terms: Terms, known: Layout | None = None) -> Found | Stop:
    """Return the best layout of ``problem``, or why there is none; no worse than one that is ``known``, where variants are found first."""
    if decomposed.wanted(problem, terms):
        return _decomposed(problem, terms, known)
    found: Found | Stop | None = None
    for granularity in (problem.coarse(), problem):
        found = _searched(problem, granularity, terms)
        if found is not None:
            return found
    return Stop.UNDECIDED


def unproven(layout: Layout, terms: Terms) -> Found:
    """Return a layout as it is, with nothing known of how good it is."""
    goals = (utilisation(terms.step), BYTES, CROSSINGS)
    objectives = [Objective(name=goal.name, value=float(goal.worth(layout)), bound=0.0) for goal in goals]
    return Found(layout=layout, objectives=tuple(objectives), jointly=True)


def hindrance(problem: Problem, terms: Terms) -> Stop | None:
    """Return why ``problem`` has no layout at all; None where it has one."""
    if decomposed.wanted(problem, terms):
        fitting = decomposed.hindrance(problem, terms)
        return fitting if isinstance(fitting, Stop) else hindrance(fitting, terms) and Stop.UNDECIDED
    for granularity in (problem.coarse(), problem):
        solved = _least(granularity, ANY, terms, Ceilings())
        if isinstance(solved, Stop):
            return solved
    return None


def _searched(problem: Problem, granularity: Problem, terms: Terms) -> Found | Stop | None:
    """Return what is found with utilisation and bytes minimised at ``granularity``; None where SLRs forbid those."""
    goal = utilisation(terms.step)
    balanced = _balanced(granularity, goal, terms)
    if isinstance(balanced, Stop):
        return balanced
    first, second, spans = balanced.first, balanced.second, balanced.spans
    cap = Fraction(first.worth)
    ceilings = Ceilings(network_bytes=int(second.worth))
    third = _crossings(problem.capped(cap), terms, ceilings, Aid(spans=spans, start=second.layout))
    if isinstance(third, Stop):
        if granularity is not problem:
            return None
        third = Solved(layout=second.layout, worth=CROSSINGS.worth(second.layout), bound=0.0)
    layout = _frugal(problem, third, ceilings, terms)
    objectives = (first.objective(goal.name), second.objective(BYTES.name), third.objective(CROSSINGS.name))
    return Found(layout=layout, objectives=objectives, by_ideals=spans is not None)


def _decomposed(problem: Problem, terms: Terms, known: Layout | None) -> Found | Stop:
    """Return the same by decomposition; UNDECIDED where it finds nothing and proves nothing."""
    begun = decomposed.starts(problem, terms, known)
    if begun is None or isinstance(begun, Stop):
        return begun or Stop.UNDECIDED
    for way in (_placed, _standing, _anywhere):
        for start in begun:
            layout = way(decomposed.built(problem, start.variants), start, terms)
            if layout is not None:
                return _jointly(decomposed.crossed(problem, layout, start, terms), start, terms)
    return Stop.UNDECIDED


def _placed(fixed: Problem, start: decomposed.Start, terms: Terms) -> Layout | None:
    """Return the layout of fewest bytes, then crossings, of fixed variants; None where SLRs forbid the fewest bytes."""
    capped = fixed.capped(start.cap)
    cheap = decomposed.least_bytes(capped)
    if cheap is None:
        return None
    ceilings = Ceilings(network_bytes=int(BYTES.worth(cheap.layout)))
    third = _crossings(capped, terms, ceilings, Aid(spans=cheap.spans, start=cheap.layout))
    return None if isinstance(third, Stop) else third.layout


def _standing(fixed: Problem, start: decomposed.Start, terms: Terms) -> Layout | None:
    """Return the layout with the variants and segments that stand already, where it is laid out in SLRs."""
    if start.variants.problem.segmented:
        return None
    standing = Layout(problem=fixed, spots=tuple(Spot(spot.place, 0) for spot in start.variants.spots))
    segments = [fixed.places[spot.place].segment for spot in standing.spots]
    third = card_by_card(fixed, narrowed(fixed, [Window(each, each) for each in segments]), terms)
    return standing if isinstance(third, Stop) else third.layout


def _anywhere(fixed: Problem, _start: decomposed.Start, terms: Terms) -> Layout | None:
    """Return the layout that one program finds for fixed variants, whatever bytes and utilisation SLRs allow."""
    whole = _searched(fixed, fixed, terms)
    return None if whole is None or isinstance(whole, Stop) else whole.layout


def _jointly(third: Solved, start: decomposed.Start, terms: Terms) -> Found:
    objectives = (*start.objectives(third.layout, utilisation(terms.step)), third.objective(CROSSINGS.name))
    return Found(layout=third.layout, objectives=objectives, jointly=True)


class Balanced(Record, frozen=True, kw_only=True):
    """The optima of the first two goals; ``spans``: windows of all placements that have both, where they are known."""

    first: Solved
    second: Solved
    spans: tuple[Window, ...] | None = None


def _balanced(problem: Problem, goal: Goal, terms: Terms) -> Balanced | Stop:
    """Return the least utilisation, and the fewest bytes at it: by order ideals where these can tell, else by the program."""
    if terms.ideals and terms.links is None and problem.segmented and dynamic.applies(problem):
        found = _by_ideals(problem, goal)
        if found is not None:
            return found
    first = _least(problem, goal, terms, Ceilings())
    if isinstance(first, Stop):
        return first
    second = _least(problem.capped(Fraction(first.worth)), BYTES, terms, Ceilings(), Aid(start=first.layout))
    if isinstance(second, Stop):  # no better was found in time
        second = Solved(layout=first.layout, worth=BYTES.worth(first.layout), bound=0.0)
    return Balanced(first=first, second=second)


def _by_ideals(problem: Problem, goal: Goal) -> Balanced | Stop | None:
    """Return the same from the dynamic programme; None where ideals are too many."""
    first = dynamic.least_utilisation(problem)
    if not isinstance(first, dynamic.Best):
        return Stop.INFEASIBLE if first is False else None
    worth = goal.worth(first.layout)
    second = dynamic.least_bytes(problem.capped(Fraction(worth)))
    if second is None:
        return None
    size = BYTES.worth(second.layout)
    return Balanced(
        first=Solved(layout=first.layout, worth=worth, bound=float(worth)),
        second=Solved(layout=second.layout, worth=size, bound=float(size)),
        spans=second.spans,
    )


def _crossings(problem: Problem, terms: Terms, ceilings: Ceilings, aid: Aid) -> Solved | Stop:
    """Return the fewest SLR crossings; card by card where it is known which layers each card holds.

    Elsewhere, where there are many places, a layout to begin with is laid out card by card first: that is a placement soon.
    """
    if aid.spans is not None and all(span.first == span.last for span in aid.spans):
        return card_by_card(problem, narrowed(problem, aid.spans), terms)
    count = _places(problem, aid)
    near = _by_its_segments(problem, terms, aid.start) if count > FEW_PLACES else None
    if near is None:
        return _least(problem, CROSSINGS, terms, ceilings, aid)
    if count > MOST_PLACES:
        return near
    found = _least(problem, CROSSINGS, terms, ceilings, Aid(spans=aid.spans, start=near.layout))
    return near if isinstance(found, Stop) else found


def _places(problem: Problem, aid: Aid) -> int:
    """Return at how many places layers may lie, each layer's counted."""
    spans = windows(problem) if aid.spans is None else narrowed(problem, aid.spans)
    return sum(span.last - span.first + 1 for span in spans)


def _by_its_segments(problem: Problem, terms: Terms, start: Layout | None) -> Solved | None:
    """Return a layout with its layers in the segments where they are, their SLRs chosen anew; its bound is none for other segments."""
    if start is None or problem.several:
        return None
    segments = [start.place(task).segment for task in range(len(start.spots))]
    placed = card_by_card(problem, narrowed(problem, [Window(each, each) for each in segments]), terms)
    return None if isinstance(placed, Stop) else Solved(layout=placed.layout, worth=placed.worth, bound=0.0)


def _frugal(problem: Problem, solved: Solved, ceilings: Ceilings, terms: Terms) -> Layout:
    """Return the layout with the variants that take the least hardware at the places that were found."""
    if not problem.several:
        return solved.layout
    capped = problem.capped(solved.layout.utilisation())
    spans = tuple(Window(spot.place, spot.place) for spot in solved.layout.spots)
    frugal = solve(capped, HARDWARE, terms, ceilings, Aid(spans=spans, start=solved.layout))
    return solved.layout if isinstance(frugal, Stop) else frugal.layout


def _least(problem: Problem, goal: Goal, terms: Terms, ceilings: Ceilings, aid: Aid = NO_AID) -> Solved | Stop:
    """Return the optimum of one goal; a layout to begin with may also be one whose variants will do."""
    hint = aid.start
    if not problem.several:
        spans = None if aid.spans is None else narrowed(problem, aid.spans)
        return solve(problem, goal, terms, ceilings, Aid(spans=spans, start=hint))
    ideal = solve(problem.ideal(), goal, terms, ceilings, Aid())
    if ideal is Stop.INFEASIBLE:
        return ideal
    bound = -INFINITY if isinstance(ideal, Stop) else ideal.bound
    guessed: Solved | None = None
    for guess in _guesses(problem, hint):
        solved = solve(guess, goal, terms, ceilings, Aid(start=hint))
        if isinstance(solved, Solved) and (guessed is None or solved.worth < guessed.worth):
            guessed = Solved(layout=solved.layout, worth=solved.worth, bound=bound)
        if guessed is not None and float(guessed.worth) <= bound:
            return Solved(layout=guessed.layout, worth=guessed.worth, bound=float(guessed.worth))
    joint = solve(problem, goal, terms, ceilings, Aid(start=guessed.layout if guessed else hint))
    return guessed if joint is Stop.UNDECIDED and guessed is not None else joint


def _guesses(problem: Problem, hint: Layout | None) -> Iterator[Problem]:
    """Yield the problem with fixed variants: the hint's, and the frugal ones."""
    if hint is not None:
        yield problem.built_as(tuple(hint.variant(task) for task in range(len(problem.tasks))))
    yield problem.frugal()
