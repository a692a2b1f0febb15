# SPDX-License-Identifier: Apache-2.0
"""Which variants of each layer are worth a program's while at given stops: those that its linear relaxation takes, or nearly does.

The relaxation knows what streams cost at both ends of a folding, which price lists do not. It also bounds what any variants reach at these
stops, so that nothing tighter need be tried there.
"""

from fractions import Fraction

import msgspec

from levada.core.manifests import Record
from levada.partition.cbc import Relaxed, Solver, Stop, relaxation
from levada.partition.formulation import Formulation
from levada.partition.layout import Layout
from levada.partition.limits import write_limits
from levada.partition.objectives import largest_utilisation
from levada.partition.problem import Problem, Task
from levada.partition.solving import ANY, Aid, Ceilings, Solved, Terms, solve
from levada.partition.stops import Stops

SPARE = 8
"""Variants of a layer that are kept beside those that the relaxation takes: those that cost least more."""
TAKEN = 1e-6
LP_SECONDS = 60.0
PROGRAM_SECONDS = 10.0


class Guided(Record, frozen=True, kw_only=True):
    """A problem with the promising variants of each layer, the windows for which they are, and what none gets under there."""

    problem: Problem
    spans: Stops
    bound: float

    def built(self, terms: Terms, cap: Fraction | None = None) -> Layout | None:
        """Return a layout that one program chooses, with no card used beyond ``cap``; None where it finds none."""
        hurried = msgspec.structs.replace(terms, seconds=min(terms.seconds, PROGRAM_SECONDS), links=None)
        problem = self.problem if cap is None else self.problem.capped(cap)
        solved = solve(problem, ANY, hurried, Ceilings(), Aid(spans=self.spans))
        return solved.layout if isinstance(solved, Solved) else None


def guided(problem: Problem, stops: Stops | None) -> Guided | None:
    """Return the problem that is left at these stops; None where nothing fits there by any choice."""
    if stops is None or any(span.empty() for span in stops):
        return None
    formulation = Formulation(problem, stops)
    write_limits(formulation)
    goal = largest_utilisation(formulation, Fraction(0))
    found = relaxation(formulation.program, goal, LP_SECONDS, Solver.CBC)
    if isinstance(found, Stop):
        return None
    tasks = tuple(_promising(formulation, number, found) for number in range(len(problem.tasks)))
    left = msgspec.structs.replace(problem, tasks=tasks).settled()
    return Guided(problem=left, spans=stops, bound=found.objective)


def _promising(formulation: Formulation, number: int, found: Relaxed) -> Task:
    task, window = formulation.problem.tasks[number], formulation.windows[number]
    if len(task.variants) <= SPARE:
        return task
    numbers = range(len(task.variants))
    terms = [
        [
            term
            for place in range(window.first, window.last + 1)
            for term in formulation.built(number, place)[each].terms
        ]
        for each in numbers
    ]
    taken = {each for each in numbers if sum(found.values[term] for term in terms[each]) > TAKEN}
    dear = sorted(numbers, key=lambda each: min((found.reduced[term] for term in terms[each]), default=0.0))
    kept = taken | {each for each in dear[: SPARE + len(taken)] if terms[each]}
    return msgspec.structs.replace(task, variants=tuple(task.variants[each] for each in sorted(kept)))
