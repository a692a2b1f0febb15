# SPDX-License-Identifier: Apache-2.0
"""Questions become requests: candidates, budgets and routes as the user's wishes say."""

import msgspec
import pytest
from partition_questions import ALL_STORES, question, settings, small_cluster
from partition_toys import fold, line, toy

from levada.core.boards import Overhead
from levada.core.errors import BoardError, ClusterError, InfeasibleError, PluginError
from levada.core.interfaces import Topology
from levada.core.manifests import Anchor, LayerAnchor, Route, Segment
from levada.core.resources import Resources
from levada.partition.stores import Bram, External, Uram
from levada.partition.wishes import FOLDINGS, Weights

HEAVY = fold(lut=10, cycles=64, weights=(512, 36))
STORES = {"bram": Bram(), "uram": Uram(), "external": External()}


def candidates(asked, layer=0):
    return [(each.folding, each.store) for each in asked.options[layer].candidates]


def ask(*foldings, store="bram", cards=1, **fields):
    return question(line(*foldings), cards=cards, weights=Weights(store=store), stores=STORES, **fields)


# --------------------------------------------------------------------------------------------- candidates


def test_a_layer_without_weights_has_no_store():
    assert candidates(ask(fold(), store="uram")) == [(0, "none")]


@pytest.mark.parametrize("store", ["bram", "uram", "external"])
def test_the_store_that_is_asked_for_is_taken(store):
    assert candidates(ask(HEAVY, store=store)) == [(0, store)]


def test_auto_offers_every_store_on_chip():
    assert candidates(ask(HEAVY, store="auto")) == [(0, "bram"), (0, "uram")]


def test_auto_also_offers_memory_to_layers_that_may_stream():
    asked = question(line(HEAVY, HEAVY), weights=Weights(store="auto"), stores=ALL_STORES, streamed=("b",))
    assert {store for _, store in candidates(asked, 1)} - {store for _, store in candidates(asked, 0)} == {"external"}


def test_auto_takes_what_there_is_where_no_store_is_on_chip():
    asked = question(line(HEAVY), weights=Weights(store="auto"), stores={"external": External()})
    assert candidates(asked) == [(0, "external")]


def test_single_layers_may_be_stored_elsewhere():
    asked = question(line(HEAVY, HEAVY), weights=Weights(store="bram", layers={"b": "external"}), stores=STORES)
    assert (candidates(asked, 0), candidates(asked, 1)) == ([(0, "bram")], [(0, "external")])


def test_a_candidate_costs_its_folding_and_its_store():
    (candidate,) = ask(HEAVY).options[0].candidates
    assert (candidate.resources.bram18, candidate.resources.lut) == (1, 10 + 36 + 9)


def test_a_candidate_knows_what_it_reads_from_outside():
    (candidate,) = ask(HEAVY, store="external").options[0].candidates
    assert candidate.external_bytes == 64 * 5


def test_the_rule_says_which_foldings_are_candidates():
    asked = ask([fold(cycles=9), fold(cycles=5)], folding=FOLDINGS["fastest"])
    assert candidates(asked) == [(0, "none"), (1, "none")]


def test_a_rate_leaves_only_foldings_that_reach_it():
    asked = ask([fold(cycles=900), fold(cycles=50)], folding=FOLDINGS["fastest"], settings=settings(fps=1e6))
    assert candidates(asked) == [(1, "none")]


def test_where_none_reaches_it_the_fastest_is_left_to_be_told_of():
    asked = ask([fold(cycles=900), fold(cycles=500)], folding=FOLDINGS["fastest"], settings=settings(fps=1e6))
    assert candidates(asked) == [(1, "none")]


@pytest.mark.parametrize(("fps", "cycles"), [(None, None), (1000.0, 100_000), (3.0, 33_333_333), (30.1, 3_322_259)])
def test_a_rate_leaves_whole_cycles(fps, cycles):
    assert ask(fold(), settings=settings(fps=fps)).request(1).max_cycles == cycles


# ---------------------------------------------------------------------------------------------- the cards


def test_a_request_is_for_the_first_cards():
    budgets = ask(fold(), fold(), cards=3).request(2).cards
    assert [(budget.index, budget.name) for budget in budgets] == [(1, "u280-1"), (2, "u280-2")]


def test_more_cards_than_the_cluster_has_are_refused():
    with pytest.raises(
        ClusterError, match="4 cards are asked for, but cluster 'u280x3' has 3; ask for fewer with --cards"
    ):
        ask(fold(), cards=3).request(4)


def test_capacity_is_that_of_the_basis():
    board = toy()
    (budget,) = ask(fold()).request(1).cards
    assert budget.capacity == board.capacity("finn")


