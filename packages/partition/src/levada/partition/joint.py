# SPDX-License-Identifier: Apache-2.0
"""Stores, foldings and places chosen together, by decomposition: cuts first, then one program for what each card holds.

The relaxation by prices (:mod:`levada.partition.surrogates`), solved by the dynamic programme, gives a bound and the cuts that attain it. With
the cuts fixed, the linear relaxation of each card's layers gives better prices, until the bound stands still; then one program chooses
variants for those cuts within a utilisation a little above the bound. What comes out is placed anew, with its variants fixed.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import msgspec
import numpy as np

from levada.core.manifests import Record
from levada.partition import closing, dynamic
from levada.partition.cbc import Stop
from levada.partition.layout import Layout
from levada.partition.problem import Problem, Task
from levada.partition.solving import ANY, BYTES, Aid, Ceilings, Solved, Terms, solve
from levada.partition.stops import Cuts, Stops, of_segments, stops
from levada.partition.surrogates import Priced, Prices, cheapest, dearest, filled, pooled, priced

ROUNDS = 8
STILL = 1e-3
"""Prices are good enough where no card's relaxation lies further than this above the bound."""
SLACKS = tuple(Fraction(each, 1000) for each in (100, 40, 15, 4, 1))
"""How far above the bound variants are looked for, in turn, until none are found: what is loose is found soon."""
MOST_VARIANTS = 24
"""Of one layer, in a card's program: those that cost least beside the cheapest."""
PROGRAM_SECONDS = 15.0


class Relaxation(Record, frozen=True, kw_only=True):
    """The prices, the bound on utilisation that they give, and the cuts that attain it."""

    lists: tuple[Prices, ...]
    cuts: Layout
    bound: Fraction

    @property
    def best(self) -> Cuts:
        """Return the cuts with the prices."""
        return Cuts(layout=self.cuts, lists=self.lists)


class Joint(Record, frozen=True, kw_only=True):
    """A layout by segments with variants chosen, and the bound on the utilisation of all.

    ``stacked``: one of perhaps more utilisation that is laid out in SLRs, where one was found.
    """

    layout: Layout
    bound: Fraction
    lists: tuple[Prices, ...]
    stacked: Layout | None = None


def applies(problem: Problem) -> bool:
    """Say whether the decomposition can answer: where the dynamic programme can, were every layer's variant fixed."""
    return problem.several and dynamic.applies(priced(problem, [(1,) * len(problem.names)]))


def least_utilisation(problem: Problem, terms: Terms, known: Layout | None = None) -> Joint | Stop | None:
    """Return a layout of nearly the least utilisation, with its bound; INFEASIBLE is proven, None where nobody can tell.

    ``known``: a layout in SLRs within the limits, where there is one.
    """
    coarse = problem.coarse()
    relaxed = relaxation(coarse)
    if relaxed is None or isinstance(relaxed, Stop):
        return relaxed
    caps = [relaxed.bound * (1 + slack) for slack in SLACKS]
    frame = _stops(problem, relaxed.best)
    laid = _tightened(problem, frame, caps, terms) or known or _built(problem, frame, terms)
    tighter = [cap for cap in caps if laid is None or cap < laid.utilisation()]
    best = _tightened(coarse, of_segments(relaxed.best), tighter, terms) or laid
    if best is None:
        return None
    near = closing.closed(coarse, closing.Bracket(layout=best, bound=relaxed.bound), relaxed.lists, terms)
    return Joint(layout=near.layout, bound=near.bound, lists=relaxed.lists, stacked=laid)


def _tightened(problem: Problem, frame: Stops | None, caps: Sequence[Fraction], terms: Terms) -> Layout | None:
    """Return what is found under the tightest cap, each tried where something was found under the one before."""
    best: Layout | None = None
    for cap in caps:
        built = _built(problem.capped(cap), frame, terms)
        if built is None:
            break
        best = built
    return best


def feasible(problem: Problem, terms: Terms) -> Layout | Stop:
    """Return a layout by segments within the limits, or why there is none: UNDECIDED where none was found and no proof against it."""
    relaxed = _filling(problem)
    if isinstance(relaxed, Stop):
        return relaxed
    return _built(problem.coarse(), of_segments(relaxed.best), terms) or Stop.UNDECIDED


def stacked(problem: Problem, terms: Terms) -> Layout | Stop:
    """Return the same laid out in SLRs."""
    relaxed = _filling(problem)
    if isinstance(relaxed, Stop):
        return relaxed
    return _built(problem, _stops(problem, relaxed.best), terms) or Stop.UNDECIDED


def _filling(problem: Problem) -> Relaxation | Stop:
    """Return the relaxation of least filling, or why nothing is known to fit."""
    relaxed = relaxation(filled(problem.coarse()))
    if relaxed is None or isinstance(relaxed, Stop):
        return relaxed or Stop.UNDECIDED
    return Stop.INFEASIBLE if relaxed.bound > 1 else relaxed


