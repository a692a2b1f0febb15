# SPDX-License-Identifier: Apache-2.0
"""Stores, foldings and places chosen by decomposition, against one program that chooses all."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, request_for, series_parallel, toy

from levada.partition import closing
from levada.partition.cbc import Stop
from levada.partition.guided import guided
from levada.partition.joint import Joint, applies, feasible, fewest_bytes, fits_at_best, least_utilisation, relaxation
from levada.partition.reduction import reduce
from levada.partition.solving import BYTES, NO_AID, Ceilings, Terms, solve, utilisation
from levada.partition.surrogates import united
from levada.partition.windows import structural

TERMS = Terms(step=Fraction(0), seconds=30.0)
ROUTES = [(1, "chain"), (2, "chain"), (3, "chain"), (2, "loop")]


def problem(seed, cards=2, topology="chain", **counts):
    graph = series_parallel(seed, nodes=7, lanes=True)
    return reduce(request_for(graph, [toy(**{"lut": 1500, **counts})] * cards, topology))


def optimum(reduced, goal):
    found = solve(reduced.coarse(), goal, TERMS, Ceilings(), NO_AID)
    return None if isinstance(found, Stop) else found.worth


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize(("cards", "topology"), ROUTES)
def test_the_optimum_lies_between_bound_and_what_is_found(seed, cards, topology):
    reduced = problem(seed, cards, topology)
    found, least = least_utilisation(reduced, TERMS), optimum(reduced, utilisation(Fraction(0)))
    assert not isinstance(found, Joint) or found.bound <= least <= found.layout.utilisation()


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize(("cards", "topology"), ROUTES)
def test_all_cards_as_one_are_filled_no_more_than_the_fullest(seed, cards, topology):
    reduced = problem(seed, cards, topology)
    least, whole = optimum(reduced, utilisation(Fraction(0))), united(reduced.coarse())
    frame = guided(whole, structural(whole))
    assert least is None or frame.bound <= float(least) + 1e-9


def test_what_streams_cost_raises_the_bound(monkeypatch):
    """Prices leave it out, and nothing else may raise a bound here."""
    monkeypatch.setattr(closing, "closed", lambda _problem, bracket, _lists, _terms: bracket)
    pairs = [
        (least_utilisation(each, TERMS), relaxation(each.coarse())) for each in (problem(seed, 1) for seed in range(15))
    ]
    assert any(found.bound > prices.bound for found, prices in pairs if isinstance(found, Joint))


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("lut", [400, 700])
def test_what_is_called_impossible_is(seed, lut):
    reduced = problem(seed, lut=lut)
    assert feasible(reduced, TERMS) is not Stop.INFEASIBLE or optimum(reduced, BYTES) is None


@pytest.mark.parametrize("seed", range(15))
def test_what_fits_is_within_the_limits(seed):
    reduced = problem(seed, lut=700)
    found = feasible(reduced, TERMS)
    assert isinstance(found, Stop) or found.utilisation() <= 1


@pytest.mark.parametrize("seed", range(15))
def test_no_placement_needs_fewer_bytes_than_the_bound(seed):
    reduced = problem(seed)
    found, fewest = least_utilisation(reduced, TERMS), optimum(reduced, BYTES)
    cheap = fewest_bytes(reduced, found.lists, TERMS, found.layout) if isinstance(found, Joint) else None
    assert cheap is None or cheap.bound <= fewest <= BYTES.worth(cheap.layout)


def test_each_card_gets_prices_of_its_own():
    """Half of the layers can only be had with look-up tables, half only with block RAM: no one price list is tight."""
    tables, blocks = fold(lut=900), fold(lut=10, bram18=90)
    reduced = reduce(
        request_for(line(tables, tables, blocks, blocks, (fold(lut=99), fold(lut=1, bram18=9))), [toy()] * 2)
    )
    assert len(relaxation(reduced.coarse()).lists) > 1


def test_too_little_room_is_no_matter_of_trying():
    assert fits_at_best(reduce(request_for(line((fold(lut=900), fold(lut=901))), [toy(slrs=1, lut=800)]))) is False


def test_it_is_for_layers_that_leave_a_choice():
    assert [
        applies(reduce(request_for(line(each), [toy()]))) for each in (fold(), (fold(), fold(lut=1, bram18=1)))
    ] == [
        False,
        True,
    ]
