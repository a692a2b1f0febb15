# SPDX-License-Identifier: Apache-2.0
"""Plans written from placements: layers, streams, cuts, utilisation, rate and latency."""

import msgspec
import pytest
from partition_questions import question, settings
from partition_toys import FREE_NETWORK, fold, line, network, stream, toy

from levada.core.clusters import digest_of
from levada.core.manifests import Lanes
from levada.core.networks import VNX
from levada.core.resources import Resources
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.judge import judge
from levada.partition.planning import plan
from levada.partition.stage import ground_of

WEIGHTY = fold(lut=10, cycles=64, pe=2, weights=(512, 36))


def made(dataflow, cards=1, **fields):
    asked = question(dataflow, cards=cards, **fields)
    return assemble(asked, plan(asked, (cards,), Ilp()))


def chain(cards=2, *foldings, **fields):
    return made(line(*(foldings or [fold()] * 3), **fields), cards=cards)


@pytest.mark.parametrize("cards", [1, 2, 3])
def test_every_plan_stands_before_the_judge(cards):
    asked = question(line(WEIGHTY, fold(), WEIGHTY, fold()), cards=cards, network_lut=50)
    finished = assemble(asked, plan(asked, (cards,), Ilp()))
    verdict = judge(finished, asked.dataflow, ground_of(asked))
    assert [check for check in verdict.checks if not check.passed] == []


def test_layers_keep_the_order_of_the_dataflow():
    assert [layer.name for layer in chain(2).layers] == ["a", "b", "c"]


def test_a_placed_layer_has_its_folding_store_and_whole_cost():
    (layer,) = made(line(WEIGHTY)).layers
    assert (layer.folding, layer.store, layer.resources.bram18) == (WEIGHTY, "bram", 1)


def test_a_layer_without_weights_has_store_none():
    assert made(line(fold())).layers[0].store == "none"


def test_a_placed_layer_lies_on_the_card_of_its_segment():
    finished = chain(3)
    assert [finished.route.segments[layer.segment].card for layer in finished.layers] == [
        layer.card for layer in finished.layers
    ]


def test_the_plan_is_for_the_cards_that_are_used():
    finished = chain(2)
    assert [(card.index, card.name, card.host, card.board, card.driver) for card in finished.cards] == [
        (1, "u280-1", "fpga1", "toy", "emulated"),
        (2, "u280-2", "fpga2", "toy", "emulated"),
    ]


def test_the_cluster_is_known_by_the_digest_of_what_is_used():
    asked = question(line(fold(), fold()), cards=3)
    finished = assemble(asked, plan(asked, (2,), Ilp()))
    assert finished.cluster_digest == digest_of(asked.cluster, 2)


def test_what_the_network_answers_is_carried_from_the_dataflow():
    dataflow = msgspec.structs.replace(line(fold()), extensions={"levada-example": {"note": 1}})
    finished = made(dataflow)
    carried = ("name", "input", "output", "labels", "golden_count", "extensions")
    assert all(getattr(finished, name) == getattr(dataflow, name) for name in carried)


# --------------------------------------------------------------------------------------- streams and cuts


def test_streams_have_the_lanes_of_both_ends():
    finished = made(line(fold(pe=2), fold(pe=4)))
    inner = next(each for each in finished.streams if each.name == "a->b")
    assert (inner.source_lanes, inner.sink_lanes, inner.beats) == (2, 4, 64)


def test_a_stream_from_outside_is_as_wide_as_its_sink():
    finished = made(line(fold(pe=4)))
    assert [(each.source_lanes, each.sink_lanes, each.beats) for each in finished.streams] == [(4, 4, 32), (4, 4, 32)]


def test_a_stream_that_joins_nothing_has_one_lane():
    dataflow = line(fold())
    through = stream(None, None, source_lanes=Lanes.ONE, sink_lanes=Lanes.ONE)
    finished = made(msgspec.structs.replace(dataflow, streams=(*dataflow.streams, through)))
    assert finished.streams[-1].source_lanes == 1


def test_one_card_has_no_cuts():
    assert chain(1).cuts == ()


def test_a_cut_says_what_crosses_where():
    (cut,) = chain(2, fold(pe=8), fold()).cuts
    assert (cut.stream, cut.source_segment, cut.sink_segment, cut.source_card, cut.sink_card) == ("a->b", 0, 1, 1, 2)


def test_a_cut_counts_payload_stream_and_wire():
    (cut,) = chain(2, fold(pe=8), fold(), bits=5).cuts
    assert (cut.payload_bytes, cut.stream_bytes, cut.wire_bytes, cut.packets) == (80, 80, VNX.wire_bytes(80), 1)


def test_a_cuts_rate_is_that_of_the_plan():
    finished = chain(2)
    (cut,) = finished.cuts
    assert cut.gbps == pytest.approx(cut.wire_bytes * 8 * finished.performance.images_per_s / 1e9)


def test_cuts_come_in_the_order_of_the_route():
    skip = network(dict.fromkeys("abc", fold()), stream("a", "c", shape=(1, 1, 8)), stream("a", "b"), stream("b", "c"))
    finished = made(skip, cards=3)
    assert [(cut.source_segment, cut.sink_segment) for cut in finished.cuts] == [(0, 1), (0, 2), (1, 2)]


