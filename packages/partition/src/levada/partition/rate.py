# SPDX-License-Identifier: Apache-2.0
"""The first objective, the rate, and the proof of all of them.

For a demanded rate the cycles are given. Else the cycles of the slowest layer's fastest folding are tried first; where not everything
fits at those, the smallest count that does is found by bisection over the counts that occur: what fits at one fits at every larger one.
"""

from math import floor
from typing import NoReturn

import msgspec

from levada.core.errors import InfeasibleError, UndecidedError
from levada.core.interfaces import Choice, Placement, Request
from levada.core.manifests import Objective, Proof, Record
from levada.partition import decomposed
from levada.partition.cbc import Solver, Stop
from levada.partition.explain import explanation
from levada.partition.feeding import check_demand, proven_cycles
from levada.partition.ilp import CYCLES
from levada.partition.layout import Layout
from levada.partition.links import kept, link_cycles, rules, streams_only
from levada.partition.memory import placed_cycles
from levada.partition.problem import Problem
from levada.partition.reduction import reduce, share
from levada.partition.search import Found, hindrance, search, unproven
from levada.partition.solving import Terms
from levada.partition.windows import structural

METHOD = "order ILP with capacity windows"
BY_IDEALS = "dynamic programme over order ideals (utilisation, bytes)"
JOINTLY = (
    "prices of resources over order ideals and linear relaxations (bounds of rate, utilisation and bytes), "
    "stores and foldings by programs for the cuts that attain them"
)


class Target(Record, frozen=True, kw_only=True):
    """The cycles per inference that a search keeps to, and the count that is proven to be the least possible."""

    cycles: int
    bound: int


def solve(request: Request, *, ideals: bool = True) -> Placement:
    """Return the best placement of ``request``, without the dynamic programme where ``ideals`` is false.

    Raise InfeasibleError or UnknownCostError, DependencyError for a solver that is not installed.
    """
    problem = reduce(request)
    terms = Terms(
        step=share(request.utilisation_step),
        seconds=request.time_limit_s,
        solver=Solver(request.solver),
        ideals=ideals,
    )
    if problem.anchored and any(span.empty() for span in structural(problem)):
        _give_up(request, problem, Stop.INFEASIBLE)
    if request.max_cycles is not None:
        check_demand(request, problem, request.max_cycles)
        _check_demand(request, problem, request.max_cycles)
        target, found = Target(cycles=request.max_cycles, bound=0), _at(request, problem, terms, request.max_cycles)
    else:
        target, found = _fastest(request, problem, terms)
    if isinstance(found, Stop):
        _give_up(request, problem.within(target.cycles), found)
    return _placement(request, found, target)


def _fastest(request: Request, problem: Problem, terms: Terms) -> tuple[Target, Found | Stop]:
    """Return the fewest cycles at which everything fits, and the best layout there."""
    least = problem.slowest
    if decomposed.wanted(problem.within(least), terms):
        return _fastest_jointly(request, problem, terms)
    found = _at(request, problem, terms, least)
    if found is not Stop.INFEASIBLE:
        return Target(cycles=least, bound=least), found
    counts = sorted({variant.cycles for task in problem.tasks for variant in task.variants if variant.cycles > least})
    if not counts or hindrance(problem.within(counts[-1]), terms) is Stop.INFEASIBLE:
        return Target(cycles=max(counts, default=least), bound=least), Stop.INFEASIBLE
    target = _bisect(problem, terms, counts)
    return target, _at(request, problem, terms, target.cycles)


def _fastest_jointly(request: Request, problem: Problem, terms: Terms) -> tuple[Target, Found | Stop]:
    """Return the same by decomposition: from the fewest cycles not proven to be too few upwards."""
    least = problem.slowest
    counts = sorted({variant.cycles for task in problem.tasks for variant in task.variants if variant.cycles >= least})
    first = decomposed.fewest_cycles(problem, counts)
    if first is None:
        return Target(cycles=counts[-1], bound=counts[-1]), Stop.INFEASIBLE
    fitting = decomposed.fitting(problem, counts, first, terms)
    if fitting is not None:
        at, known = fitting
        target = Target(cycles=counts[at], bound=counts[first])
        if request.any_placement and kept(known, streams_only(rules(request.network, request.clock_mhz, counts[at]))):
            return target, unproven(known, terms)
        return target, _at(request, problem, terms, counts[at], known)
    numbers = range(decomposed.loosely(problem, counts, first, terms), len(counts))
    placed = decomposed.halved(numbers, lambda at: _at(request, problem, terms, counts[at]))
    if placed is None:
        return Target(cycles=counts[-1], bound=counts[first]), Stop.UNDECIDED
    at, found = placed
    return Target(cycles=counts[at], bound=counts[first]), found