def test_the_shell_is_charged_to_its_slr():
    shelled = msgspec.structs.replace(
        toy(), shell=(Overhead(function="ddr", slr=0, resources=Resources(lut=9), origin="test"),)
    )
    (budget,) = ask(fold(), board=shelled).request(1).cards
    assert budget.overhead == (Resources(lut=9), Resources())


def test_the_ways_in_and_out_are_charged_beside_the_memory_of_their_cards():
    board = msgspec.structs.replace(toy(), dma=Resources(lut=5))
    asked = ask(fold(), fold(), fold(), cards=3, board=board)
    assert [budget.overhead[0].lut for budget in asked.request(3).cards] == [5, 0, 5]
    assert asked.request(1).cards[0].overhead[0].lut == 10


def test_the_network_is_charged_to_the_qsfps_of_each_of_several_cards():
    asked = ask(fold(), fold(), cards=2, network_lut=7)
    assert {budget.overhead for budget in asked.request(2).cards} == {(Resources(), Resources(lut=7))}


def test_one_card_is_not_charged_for_a_network():
    asked = ask(fold(), cards=2, network_lut=7)
    assert asked.request(1).cards[0].overhead == (Resources(), Resources())


def test_boards_without_qsfps_cannot_be_networked():
    mute = msgspec.structs.replace(toy(), qsfp_slrs=())
    with pytest.raises(BoardError, match="has no QSFP"):
        ask(fold(), fold(), board=mute, cards=2).request(2)


def test_limits_and_search_are_the_users():
    asked = ask(fold(), settings=settings(utilisation_step=0.01, time_limit_s=5.0, may_be_unknown=("dsp",))).request(1)
    assert (asked.utilisation_step, asked.time_limit_s, asked.may_be_unknown) == (0.01, 5.0, ("dsp",))


def test_layers_are_anchored_where_the_user_says():
    held = (LayerAnchor(layer="a", card=1, slr=0),)
    assert ask(fold(), settings=settings(anchors=held)).request(1).anchors == held


def test_a_layer_that_is_anchored_behind_the_cards_is_named():
    asked = ask(fold(), fold(), cards=2, settings=settings(anchors=(LayerAnchor(layer="b", card=2),)))
    with pytest.raises(InfeasibleError, match="layer 'b' is anchored on card 2; use as many cards, or anchor it"):
        asked.request(1)


# ----------------------------------------------------------------------------------------------- topology


def unsound(**fields):
    """Return a topology with a route over two cards that is wrong in these fields."""
    sound = Route(
        topology="odd",
        segments=(Segment(card=1, slrs=(0, 1)), Segment(card=2, slrs=(1, 0))),
        ingress=0,
        egress=1,
    )

    class Odd(Topology):
        name = "odd"

        def route(self, boards):
            return msgspec.structs.replace(sound, **fields)

    return Odd()


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"segments": (Segment(card=1, slrs=(0,)),)}, r"visits cards \[1\] of 2"),
        ({"segments": (Segment(card=1, slrs=(0,)), Segment(card=3, slrs=(0,)))}, r"visits cards \[1, 3\] of 2"),
        (
            {"segments": tuple(Segment(card=card, slrs=(0,)) for card in (1, 2, 2))},
            "has two neighbouring segments on one card; they are one segment",
        ),
        ({"segments": (Segment(card=1, slrs=(0, 2)), Segment(card=2, slrs=(0,)))}, r"visits SLRs \(0, 2\) of card 1, which has \[0, 1\]"),
        ({"segments": (Segment(card=1, slrs=()), Segment(card=2, slrs=(0,)))}, r"visits SLRs \(\) of card 1"),
        ({"egress": 2}, "puts input, output or an anchor in a segment beyond its 2"),
        ({"anchors": (Anchor(role="output", segment=5),)}, "puts input, output or an anchor in a segment beyond its 2"),
    ],
)  # fmt: skip
def test_a_route_that_is_no_way_through_the_cards_is_refused(fields, fault):
    with pytest.raises(PluginError, match=f"topology 'odd' is not sound: its route {fault}"):
        ask(fold(), fold(), cards=2, topology=unsound(**fields)).request(2)


def test_a_sound_route_of_a_plug_in_is_taken():
    assert ask(fold(), fold(), cards=2, topology=unsound()).request(2).route.topology == "odd"


def test_the_cluster_of_the_tests_has_its_cards_in_order():
    assert [card.name for card in small_cluster(2).cards] == ["u280-1", "u280-2"]


def test_foldings_with_wider_weight_words_than_asked_for_are_left_out():
    either = [fold(weights=(4, 64)), fold(weights=(1, 256))]
    free = question(line(either), folding=FOLDINGS["fastest"])
    bounded = msgspec.structs.replace(free, settings=settings(weight_stream_bits=64))
    assert [len(each.options[0].candidates) for each in (free, bounded)] == [2, 1]
