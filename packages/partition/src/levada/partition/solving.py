# SPDX-License-Identifier: Apache-2.0
"""One goal, one program: what can be minimised, within what, and the layout that comes of it."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil

from levada.core.manifests import Objective, Record
from levada.partition.cbc import Solver, Stop, minimise
from levada.partition.formulation import Formulation
from levada.partition.layout import Layout, begin, read
from levada.partition.limits import write_limits
from levada.partition.links import LinkRules, write_links
from levada.partition.objectives import hardware, largest_utilisation, network_bytes, slr_crossings
from levada.partition.problem import Problem
from levada.partition.program import Linear
from levada.partition.windows import Window, windows

Worth = Fraction | int


class Goal(Record, frozen=True, kw_only=True):
    """One objective: how it is written into a program, and what a layout is worth in it, exactly."""

    name: str
    write: Callable[[Formulation], Linear]
    worth: Callable[[Layout], Worth]


class Terms(Record, frozen=True, kw_only=True):
    """How to search: the step in which utilisation counts (0: exactly), seconds per objective, what links demand, and by whom.

    ``ideals``: whether the dynamic programme may answer what it can, or the solver of programs is to do all.
    """

    step: Fraction
    seconds: float
    links: LinkRules | None = None
    solver: Solver = Solver.CBC
    ideals: bool = True


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


NO_AID = Aid()


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


def solve(problem: Problem, goal: Goal, terms: Terms, ceilings: Ceilings, aid: Aid) -> Solved | Stop:
    """Return the best layout for one goal, or why there is none."""
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
    answer = minimise(formulation.program, goal.write(formulation), terms.seconds, start, terms.solver)
    if isinstance(answer, Stop):
        return answer
    layout = read(formulation, answer.values)
    worth = goal.worth(layout)
    return Solved(layout=layout, worth=worth, bound=float(worth) if answer.proven else answer.bound)
