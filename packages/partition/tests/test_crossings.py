# SPDX-License-Identifier: Apache-2.0
"""SLR crossings card by card are those of the whole program, once the cards of all layers are known."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, request_for, series_parallel, toy

from levada.partition.cbc import Stop
from levada.partition.crossings import card_by_card, of_all_variants, unavoidable
from levada.partition.dynamic import Best, least_utilisation
from levada.partition.reduction import reduce
from levada.partition.solving import BYTES, CROSSINGS, NO_AID, Aid, Ceilings, Solved, Terms, solve
from levada.partition.windows import Window, narrowed, windows

TERMS = Terms(step=Fraction(0), seconds=30.0)


def settled(seed, cards, topology):
    """Return a problem and windows that leave each layer its segment, None where nothing fits."""
    request = request_for(series_parallel(seed, nodes=7), [toy(lut=900, bram18=200)] * cards, topology)
    reduced = reduce(request).frugal()
    best = least_utilisation(reduced)
    if not isinstance(best, Best):
        return None
    return reduced, narrowed(reduced, [Window(spot.place, spot.place) for spot in best.layout.spots])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("cards", "topology"), [(1, "chain"), (2, "chain"), (3, "chain"), (2, "loop"), (3, "loop")])
def test_cards_one_by_one_cross_as_little_as_all_at_once(seed, cards, topology):
    found = settled(seed, cards, topology)
    if found is None:
        return
    reduced, spans = found
    whole, parts = solve(reduced, CROSSINGS, TERMS, Ceilings(), Aid(spans=spans)), card_by_card(reduced, spans, TERMS)
    assert whole is parts if isinstance(whole, Stop) else (whole.worth, whole.bound) == (parts.worth, parts.bound)


def test_a_card_without_room_in_its_slrs_is_found_out():
    reduced = reduce(request_for(line(*[fold(lut=700)] * 3), [toy()]))
    assert card_by_card(reduced, narrowed(reduced, [Window(0, 0)] * 3), TERMS) is Stop.INFEASIBLE


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("cards", "topology"), [(1, "chain"), (2, "chain"), (3, "chain"), (2, "loop")])
def test_what_is_unavoidable_is_crossed_by_every_placement(seed, cards, topology):
    reduced = reduce(request_for(series_parallel(seed, nodes=7), [toy(lut=2000, bram18=400)] * cards, topology))
    found = solve(reduced.frugal(), CROSSINGS, TERMS, Ceilings(), NO_AID)
    assert isinstance(found, Stop) or unavoidable(reduced) <= found.worth


def test_from_memory_to_network_and_back_is_unavoidable():
    """Memory beside SLR 0, network beside SLR 1; with one card there is no network to go to."""
    costs = [unavoidable(reduce(request_for(line(fold(), fold(), fold()), [toy()] * n))) for n in (1, 2, 3)]
    assert costs == [0, 2, 2]


@pytest.mark.parametrize("seed", range(12))
def test_other_variants_cross_no_less_than_the_bound(seed):
    reduced = reduce(request_for(series_parallel(seed, nodes=6), [toy(lut=900, bram18=200)] * 2))
    start = solve(reduced, BYTES, TERMS, Ceilings(), NO_AID)
    if isinstance(start, Stop):
        return
    known = Solved(layout=start.layout, worth=CROSSINGS.worth(start.layout), bound=0.0)
    found = of_all_variants(reduced, known, windows(reduced), TERMS)
    best = solve(reduced, CROSSINGS, TERMS, Ceilings(network_bytes=int(start.worth)), NO_AID)
    assert (found.worth, found.bound) == (best.worth, best.bound)
