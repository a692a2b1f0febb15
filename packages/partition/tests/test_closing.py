# SPDX-License-Identifier: Apache-2.0
"""What is found and what is proven are brought together, and the optimum always lies between the two."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, request_for, series_parallel, toy

from levada.partition import closing, dynamic, joint
from levada.partition.cbc import Stop
from levada.partition.closing import CLOSE, Bracket, closed
from levada.partition.reduction import reduce
from levada.partition.solving import ANY, BYTES, NO_AID, Ceilings, Terms, solve, utilisation

TERMS = Terms(step=Fraction(0), seconds=30.0)
LEAST = utilisation(Fraction(0))
SEEDS = range(15)
ROUTES = [(2, "chain"), (3, "chain"), (2, "loop")]


def problem(seed, cards=2, topology="chain"):
    graph = series_parallel(seed, nodes=7, lanes=True)
    return reduce(request_for(graph, [toy(lut=1500)] * cards, topology)).coarse()


def solved(reduced, goal):
    found = solve(reduced, goal, TERMS, Ceilings(), NO_AID)
    return None if isinstance(found, Stop) else found


def begun(reduced):
    """Return the prices and a bracket as wide as can be: any layout at all, and no bound; None where nothing fits."""
    relaxed, anything = joint.relaxation(reduced), solved(reduced, ANY)
    if anything is None:
        return None
    return relaxed.lists, Bracket(layout=anything.layout, bound=relaxed.bound)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("cards", "topology"), ROUTES)
def test_a_bracket_closes_about_the_optimum(seed, cards, topology):
    reduced = problem(seed, cards, topology)
    if (start := begun(reduced)) is not None:
        near = closed(reduced, start[1], start[0], TERMS)
        assert near.bound <= solved(reduced, LEAST).worth <= near.layout.utilisation() <= near.bound * (1 + CLOSE)


def test_a_bound_is_raised_where_prices_do_not_reach():
    """Three layers of 30 % of a card's tables or 30 % of its block RAM each: prices halve the third one, and no placement can."""
    either = (fold(lut=600), fold(lut=0, bram18=60))
    reduced = reduce(request_for(line(either, either, either), [toy()])).coarse()
    lists, start = begun(reduced)
    near = closed(reduced, start, lists, TERMS)
    assert start.bound < Fraction(1, 2) < near.bound <= near.layout.utilisation() == Fraction(3, 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fewest_bytes_are_those_of_one_program(seed):
    reduced = problem(seed)
    lists, start = begun(reduced)
    found = closing.fewest_bytes(reduced, lists, TERMS, start.layout)
    assert (found.worth, found.bound) == (fewest := solved(reduced, BYTES).worth, fewest)


def test_a_program_too_large_is_left_alone(monkeypatch):
    monkeypatch.setattr(closing, "MOST_CHOICES", 0)
    reduced = problem(3)
    lists, start = begun(reduced)
    assert closed(reduced, start, lists, TERMS) == start
    assert closing.fewest_bytes(reduced, lists, TERMS, start.layout) is None


def test_what_no_program_decides_is_no_bound(monkeypatch):
    reduced = problem(3)
    lists, start = begun(reduced)
    monkeypatch.setattr(closing, "solve", lambda *_: Stop.UNDECIDED)
    assert closed(reduced, start, lists, TERMS) == start
    assert closing.fewest_bytes(reduced, lists, TERMS, start.layout) is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("cards", "topology"), ROUTES)
def test_a_placement_of_few_bytes_lies_in_the_windows_of_all_of_them(seed, cards, topology):
    """Not in those of the fewest bytes alone: what is found for another goal may take more."""
    reduced = problem(seed, cards, topology).frugal()
    if (found := solved(reduced, LEAST)) is not None:
        spans = dynamic.spans(reduced, BYTES.worth(found.layout))
        assert all(span.first <= spot.place <= span.last for spot, span in zip(found.layout.spots, spans, strict=True))


def test_no_window_is_left_where_nothing_takes_so_few_bytes():
    assert all(span.empty() for span in dynamic.spans(problem(3).frugal(), 0.0))
