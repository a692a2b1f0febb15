# SPDX-License-Identifier: Apache-2.0
import msgspec

from levada.core import testing
from levada.core.parts import bare_cards, part_of, parts_of


def test_card_1_of_a_loop_holds_head_and_tail():
    plan = testing.plan(cards=3, topology="loop")
    assert [part.segment for part in parts_of(plan, 1)] == [0, 3]


def test_a_middle_card_holds_one_part():
    plan = testing.plan(cards=3, topology="loop")
    assert [part.segment for part in parts_of(plan, 2)] == [1]


def test_every_layer_is_in_one_part():
    plan = testing.plan(cards=3, topology="loop")
    parts = [part for card in plan.cards for part in parts_of(plan, card.index)]
    assert sorted(name for part in parts for name in part.layers) == sorted(layer.name for layer in plan.layers)


def test_what_leaves_parts_enters_parts_or_the_outside():
    plan = testing.plan(cards=3, topology="loop")
    parts = [part for card in plan.cards for part in parts_of(plan, card.index)]
    leaving = {name for part in parts for name in part.outputs}
    entering = {name for part in parts for name in part.inputs}
    outside = {stream.name for stream in plan.streams if None in (stream.source, stream.sink)}
    assert leaving ^ entering == outside


def test_the_slowest_layer_sets_the_interval():
    plan = testing.plan(cards=3, topology="loop")
    slowest = max(layer.folding.cycles for layer in plan.layers if layer.segment == 0)
    assert part_of(plan, 0).interval_cycles == slowest


def test_bare_cards_are_the_plans_with_the_clusters_addresses():
    cluster = testing.cluster(3)
    cards = tuple(msgspec.structs.replace(card, pcie=f"0000:3b:00.{n}") for n, card in enumerate(cluster.cards))
    bare = bare_cards(testing.plan(cards=3), msgspec.structs.replace(cluster, cards=cards))
    assert [(card.index, card.pcie, card.ports) for card in bare] == [(n + 1, f"0000:3b:00.{n}", ()) for n in range(3)]
