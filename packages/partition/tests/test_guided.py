# SPDX-License-Identifier: Apache-2.0
"""What a relaxation leaves of each layer's variants at given stops: enough for the same optimum, and a bound that none gets under."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, request_for, series_parallel, toy

from levada.partition import joint
from levada.partition.cbc import Stop
from levada.partition.guided import SPARE, guided
from levada.partition.reduction import reduce
from levada.partition.solving import Aid, Ceilings, Terms, solve, utilisation
from levada.partition.stops import of_segments

TERMS = Terms(step=Fraction(0), seconds=30.0)
LEAST = utilisation(Fraction(0))
SEEDS = range(15)


def begun(seed, cards=2):
    """Return a problem of segments and the cuts that attain its relaxation's bound."""
    reduced = reduce(request_for(series_parallel(seed, nodes=7, lanes=True), [toy(lut=1500)] * cards)).coarse()
    return reduced, of_segments(joint.relaxation(reduced).cuts)


def many_ways(count=40):
    """Layers that trade tables for block RAM in many steps."""
    ways = [fold(lut=20 * n, bram18=count - n) for n in range(count)]
    return reduce(request_for(line(*[ways] * 6), [toy(slrs=1, lut=3000, bram18=150)]))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_variants_at_these_stops_get_under_the_bound(seed):
    reduced, stops = begun(seed)
    frame, least = guided(reduced, stops), solve(reduced, LEAST, TERMS, Ceilings(), Aid(spans=stops))
    assert isinstance(least, Stop) if frame is None else frame.bound <= float(least.worth) + 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_built_keeps_to_the_cap(seed):
    reduced, stops = begun(seed)
    frame = guided(reduced, stops)
    cap = Fraction(frame.bound) * Fraction(11, 10)
    found = frame.built(TERMS, cap)
    assert found is None or found.utilisation() <= cap


def test_of_many_ways_a_few_are_left():
    frame = guided(many_ways(), of_segments(joint.relaxation(many_ways()).cuts))
    assert all(len(task.variants) <= SPARE + 4 for task in frame.problem.tasks)


def test_what_is_left_relaxes_to_the_same_optimum():
    stops = of_segments(joint.relaxation(many_ways()).cuts)
    frame = guided(many_ways(), stops)
    assert guided(frame.problem, stops).bound == pytest.approx(frame.bound, abs=1e-9)


def test_what_is_left_holds_the_optimum_of_all():
    stops = of_segments(joint.relaxation(many_ways()).cuts)
    frame = guided(many_ways(), stops)
    worths = [solve(each, LEAST, TERMS, Ceilings(), Aid(spans=stops)).worth for each in (many_ways(), frame.problem)]
    assert worths[0] == worths[1]


def test_nothing_is_left_where_no_variants_fit():
    small = reduce(request_for(line([fold(lut=900), fold(lut=901)]), [toy(slrs=1, lut=800)]))
    assert guided(small, of_segments(joint.relaxation(many_ways()).cuts)[:1]) is None


def test_nothing_is_left_without_stops():
    assert guided(many_ways(), None) is None
