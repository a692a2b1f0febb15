# SPDX-License-Identifier: Apache-2.0
"""Stores, foldings and places chosen together, by decomposition: cuts first, then one program for what each card holds.

The relaxation by prices (:mod:`levada.partition.surrogates`), solved by the dynamic programme, gives a bound and the cuts that attain it. With
the cuts fixed, the linear relaxation of each card's layers gives better prices, until the bound stands still; then one program chooses
variants for those cuts within a utilisation a little above the bound. What comes out is placed anew, with its variants fixed.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from levada.core.manifests import Record
from levada.partition import closing, dynamic
from levada.partition.cbc import Stop
from levada.partition.guided import Guided, guided
from levada.partition.layout import Layout
from levada.partition.problem import Problem
from levada.partition.solving import BYTES, Terms
from levada.partition.stops import Stops, of_segments, stops
from levada.partition.surrogates import Priced, Prices, dearest, filled, pooled, priced, united
from levada.partition.windows import structural

ROUNDS = 8
STILL = 1e-3
"""Prices are good enough where no card's relaxation lies further than this above the bound."""
SLACKS = tuple(Fraction(each, 1000) for each in (100, 40, 15, 4, 1))
"""How far above what their relaxation reaches variants are looked for, in turn, until none are found: what is loose is found soon."""
WORTH = Fraction(1, 100)
"""By how much less of a card a layout that does not tell SLRs apart has to take, to be looked for beside one that does."""
INEXACT = Fraction(1, 10**6)
"""By how much a linear relaxation may be off."""


class Relaxation(Record, frozen=True, kw_only=True):
    """The prices, the bound on utilisation that they give, and the cuts that attain it."""

    lists: tuple[Prices, ...]
    cuts: Layout
    bound: Fraction


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
    frame = guided(problem, _stops(problem, relaxed.cuts))
    laid = _tightened(frame, terms) or known or (frame.built(terms) if frame else None)
    whole = guided(coarse, of_segments(relaxed.cuts))
    best = _better(_tightened(whole, terms, laid), laid)
    if best is None:
        return None
    bound = max(relaxed.bound, _of_all(coarse, whole))
    near = closing.closed(coarse, closing.Bracket(layout=best, bound=bound), relaxed.lists, terms)
    return Joint(layout=near.layout, bound=near.bound, lists=relaxed.lists, stacked=laid)


def _tightened(frame: Guided | None, terms: Terms, known: Layout | None = None) -> Layout | None:
    """Return what is found under the tightest cap, each tried where something was found under the one before; only what beats ``known``."""
    best: Layout | None = None
    if frame is None:
        return None
    for slack in SLACKS:
        cap = Fraction(frame.bound) * (1 + slack)
        if known is not None and cap * (1 + WORTH) >= known.utilisation():
            continue
        built = frame.built(terms, cap)
        if built is None:
            break
        best = built
    return best


def _of_all(coarse: Problem, frame: Guided | None) -> Fraction:
    """Return what no placement gets under by the linear relaxation of all layers on all cards as one, streams' costs included.

    ``frame``: the relaxation at some cuts; on one card there are none, so that it is that relaxation itself.
    """
    if len(coarse.places) > 1:
        whole = united(coarse)
        frame = guided(whole, structural(whole))
    return Fraction(0) if frame is None else Fraction(frame.bound) * (1 - INEXACT)


def _better(one: Layout | None, other: Layout | None) -> Layout | None:
    return min((each for each in (one, other) if each), key=lambda each: each.utilisation(), default=None)


def feasible(problem: Problem, terms: Terms) -> Layout | Stop:
    """Return a layout by segments within the limits, or why there is none: UNDECIDED where none was found and no proof against it."""
    relaxed = _filling(problem)
    if isinstance(relaxed, Stop):
        return relaxed
    frame = guided(problem.coarse(), of_segments(relaxed.cuts))
    return (frame.built(terms) if frame else None) or Stop.UNDECIDED


def stacked(problem: Problem, terms: Terms) -> Layout | Stop:
    """Return the same laid out in SLRs."""
    relaxed = _filling(problem)
    if isinstance(relaxed, Stop):
        return relaxed
    frame = guided(problem, _stops(problem, relaxed.cuts))
    return (frame.built(terms) if frame else None) or Stop.UNDECIDED


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
    best = min(filter(None, (known, _built(problem, found.layout, terms))), key=BYTES.worth)
    near = closing.fewest_bytes(coarse, lists, terms, best) if BYTES.worth(best) > bound else None
    return Cheap(bound=bound, layout=best) if near is None else Cheap(bound=max(bound, near.bound), layout=near.layout)


def _built(problem: Problem, cuts: Layout, terms: Terms) -> Layout | None:
    """Return a layout with these cuts, laid out in SLRs where one is found."""
    laid = guided(problem, _stops(problem, cuts))
    if laid is not None and (found := laid.built(terms)) is not None:
        return found
    whole = guided(problem.coarse(), of_segments(cuts))
    return None if whole is None else whole.built(terms)


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


def _stops(problem: Problem, cuts: Layout) -> Stops | None:
    """Return the stops of cuts at which each card's SLRs are filled least; None where something does not fit by any choice."""

    def relax(stack: Problem) -> Layout | None:
        relaxed = relaxation(filled(stack))
        return None if relaxed is None or isinstance(relaxed, Stop) or relaxed.bound > 1 else relaxed.cuts

    return stops(problem, cuts, relax)
