# SPDX-License-Identifier: Apache-2.0
"""The lexicographic search: utilisation, then network bytes, then SLR crossings, each with its proof.

Two relaxations keep the programs small. Utilisation and bytes are first minimised with each segment as one place; where the whole problem has
a placement that is as good, both optima are proven for it, and where SLRs forbid that, the whole problem is searched from the start.
And where layers leave a choice of variants, an *ideal* variant, the least of each count, gives a bound; where some fixed
choice of variants attains it, that is the optimum, and the joint program need not be solved.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil

from levada.core.manifests import Objective, Record
from levada.partition.cbc import Stop, minimise
from levada.partition.formulation import Formulation
from levada.partition.layout import Layout, begin, read
from levada.partition.limits import write_limits
from levada.partition.links import LinkRules, write_links
from levada.partition.objectives import hardware, largest_utilisation, network_bytes, slr_crossings
from levada.partition.problem import Problem
from levada.partition.program import INFINITY, Linear
from levada.partition.windows import Window, windows

Worth = Fraction | int


class Goal(Record, frozen=True, kw_only=True):
    """One objective: how it is written into a program, and what a layout is worth in it, exactly."""

    name: str
    write: Callable[[Formulation], Linear]
    worth: Callable[[Layout], Worth]


class Terms(Record, frozen=True, kw_only=True):
    """How to search: the step in which utilisation counts (0: exactly), seconds per objective, and what links demand."""

    step: Fraction
    seconds: float
    links: LinkRules | None = None


class Ceilings(Record, frozen=True, kw_only=True):
    """What later objectives may not exceed any more."""

    network_bytes: int | None = None
    slr_crossings: int | None = None


class Solved(Record, frozen=True, kw_only=True):
    """The best layout found for one goal, what it is worth, and what no layout is better than."""

    layout: Layout
    worth: Worth
    bound: float

    def objective(self, name: str) -> Objective:
        """Return the result as the proof states it."""
        return Objective(name=name, value=float(self.worth), bound=self.bound)


class Aid(Record, frozen=True, kw_only=True):
    """What may help a solver: windows to use instead of those that room leaves, and a layout to begin with."""

    spans: tuple[Window, ...] | None = None
    start: Layout | None = None


class Found(Record, frozen=True, kw_only=True):
    """A layout with what each objective came to, and its bound."""

    layout: Layout
    objectives: tuple[Objective, ...]


BYTES = Goal(name="network_bytes", write=network_bytes, worth=lambda layout: sum(layout.cut_bytes().values()))
CROSSINGS = Goal(name="slr_crossings", write=slr_crossings, worth=lambda layout: layout.slr_crossings())
HARDWARE = Goal(name="hardware", write=hardware, worth=lambda _: 0)
ANY = Goal(name="any", write=lambda _: Linear(), worth=lambda _: 0)


def utilisation(step: Fraction) -> Goal:
    """Return the goal of the least largest utilisation, counted in steps."""

    def worth(layout: Layout) -> Worth:
        share = layout.utilisation()
        return ceil(share / step) * step if step else share

    return Goal(
        name="largest_utilisation", write=lambda formulation: largest_utilisation(formulation, step), worth=worth
    )


def search(problem: Problem, terms: Terms) -> Found | Stop:
    """Return the best layout of ``problem``, or why there is none."""
    found: Found | Stop | None = None
    for granularity in (problem.coarse(), problem):
        found = _searched(problem, granularity, terms)
        if found is not None:
            return found
    return Stop.UNDECIDED


def hindrance(problem: Problem, terms: Terms) -> Stop | None:
    """Return why ``problem`` has no layout at all; None where it has one."""
    for granularity in (problem.coarse(), problem):
        solved = _least(granularity, ANY, terms, Ceilings())
        if isinstance(solved, Stop):
            return solved
    return None


def _searched(problem: Problem, granularity: Problem, terms: Terms) -> Found | Stop | None:
    """Return what is found with utilisation and bytes minimised at ``granularity``; None where SLRs forbid those."""
    goal = utilisation(terms.step)
    first = _least(granularity, goal, terms, Ceilings())
    if isinstance(first, Stop):
        return first
    cap = Fraction(first.worth)
    second = _least(granularity.capped(cap), BYTES, terms, Ceilings(), first.layout)
    if isinstance(second, Stop):  # no better was found in time
        second = Solved(layout=first.layout, worth=BYTES.worth(first.layout), bound=0.0)
    ceilings = Ceilings(network_bytes=int(second.worth))
    third = _least(problem.capped(cap), CROSSINGS, terms, ceilings, second.layout)
    if isinstance(third, Stop):
        if granularity is not problem:
            return None
        third = Solved(layout=second.layout, worth=CROSSINGS.worth(second.layout), bound=0.0)
    layout = _frugal(problem, third, ceilings, terms)
    objectives = (first.objective(goal.name), second.objective(BYTES.name), third.objective(CROSSINGS.name))
    return Found(layout=layout, objectives=objectives)


def _frugal(problem: Problem, solved: Solved, ceilings: Ceilings, terms: Terms) -> Layout:
    """Return the layout with the variants that take the least hardware at the places that were found."""
    if not problem.several:
        return solved.layout
    capped = problem.capped(solved.layout.utilisation())
    spans = tuple(Window(spot.place, spot.place) for spot in solved.layout.spots)
    frugal = _solve(capped, HARDWARE, terms, ceilings, Aid(spans=spans, start=solved.layout))
    return solved.layout if isinstance(frugal, Stop) else frugal.layout


def _least(problem: Problem, goal: Goal, terms: Terms, ceilings: Ceilings, hint: Layout | None = None) -> Solved | Stop:
    """Return the optimum of one goal; ``hint`` is a layout that may be one to begin with, or whose variants may do."""
    if not problem.several:
        return _solve(problem, goal, terms, ceilings, Aid(start=hint))
    ideal = _solve(problem.ideal(), goal, terms, ceilings, Aid())
    if ideal is Stop.INFEASIBLE:
        return ideal
    bound = -INFINITY if isinstance(ideal, Stop) else ideal.bound
    guessed: Solved | None = None
    for guess in _guesses(problem, hint):
        solved = _solve(guess, goal, terms, ceilings, Aid(start=hint))
        if isinstance(solved, Solved) and (guessed is None or solved.worth < guessed.worth):
            guessed = Solved(layout=solved.layout, worth=solved.worth, bound=bound)
        if guessed is not None and float(guessed.worth) <= bound:
            return Solved(layout=guessed.layout, worth=guessed.worth, bound=float(guessed.worth))
    joint = _solve(problem, goal, terms, ceilings, Aid(start=guessed.layout if guessed else hint))
    return guessed if joint is Stop.UNDECIDED and guessed is not None else joint


def _guesses(problem: Problem, hint: Layout | None) -> Iterator[Problem]:
    """Yield the problem with fixed variants: the hint's, and the frugal ones."""
    if hint is not None:
        yield problem.built_as(tuple(hint.variant(task) for task in range(len(problem.tasks))))
    yield problem.frugal()


def _solve(problem: Problem, goal: Goal, terms: Terms, ceilings: Ceilings, aid: Aid) -> Solved | Stop:
    spans = aid.spans or windows(problem)
    if any(span.empty() for span in spans):
        return Stop.INFEASIBLE
    formulation = Formulation(problem, spans)
    write_limits(formulation)
    if terms.links is not None:
        write_links(formulation, terms.links)
    if ceilings.network_bytes is not None:
        formulation.program.at_most(network_bytes(formulation), ceilings.network_bytes)
    if ceilings.slr_crossings is not None:
        formulation.program.at_most(slr_crossings(formulation), ceilings.slr_crossings)
    start = begin(formulation, aid.start) if aid.start is not None else {}
    answer = minimise(formulation.program, goal.write(formulation), terms.seconds, start)
    if isinstance(answer, Stop):
        return answer
    layout = read(formulation, answer.values)
    worth = goal.worth(layout)
    return Solved(layout=layout, worth=worth, bound=float(worth) if answer.proven else answer.bound)
