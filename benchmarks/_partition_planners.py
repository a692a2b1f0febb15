# SPDX-License-Identifier: Apache-2.0
"""The planners that are compared, by name: Levada's own ways, and those of the installed finn-plus.

Every planner gets the same instance, a :class:`~levada.partition.problem.Problem` with one variant for each layer. Heavy imports are
made where they are used: each planner runs in a process of its own, and imports are not timed.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from importlib.util import find_spec
from typing import Any

import msgspec
from _partition_answers import NETWORK_HOP_COST, Answer, Spot, Watch, worth
from _partition_rivals import elastic_df, finn_plus, finn_plus_balanced

from levada.partition.problem import Problem
from levada.partition.rooms import CardRoom, Place

LAST_SHARE = 0.5
"""Of the limit is what the third objective may take: writing and reading programs is not limited, and what was found is to be told."""


def levada(problem: Problem, seconds: float) -> Answer:
    """Answer with what ``levada partition`` does: utilisation, bytes and SLR crossings, each proven."""
    from levada.partition.search import Found, search
    from levada.partition.solving import Terms

    watch = Watch()
    found = search(problem, Terms(step=Fraction(0), seconds=LAST_SHARE * seconds))
    if not isinstance(found, Found):
        return watch.answer(found.value)
    gaps = [each.name for each in found.objectives if each.value > each.bound + 1e-9]
    note = f"not proven: {', '.join(gaps)}" if gaps else ""
    return watch.answer("feasible" if gaps else "optimal", spots=_spots(found.layout), note=note)


def ideals(problem: Problem, seconds: float) -> Answer:  # noqa: ARG001 (it knows no limit; its process has one)
    """Answer with the dynamic programme alone: utilisation and bytes."""
    from levada.partition import dynamic

    watch = Watch()
    coarse = problem.coarse()
    first = dynamic.least_utilisation(coarse)
    second = dynamic.least_bytes(coarse.capped(first.layout.utilisation())) if isinstance(first, dynamic.Best) else None
    if second is None:
        return watch.answer("infeasible" if first is False else "undecided")
    return watch.answer("optimal", spots=_spots(second.layout))


def program(problem: Problem, seconds: float, *, solver: str) -> Answer:
    """Answer with the ordered program alone, no dynamic programme before it: utilisation and bytes."""
    from levada.partition.cbc import Solver
    from levada.partition.solving import BYTES, NO_AID, Aid, Ceilings, Solved, Terms, solve, utilisation

    watch = Watch()
    terms, coarse = Terms(step=Fraction(0), seconds=seconds, solver=Solver(solver)), problem.coarse()
    first = solve(coarse, utilisation(terms.step), terms, Ceilings(), NO_AID)
    if not isinstance(first, Solved):
        return watch.answer(first.value)
    left = msgspec.structs.replace(terms, seconds=max(1.0, seconds - watch.cpu_s))
    second = solve(coarse.capped(Fraction(first.worth)), BYTES, left, Ceilings(), Aid(start=first.layout))
    best = second if isinstance(second, Solved) else first
    proven = isinstance(second, Solved) and all(float(each.worth) <= each.bound + 1e-9 for each in (first, second))
    return watch.answer("optimal" if proven else "feasible", spots=_spots(best.layout))


def as_elastic(problem: Problem, seconds: float) -> Answer:
    """Answer with the ordered program under Elastic-DF's objective and rules: what it finds, Elastic-DF's model allows too.

    The reverse does not hold: a part of the network is contiguous here, and data goes one way.
    """
    from levada.partition.solving import NO_AID, Ceilings, Goal, Solved, Terms, solve

    watch = Watch()
    ruled = msgspec.structs.replace(problem, cards=tuple(map(_as_elastic_sees, problem.cards)))

    def cost(layout: Any) -> int:
        return worth(ruled, _spots(layout)).elastic_cost or 0

    goal = Goal(name="elastic_cost", write=_write_elastic, worth=cost)
    solved = solve(ruled, goal, Terms(step=Fraction(0), seconds=seconds), Ceilings(), NO_AID)
    if not isinstance(solved, Solved):
        return watch.answer(solved.value)
    proven = float(solved.worth) <= solved.bound + 1e-9
    note = f"that objective {solved.worth}, bound {solved.bound:g}"
    return watch.answer("optimal" if proven else "feasible", spots=_spots(solved.layout), note=note)


Planner = Callable[[Problem, float], Answer]
PLANNERS: dict[str, Planner] = {
    "levada": levada,
    "levada-ideals": ideals,
    "levada-cbc": partial(program, solver="cbc"),
    "levada-highs": partial(program, solver="highs"),
    "levada-as-elastic": as_elastic,
    "elastic-df": elastic_df,
    "finn-plus": finn_plus,
    "finn-plus-balanced": finn_plus_balanced,
}
NEEDED = {"levada-highs": "highspy", "elastic-df": "finn", "finn-plus": "finn", "finn-plus-balanced": "finn"}
"""What must be installed for a planner beside Levada."""


def missing(planner: str) -> str | None:
    """Return the package that is not installed without which a planner cannot answer; None where nothing is missing."""
    package = NEEDED.get(planner)
    return package if package is not None and find_spec(package) is None else None


def _spots(layout: Any) -> tuple[Spot, ...]:
    places = (layout.place(task) for task in range(len(layout.spots)))
    return tuple(Spot(card=place.card, slr=place.slr) for place in places)


def _as_elastic_sees(card: CardRoom) -> CardRoom:
    """Return the card with limits for SLRs alone, and with no way to a DMA that counts."""
    whole = msgspec.structs.replace(card.whole, allowed=(None,) * len(card.whole.allowed))
    return msgspec.structs.replace(card, whole=whole, dma_slrs=tuple(range(len(card.slrs))))


def _write_elastic(formulation: Any) -> Any:
    """Write where Elastic-DF lets streams go, and return its objective: 10 for each between cards, 1 for each SLR boundary."""
    from levada.partition.objectives import slr_crossings
    from levada.partition.program import combine

    problem = formulation.problem
    numbers = range(len(problem.places))
    for edge in problem.edges:
        for place in numbers:
            ends = [number for number in numbers if _allowed(problem, problem.places[place], problem.places[number])]
            onward = combine((1, formulation.at(edge.sink, number)) for number in ends)
            formulation.program.at_most(formulation.at(edge.source, place), onward)
    hops = combine((NETWORK_HOP_COST, cut) for cut in formulation.cuts.values())
    return hops + slr_crossings(formulation)


def _allowed(problem: Problem, source: Place, sink: Place) -> bool:
    """Say whether a stream may lead so: to the same SLR or one beside it, or to the next card from QSFPs to QSFPs."""
    if source.card == sink.card:
        return abs((source.slr or 0) - (sink.slr or 0)) <= 1
    ends = (source, sink)
    return sink.card == source.card + 1 and all(end.slr == problem.cards[end.card - 1].network_slr for end in ends)
