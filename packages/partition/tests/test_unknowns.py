# SPDX-License-Identifier: Apache-2.0
"""Counts that nobody estimates: accepted for flip-flops, refused by name for all else, never a free lunch."""

import msgspec
import pytest
from partition_toys import FREE_NETWORK, fold, line, request_for, spare, toy

from levada.core.errors import UnknownCostError
from levada.core.resources import Resources
from levada.partition.ilp import Ilp
from levada.partition.unknowns import limited, usable


def request(*foldings, boards=1, **overrides):
    return request_for(line(*foldings), [toy()] * boards, **overrides)


def unknown_capacity(request, name):
    cards = tuple(
        msgspec.structs.replace(card, capacity=tuple(spare(slr, name) for slr in card.capacity))
        for card in request.cards
    )
    return msgspec.structs.replace(request, cards=cards)


def test_all_resources_of_known_capacity_are_limited():
    assert limited(request(fold())) == ("lut", "ff", "bram18", "uram", "dsp")


def test_a_resource_without_capacity_limits_nothing():
    assert limited(unknown_capacity(request(fold()), "dsp")) == ("lut", "ff", "bram18", "uram")


def test_a_network_whose_cost_nobody_knows_is_refused():
    overhead = (Resources(), Resources(lut=None))
    asked = request(fold())
    card = msgspec.structs.replace(asked.cards[0], overhead=overhead)
    with pytest.raises(
        UnknownCostError, match=r"card 1 'card-1': nobody estimates the lut of its shell or of network 'vnx'"
    ):
        limited(msgspec.structs.replace(asked, cards=(card,), network=FREE_NETWORK))


def test_unknown_flip_flops_are_accepted():
    asked = request(fold(ff=None))
    assert usable(asked, limited(asked)) == ((0,),)


@pytest.mark.parametrize("name", ["lut", "bram18", "uram", "dsp"])
def test_any_other_unknown_is_refused_by_layer_and_resource(name):
    text = (
        rf"layer 'b': nobody estimates its {name} \(Op hls, PE 1, SIMD 1, weights 'none'\), which is limited to 100% of each card; "
        rf"choose another folding or weight store, .* --limit {name}=none"
    )
    with pytest.raises(UnknownCostError, match=text):
        Ilp().place(request(fold(), fold(**{name: None})))


@pytest.mark.parametrize("name", ["lut", "bram18", "uram", "dsp"])
def test_an_unknown_that_is_accepted_is_placed(name):
    asked = request(fold(), fold(**{name: None}), may_be_unknown=("ff", name))
    assert Ilp().place(asked).proof.status == "optimal"


@pytest.mark.parametrize("name", ["lut", "bram18", "uram", "dsp"])
def test_an_unknown_without_a_limit_to_break_is_placed(name):
    asked = unknown_capacity(request(fold(**{name: None})), name)
    assert Ilp().place(asked).proof.status == "optimal"


def test_flip_flops_are_refused_too_where_their_limit_was_asked_for():
    with pytest.raises(UnknownCostError, match="layer 'a': nobody estimates its ff"):
        Ilp().place(request(fold(ff=None), may_be_unknown=()))


def test_candidates_whose_cost_is_known_go_before_those_whose_is_not():
    asked = request([fold(lut=None), fold(lut=900), fold(lut=None)])
    assert usable(asked, limited(asked)) == ((1,),)


def test_an_accepted_unknown_is_no_free_lunch():
    """Among candidates of one layer a known count of flip-flops wins, however large."""
    placement = Ilp().place(request([fold(ff=None), fold(ff=900)]))
    assert [choice.candidate for choice in placement.choices] == [1]


def test_demanded_counts_are_looked_at_before_accepted_ones():
    asked = request([fold(lut=None, ff=5), fold(lut=5, ff=None)])
    assert usable(asked, limited(asked)) == ((1,),)


def test_known_counts_beside_accepted_unknowns_are_still_limited():
    layers = line(fold(ff=600), fold(ff=None), fold(ff=600))
    placement = Ilp().place(request_for(layers, [toy(slrs=1)] * 2))
    segments = {choice.layer: choice.segment for choice in placement.choices}
    assert segments["a"] != segments["c"]