def fits_at_best(problem: Problem) -> bool | None:
    """Say whether the relaxation fits; where it does not, nothing does. None where it is too large to tell."""
    relaxed = relaxation(filled(problem.coarse()))
    return None if relaxed is None else not isinstance(relaxed, Stop) and relaxed.bound <= 1


class Cheap(Record, frozen=True, kw_only=True):
    """A layout of few network bytes, and a bound that none is better than."""

    bound: float
    layout: Layout


def fewest_bytes(problem: Problem, lists: Sequence[Prices], terms: Terms, known: Layout) -> Cheap | None:
    """Return the fewest network bytes within the problem's limits, ``known`` where no fewer are found; None where ideals are too many."""
    coarse = problem.coarse()
    found = dynamic.least_bytes(priced(coarse, lists))
    if found is None:
        return None
    bound = sum(found.layout.cut_bytes().values())
    if bound >= BYTES.worth(known):
        return Cheap(bound=bound, layout=known)
    frame = of_segments(Cuts(layout=found.layout, lists=tuple(lists)))
    best = min(filter(None, (known, _built(coarse, frame, terms))), key=BYTES.worth)
    near = closing.fewest_bytes(coarse, lists, terms, best) if BYTES.worth(best) > bound else None
    return Cheap(bound=bound, layout=best) if near is None else Cheap(bound=max(bound, near.bound), layout=near.layout)


def relaxation(problem: Problem) -> Relaxation | Stop | None:
    """Return the best relaxation by prices; INFEASIBLE where even that has no placement, None where ideals are too many."""
    first = dearest(problem, range(len(problem.tasks)), pooled(problem))
    if first is None:
        return None
    lists, best = [first.prices], None
    for _ in range(ROUNDS):
        found = dynamic.least_utilisation(priced(problem, lists))
        if not isinstance(found, dynamic.Best):
            return Stop.INFEASIBLE if found is False else best
        best = Relaxation(lists=tuple(lists), cuts=found.layout, bound=found.layout.utilisation())
        dear = [each for each in _dear(problem, found.layout) if each.share > float(best.bound) * (1 + STILL)]
        fresh = [each.prices for each in dear if each.prices not in lists]
        if not fresh:
            break
        lists += fresh
    return best


def _dear(problem: Problem, cuts: Layout) -> Iterator[Priced]:
    for number, card in enumerate(problem.cards, 1):
        held = [task for task in range(len(problem.tasks)) if cuts.place(task).card == number]
        found = dearest(problem, held, card.whole)
        if found is not None:
            yield found


def _stops(problem: Problem, cuts: Cuts) -> Stops | None:
    """Return the stops of cuts at which each card's SLRs are filled least; None where something does not fit by any choice."""

    def relax(stack: Problem) -> Cuts | None:
        relaxed = relaxation(filled(stack))
        return None if relaxed is None or isinstance(relaxed, Stop) or relaxed.bound > 1 else relaxed.best

    return stops(problem, cuts, relax)


def _built(problem: Problem, frame: Stops | None, terms: Terms) -> Layout | None:
    """Return the layout at these stops with the variants that one program chooses for them; None where it finds none."""
    if frame is None:
        return None
    hurried = msgspec.structs.replace(terms, seconds=min(terms.seconds, PROGRAM_SECONDS), links=None)
    solved = solve(_narrowed(problem, frame.lists), ANY, hurried, Ceilings(), Aid(spans=frame.spans))
    return solved.layout if isinstance(solved, Solved) else None


def _narrowed(problem: Problem, lists: Sequence[Sequence[Prices]]) -> Problem:
    """Return the problem with each layer's most promising variants, by any of its price lists; at rigid edges some of all lanes."""
    rigid: dict[int, set[int]] = {}
    for edge in problem.edges:
        for task, end in zip((edge.source, edge.sink), edge.ends, strict=True) if edge.rigid else ():
            rigid.setdefault(task, set()).add(end)
    tasks = tuple(_promising(problem, number, mine, sorted(rigid.get(number, ()))) for number, mine in enumerate(lists))
    return msgspec.structs.replace(problem, tasks=tasks).settled()


def _promising(problem: Problem, number: int, lists: Sequence[Prices], ends: Sequence[int]) -> Task:
    task = problem.tasks[number]
    if len(task.variants) <= MOST_VARIANTS or ends:
        return task
    kept: set[int] = set()
    for prices in lists:
        order = np.argsort(cheapest(problem, prices, number), kind="stable")
        kept |= {int(each) for each in order[: max(4, MOST_VARIANTS // len(lists))]}
    return msgspec.structs.replace(task, variants=tuple(task.variants[each] for each in sorted(kept)))
