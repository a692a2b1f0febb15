# SPDX-License-Identifier: Apache-2.0
import msgspec

from levada.core import testing
from levada.core.parts import bare_cards, part_of, parts_of, weights_of


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


def test_a_segment_without_layers_takes_no_time():
    part = part_of(testing.plan(cards=2), 7)
    assert (part.layers, part.inputs, part.outputs, part.interval_cycles) == ((), (), (), 0)


def test_a_card_that_the_plan_does_not_use_has_no_parts():
    assert parts_of(testing.plan(cards=2), 7) == ()


def test_cards_that_the_cluster_does_not_name_have_no_address():
    other = testing.cluster(1, cards=())
    assert [card.pcie for card in bare_cards(testing.plan(cards=2), other)] == [None, None]


def test_bare_cards_have_no_ports_and_no_links():
    for card in bare_cards(testing.plan(cards=3, topology="loop"), testing.cluster(3)):
        assert (card.ports, card.link.units, card.link.streams) == ((), (), ())


def test_bare_cards_keep_host_board_and_driver():
    plan = testing.plan(cards=2)
    bare = bare_cards(plan, testing.cluster(2))
    assert [(c.name, c.host, c.board, c.driver) for c in bare] == [
        (u.name, u.host, u.board, u.driver) for u in plan.cards
    ]


def outside(**changes):
    """Return a plan over one card whose last matrix layer takes its weights from outside."""
    plan = testing.plan(cards=1)
    layers = tuple(
        msgspec.structs.replace(layer, store="external", **({"external_bytes": 2560} | changes))
        if layer.name == "MVAU_2"
        else layer
        for layer in plan.layers
    )
    return msgspec.structs.replace(plan, layers=layers)


def test_weights_outside_have_a_dma_and_a_payload_of_their_own():
    (feed,) = weights_of(outside(), 1)
    assert (feed.layer, feed.unit, feed.payload, feed.tensor) == (
        "MVAU_2",
        "wdma_0",
        "weights_1_wdma_0",
        "MVAU_2_weights",
    )


def test_one_reading_is_the_whole_weight_memory_in_whole_bytes():
    (feed,) = weights_of(outside(), 1)
    memory = next(layer for layer in outside().layers if layer.name == "MVAU_2").folding.weights
    assert feed.payload_bytes == memory.words * ((memory.bits + 7) // 8)


def test_a_layer_that_uses_its_weights_often_reads_them_often():
    (feed,) = weights_of(outside(external_bytes=7 * 2560), 1)
    assert (feed.readings, feed.inference_bytes) == (7, 7 * 2560)


def test_weights_on_chip_are_streamed_from_nowhere():
    assert weights_of(testing.plan(cards=1), 1) == ()


def test_bare_cards_know_their_weights():
    (card,) = bare_cards(outside(), testing.cluster(1))
    assert card.weights == weights_of(outside(), 1)