# -------------------------------------------------------------------------------------------- utilisation


def test_utilisation_has_a_row_for_each_card_and_slr():
    rows = [(use.card, use.slr) for use in chain(2).utilisation]
    assert rows == [(1, None), (1, 0), (1, 1), (2, None), (2, 0), (2, 1)]


def test_a_card_uses_its_layers_and_its_overhead():
    finished = made(line(fold(lut=100), fold(lut=30)), cards=2, network_lut=7)
    assert [use.used.lut for use in finished.utilisation if use.slr is None] == [107, 37]


def test_the_slrs_of_a_card_add_up_to_it():
    finished = chain(3)
    for card in finished.cards:
        slrs = [use.used.lut for use in finished.utilisation if use.card == card.index and use.slr is not None]
        whole = next(use.used.lut for use in finished.utilisation if use.card == card.index and use.slr is None)
        assert sum(slrs) == whole


def test_rows_of_slrs_have_the_limits_of_slrs():
    limits = msgspec.structs.replace(settings().slr_limits, lut=0.9)
    finished = made(line(fold()), settings=settings(slr_limits=limits))
    assert [use.limit.lut for use in finished.utilisation] == [1.0, 0.9, 0.9]


def test_what_nobody_knows_is_unknown_in_the_sum():
    finished = made(line(fold(ff=None), fold(ff=5)))
    assert finished.utilisation[0].used.ff is None


# --------------------------------------------------------------------------------------- rate and latency


def test_the_slowest_layer_sets_the_rate():
    speed = made(line(fold(cycles=100), fold(cycles=400))).performance
    assert (speed.cycles, speed.images_per_s, speed.limited_by) == (400, 250_000.0, "b")


def test_a_slow_line_sets_the_rate_instead():
    asked = question(line(fold(cycles=10), fold(cycles=10)), cards=2)
    slow = msgspec.structs.replace(asked, network=msgspec.structs.replace(FREE_NETWORK, line_gbps=0.001))
    speed = assemble(slow, plan(slow, (2,), Ilp())).performance
    assert (speed.cycles, speed.limited_by) == (10, "a->b")
    assert speed.images_per_s == pytest.approx(0.001e9 / (8 * VNX.wire_bytes(128)))


def test_latency_on_one_card_is_that_of_the_slowest_path():
    pairs = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    foldings = {name: fold(cycles=n) for name, n in zip("abcd", (100, 700, 200, 50), strict=True)}
    speed = made(network(foldings, *(stream(*pair) for pair in pairs))).performance
    assert speed.latency_ms == pytest.approx((100 + 700 + 50) / 100e6 * 1e3)


def test_every_cut_on_the_path_adds_a_hop_and_its_bytes():
    one, two = chain(1, fold(), fold()).performance, chain(2, fold(), fold()).performance
    hop_ms = VNX.hop_latency_us / 1e3 + VNX.wire_bytes(128) * 8 / 100e9 * 1e3
    assert two.latency_ms - one.latency_ms == pytest.approx(hop_ms)


def test_the_basis_and_limits_of_the_plan_are_the_users():
    finished = made(line(fold()), settings=settings(basis="device", clock_mhz=150.0))
    assert (finished.basis, finished.clock_mhz, finished.limits) == ("device", 150.0, settings().limits)


def test_external_bytes_are_kept_with_the_layer():
    assert made(line(fold())).layers[0].external_bytes == 0


def test_boards_of_one_plan_may_differ():
    asked = question(line(fold(lut=900), fold(lut=100)), cards=2)
    mixed = msgspec.structs.replace(asked, boards=(toy(slrs=1), toy(slrs=3)))
    finished = assemble(mixed, plan(mixed, (2,), Ilp()))
    assert [len(card.capacity) for card in finished.cards] == [1, 3]
    assert finished.cards[0].capacity == (Resources(lut=1000, ff=1000, bram18=100, uram=100, dsp=100),)


def test_utilisation_counts_converters_with_their_sink():
    finished = chain(2, fold(lut=100, pe=8), fold(lut=100, pe=1))
    converters = [each.resources.lut for each in finished.streams if each.sink == "b"]
    (row,) = (use for use in finished.utilisation if (use.card, use.slr) == (2, None))
    assert row.used.lut == finished.layers[1].resources.lut + sum(converters) > finished.layers[1].resources.lut


def test_a_plan_says_why_fewer_cards_do_not_do():
    asked = question(line(fold(lut=800), fold(lut=800)), cards=2, board=toy(slrs=1))
    finished = assemble(asked, plan(asked, (1, 2), Ilp()))
    assert [reason[:32] for reason in finished.proof.ruled_out] == ["1 card: the design does not fit:"]


def test_the_plan_says_what_it_was_to_keep_to():
    asked = made(line(fold()), settings=settings(streams_per_cut=3, weight_stream_bits=64, fps=10.0)).asked
    assert (asked.streams_per_cut, asked.weight_stream_bits, asked.images_per_s) == (3, 64, 10.0)