def _bisect(problem: Problem, terms: Terms, counts: list[int]) -> Target:
    """Return the smallest of ``counts`` that lets everything fit; the last one does."""
    low, high, proven = 0, len(counts) - 1, True
    while low < high:
        middle = (low + high) // 2
        stop = hindrance(problem.within(counts[middle]), terms)
        proven &= stop is not Stop.UNDECIDED
        low, high = (low, middle) if stop is None else (middle + 1, high)
    return Target(cycles=counts[high], bound=counts[high] if proven else problem.slowest)


def _at(request: Request, problem: Problem, terms: Terms, cycles: int, known: Layout | None = None) -> Found | Stop:
    """Return the best layout whose layers take at most ``cycles``, with the network's demands kept.

    Where the network cannot carry that rate at all and none is demanded, the layers keep theirs and the network limits. Its rows ask for the widest
    stream that any choice gives, so that what they exclude may be possible where there is a choice: that is no proof.
    """
    restricted = problem.within(cycles)
    found = search(restricted, terms, known)
    demands = rules(request.network, request.clock_mhz, cycles)
    if isinstance(found, Stop) or kept(found.layout, demands):
        return found
    best: Found | Stop = Stop.INFEASIBLE
    for links in (demands, streams_only(demands)) if request.max_cycles is None else (demands,):
        best = search(restricted, msgspec.structs.replace(terms, links=links))
        if not isinstance(best, Stop):
            return _bounded(best, found) if restricted.several else best
    return Stop.UNDECIDED if restricted.several and best is Stop.INFEASIBLE else best


def _bounded(linked: Found, free: Found) -> Found:
    """Return ``linked`` with bounds no better than what was found without the network's demands.

    Where streams may have several widths, the rows for the network ask for the widest: what they exclude may be possible.
    """
    pairs = zip(linked.objectives, free.objectives, strict=True)
    objectives = [msgspec.structs.replace(mine, bound=min(mine.bound, other.value)) for mine, other in pairs]
    return Found(layout=linked.layout, objectives=tuple(objectives))


def _check_demand(request: Request, problem: Problem, cycles: int) -> None:
    slow = max(problem.tasks, key=lambda task: min(variant.cycles for variant in task.variants))
    least = min(variant.cycles for variant in slow.variants)
    if least > cycles:
        msg = (
            f"layer {slow.name!r} takes at least {least} cycles, but the rate that is asked for leaves {cycles} at "
            f"{request.clock_mhz:g} MHz; ask for at most {floor(request.clock_mhz * 1e9 / least) / 1000:.12g} images/s, or clock faster"
        )
        raise InfeasibleError(msg)


def _give_up(request: Request, problem: Problem, stop: Stop) -> NoReturn:
    if stop is Stop.UNDECIDED:
        msg = (
            f"no placement was found, and no proof that there is none, with at most {request.time_limit_s:g} s for each program; "
            f"another number of cards, fewer foldings, a fixed weight store or more time (--time-limit-s) may do"
        )
        raise UndecidedError(msg)
    if request.any_placement:
        msg = "no placement keeps to every limit; ask without any_placement for the reason"
        raise InfeasibleError(msg)
    raise InfeasibleError(explanation(request, problem))


def _placement(request: Request, found: Found, target: Target) -> Placement:
    layout = found.layout
    objectives = found.objectives
    choices = tuple(_choice(layout, task) for task in range(len(layout.spots)))
    if request.max_cycles is None:
        cycles = max(placed_cycles(request, choices), link_cycles(layout, request.network, request.clock_mhz))
        bound = proven_cycles(layout.problem, request, target.bound)
        objectives = (Objective(name=CYCLES, value=cycles, bound=bound), *objectives)
    gap = max(_gap(objective) for objective in objectives)
    by_program = f"{METHOD}, {Solver(request.solver).title}"
    method = (
        f"{BY_IDEALS}, {by_program}" if found.by_ideals else f"{JOINTLY}; {by_program}" if found.jointly else by_program
    )
    proof = Proof(method=method, status="feasible" if gap else "optimal", objectives=objectives, gap=gap)
    return Placement(choices=choices, proof=proof)


def _gap(objective: Objective) -> float:
    return (objective.value - objective.bound) / objective.value if objective.value else 0.0


def _choice(layout: Layout, task: int) -> Choice:
    place = layout.place(task)
    return Choice(
        layer=layout.problem.tasks[task].name,
        segment=place.segment,
        slr=place.slr or 0,
        candidate=layout.variant(task).candidate,
    )
