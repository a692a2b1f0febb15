# SPDX-License-Identifier: Apache-2.0
"""Prices of resources: a relaxation that never promises too little room, and is as tight as the linear one."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, request_for, series_parallel, toy

from levada.partition.cbc import Stop
from levada.partition.dynamic import Best, least_utilisation
from levada.partition.reduction import reduce
from levada.partition.solving import NO_AID, Ceilings, Terms, solve, utilisation
from levada.partition.surrogates import dearest, filled, pooled, priced

TERMS = Terms(step=Fraction(0), seconds=30.0)
LUT, BRAM18 = 0, 2


def two_ways(cards=1):
    """Four layers that take either 400 LUT or 20 RAMB18, on cards of 2000 LUT and 200 RAMB18."""
    either = (fold(lut=400), fold(lut=0, bram18=20))
    return reduce(request_for(line(either, either, either, either), [toy()] * cards))


def prices(**counts):
    return (
        counts.get("lut", 0),
        counts.get("ff", 0),
        counts.get("bram18", 0),
        counts.get("uram", 0),
        counts.get("dsp", 0),
    )


def test_a_layer_is_built_the_cheapest_way():
    (task, *_) = priced(two_ways(), [prices(lut=1, bram18=10), prices(lut=1, bram18=30)]).tasks
    assert task.variants[0].counts == (200, 400)


def test_room_is_worth_what_its_resources_are():
    (card,) = priced(two_ways(), [prices(lut=1, bram18=10)]).cards
    assert (card.whole.capacity, card.whole.allowed) == ((4000,), (4000,))


def test_the_dearest_prices_fill_a_card_as_much_as_the_linear_relaxation():
    reduced = two_ways()
    found = dearest(reduced, range(4), reduced.cards[0].whole)
    assert found.share == pytest.approx(1600 / 2000 * 400 / (400 + 800), abs=1e-6)


def test_the_bound_of_the_dearest_prices_is_that_share():
    reduced = two_ways()
    found = dearest(reduced, range(4), pooled(reduced))
    best = least_utilisation(priced(reduced, [found.prices]))
    assert float(best.layout.utilisation()) == pytest.approx(found.share, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("cards", [1, 2])
def test_no_placement_takes_less_than_the_bound(seed, cards):
    reduced = reduce(request_for(series_parallel(seed, nodes=6, lanes=True), [toy(lut=1500)] * cards)).coarse()
    found = solve(reduced, utilisation(Fraction(0)), TERMS, Ceilings(), NO_AID)
    best = least_utilisation(priced(reduced, [dearest(reduced, range(6), pooled(reduced)).prices]))
    assert isinstance(found, Stop) or (isinstance(best, Best) and best.layout.utilisation() <= found.worth)


def test_pooled_rooms_are_added():
    assert pooled(two_ways(cards=3)).capacity[LUT] == 6000


def test_measured_by_what_is_allowed_a_full_card_is_used_wholly():
    half = reduce(request_for(line(fold(lut=500), fold(lut=500)), [toy()])).capped(Fraction(1, 2))
    assert [card.whole.capacity[LUT] for card in filled(half).cards] == [1000]
