# SPDX-License-Identifier: Apache-2.0
"""SLR crossings card by card are those of the whole program, once the cards of all layers are known."""

from fractions import Fraction

import pytest
from partition_toys import fold, line, request_for, series_parallel, toy

from levada.partition.cbc import Stop
from levada.partition.crossings import card_by_card
from levada.partition.dynamic import Best, least_utilisation
from levada.partition.reduction import reduce
from levada.partition.solving import CROSSINGS, Aid, Ceilings, Terms, solve
from levada.partition.windows import Window, narrowed

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
