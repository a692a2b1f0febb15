# SPDX-License-Identifier: Apache-2.0
"""Explanations of what does not fit are true: the resource, the place, the amount, and limits that do."""

import re

import msgspec
import pytest
from partition_reference import exhaustive
from partition_toys import WHOLE, fold, line, network, request_for, series_parallel, stream, toy

from levada.core.errors import InfeasibleError
from levada.core.resources import Resources
from levada.partition.explain import least_limits, shortages
from levada.partition.ilp import Ilp
from levada.partition.reduction import reduce

HALF = msgspec.structs.replace(WHOLE, lut=0.5, bram18=0.5)


def refused(request):
    with pytest.raises(InfeasibleError) as caught:
        Ilp().place(request)
    return str(caught.value)


def missing(request):
    problem = reduce(request)
    found = shortages(problem.within(10**9), 30.0)
    return [(each.bin.card, problem.names[each.resource], each.missing) for each in found if each.bin.slr is None]


def raised(request):
    return least_limits(request, reduce(request).within(10**9))


def test_a_card_that_is_too_small_is_named_with_what_is_missing():
    text = refused(request_for(line(fold(lut=700), fold(lut=600)), [toy(slrs=1)]))
    assert "card 1 'card-1' would need 1300 lut, 300 more than the 1000 allowed (100% of 1000; 0 go to shell" in text


def test_an_slr_that_is_too_small_is_named():
    text = refused(request_for(line(*[fold(lut=600)] * 3), [toy()]))
    assert re.search(r"SLR [01] of card 1 'card-1' would need 1200 lut, 200 more than the 1000 allowed", text)


def test_a_limit_is_named_with_what_it_allows():
    text = refused(request_for(line(fold(bram18=60)), [toy(slrs=1)], limits=HALF))
    assert "would need 60 bram, 10 more than the 50 allowed (50% of 100 blocks of 18 Kb;" in text


def test_what_shell_and_network_take_is_said():
    asked = request_for(line(fold(lut=900)), [toy(slrs=1)])
    card = msgspec.structs.replace(asked.cards[0], overhead=(Resources(lut=200),))
    text = refused(msgspec.structs.replace(asked, cards=(card,)))
    assert "would need 1100 lut, 100 more than the 1000 allowed (100% of 1000; 200 go to shell and network)" in text


def test_the_placement_that_lacks_least_is_told_of():
    """900 + 300 lacks 200, 300 + 800 lacks 100."""
    asked = request_for(line(fold(lut=900), fold(lut=300), fold(lut=800)), [toy(slrs=1)] * 2)
    assert missing(asked) == [(2, "lut", 100)]


def test_further_shortages_are_named():
    text = refused(request_for(line(fold(lut=1100, bram18=150)), [toy(slrs=1)]))
    assert "would need 150 bram, 50 more than the 100 allowed" in text
    assert "; short are also lut of card 1 by 100" in text


def test_a_further_shortage_of_an_slr_is_named_with_the_slr():
    slr_limits = msgspec.structs.replace(WHOLE, lut=0.5, bram18=0.5)
    text = refused(request_for(line(fold(lut=900, bram18=60)), [toy()], slr_limits=slr_limits))
    assert re.search(r"; short are also bram of SLR [01] of card 1 by 10;", text)


def test_a_limit_under_one_per_cent_is_told():
    tight = msgspec.structs.replace(WHOLE, lut=0.005)
    assert "the 5 allowed (0.5% of 1000;" in refused(request_for(line(fold(lut=6)), [toy(slrs=1)], limits=tight))


def test_the_lowest_limit_that_does_is_named():
    text = refused(request_for(line(fold(bram18=60)), [toy(slrs=1)], limits=HALF))
    assert text.endswith("; it would fit with --limit bram=0.6 (tried)")


def test_limits_of_cards_and_slrs_are_raised_together_where_both_bind():
    slrs = msgspec.structs.replace(WHOLE, lut=0.5)
    text = refused(request_for(line(fold(lut=700), fold(lut=700)), [toy()], limits=HALF, slr_limits=slrs))
    assert text.endswith("; it would fit with --limit lut=0.7 --slr-limit lut=0.7 (tried)")


def test_no_limit_is_named_where_none_would_do():
    assert "it would fit" not in refused(request_for(line(fold(lut=1100)), [toy(slrs=1)], limits=HALF))


@pytest.mark.parametrize("seed", range(10))
def test_the_limits_that_are_named_suffice_and_lower_ones_do_not(seed):
    request = request_for(series_parallel(seed, nodes=4), [toy(lut=800, bram18=60)], limits=HALF, slr_limits=WHOLE)
    if exhaustive(request) is not None:
        return
    found = raised(request)
    if found is None:
        assert exhaustive(msgspec.structs.replace(request, limits=WHOLE)) is None
        return
    limits, slr_limits = found
    enough = msgspec.structs.replace(request, limits=limits, slr_limits=slr_limits)
    assert exhaustive(enough) is not None
    for name in ("lut", "bram18"):
        if limits.get(name) > request.limits.get(name):
            lower = msgspec.structs.replace(limits, **{name: limits.get(name) - 0.01})
            assert exhaustive(msgspec.structs.replace(enough, limits=lower)) is None


@pytest.mark.parametrize("seed", range(6))
def test_as_much_more_as_is_missing_makes_it_fit(seed):
    """A board larger by the largest shortage, everywhere, holds what lacked that."""
    request = request_for(series_parallel(seed, nodes=4), [toy(slrs=1, lut=400, bram18=20)])
    short = missing(request)
    more = {name: max((n for _, which, n in short if which == name), default=0) for name in ("lut", "bram18")}
    larger = toy(slrs=1, lut=400 + more["lut"], bram18=20 + more["bram18"])
    assert bool(short) == (exhaustive(request) is None)
    assert exhaustive(request_for(series_parallel(seed, nodes=4), [larger])) is not None


def test_fewer_layers_than_cards_are_counted():
    text = refused(request_for(line(fold(), fold()), [toy()] * 3))
    assert text == "3 cards need a layer each, and there are 2 layers; use fewer cards"


def test_streams_that_hold_the_layers_together_are_named():
    text = refused(request_for(line(fold(), fold(), fold(), cuttable=False), [toy()] * 2))
    assert "2 cards need a layer each" in text
    assert "streams that cannot be cut hold the layers together; use fewer cards" in text


def test_a_loop_without_a_layer_for_its_tail_is_explained():
    text = refused(request_for(line(fold(), fold()), [toy()] * 2, "loop"))
    assert "the loop's last layer must lie in its last part" in text


def test_what_no_card_can_hold_is_missing_on_the_best_of_them():
    boards = [toy(slrs=1, lut=1000), toy(slrs=1, lut=2000)]
    asked = request_for(line(fold(), fold(lut=2100)), boards)
    assert missing(asked) == [(2, "lut", 100)]


def test_too_few_streams_in_a_cut_are_named():
    pairs = ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")
    forked = network(dict.fromkeys("abcd", fold()), *(stream(*pair) for pair in pairs))
    with pytest.raises(
        InfeasibleError, match="no placement keeps every cut to 1 of its streams, whatever the room; allow more"
    ):
        Ilp().place(request_for(forked, [toy()] * 2, streams_per_cut=1))
