# SPDX-License-Identifier: Apache-2.0
"""The search by decomposition: what it finds is as good as what one program finds, within the gap that it states."""

from fractions import Fraction

import msgspec
import pytest
from partition_toys import request_for, series_parallel, toy

from levada.core.errors import InfeasibleError
from levada.partition import decomposed
from levada.partition.cbc import Stop
from levada.partition.rate import solve
from levada.partition.reduction import reduce
from levada.partition.search import Found, search
from levada.partition.solving import Terms

TERMS = Terms(step=Fraction(0), seconds=30.0)
SEEDS = range(15)


def request(seed, cards, **counts):
    return request_for(series_parallel(seed, nodes=7, lanes=True), [toy(**{"lut": 1500, **counts})] * cards)


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(decomposed, "MOST_CHOICES", 0)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("cards", [1, 2])
def test_bounds_hold_for_what_one_program_finds(seed, cards, monkeypatch):
    reduced = reduce(request(seed, cards))
    exact = search(reduced, TERMS)
    monkeypatch.setattr(decomposed, "MOST_CHOICES", 0)
    found = search(reduced, TERMS)
    if isinstance(found, Found) and isinstance(exact, Found):
        least, mine = exact.objectives[0].value, found.objectives[0]
        assert mine.bound - 1e-9 <= least <= mine.value + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rate_is_bounded_by_that_of_one_program(seed, monkeypatch):
    def cycles():
        try:
            return solve(request(seed, 2, lut=700)).proof.objectives[0]
        except InfeasibleError:
            return None

    exact = cycles()
    monkeypatch.setattr(decomposed, "MOST_CHOICES", 0)
    found = cycles()
    assert (found is None) == (exact is None)
    assert found is None or found.bound <= exact.value <= found.value


@pytest.mark.usefixtures("always")
def test_the_proof_says_how_it_was_found():
    methods = [solve(request(seed, 2)).proof.method for seed in range(4)]
    assert any(method.startswith("prices of resources over order ideals") for method in methods)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("terms", [msgspec.structs.replace(TERMS, ideals=False)])
def test_it_is_not_asked_where_the_programme_is_not(terms):
    assert not decomposed.wanted(reduce(request(0, 2)), terms)


def test_few_choices_are_left_to_one_program():
    assert not any(decomposed.wanted(reduce(request(seed, 2)), TERMS) for seed in SEEDS)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_refused_fits_nowhere(seed, monkeypatch):
    reduced = reduce(request(seed, 2, lut=450))
    refused = search(reduced, TERMS) is Stop.INFEASIBLE
    monkeypatch.setattr(decomposed, "MOST_CHOICES", 10**9)
    assert not refused or search(reduced, TERMS) is Stop.INFEASIBLE
