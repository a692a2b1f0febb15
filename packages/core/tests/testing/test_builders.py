# SPDX-License-Identifier: Apache-2.0
"""The builders' manifests are sound, agree with each other, and can be changed field by field."""

import hashlib

import msgspec
import pytest

from levada.core import testing
from levada.core.artefact import encode
from levada.core.clusters import check, digest_of
from levada.core.datatypes import datatype
from levada.core.manifests import KINDS, kind_of
from levada.core.networks import VNX
from levada.core.resources import NAMES, total
from levada.core.testing.dataflows import EDGES, IMAGES, elements, golden
from levada.core.testing.plans import stream_bytes

ALL = [testing.model, testing.images, testing.dataflow, testing.plan, testing.deployment, testing.build, testing.run]
SHAPES = [(1, "chain"), (1, "loop"), (2, "chain"), (2, "loop"), (3, "chain"), (3, "loop")]


@pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
def test_every_manifest_can_be_written_and_read(build):
    assert msgspec.json.decode(encode(build()), type=type(build())) == build()


@pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
def test_any_field_can_be_given(build):
    assert build(extensions={"mine": 1}).extensions == {"mine": 1}


@pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
def test_a_field_that_is_not_there_is_refused(build):
    with pytest.raises(TypeError, match="colour"):
        build(colour="green")


def test_there_is_a_builder_for_every_kind():
    assert [kind_of(build()) for build in ALL] == [kind_of(kind) for kind in KINDS]


# ------------------------------------------------------------------------------------------------- dataflow


def test_layers_are_in_topological_order():
    order = [layer.name for layer in testing.dataflow().layers]
    inner = [stream for stream in testing.dataflow().streams if stream.source and stream.sink]
    assert all(order.index(stream.source) < order.index(stream.sink) for stream in inner)


def test_the_network_branches_and_joins():
    streams = testing.dataflow().streams
    assert [s.sink for s in streams if s.source == "DuplicateStreams_0"] == ["MVAU_1", "AddStreams_0"]
    assert [s.source for s in streams if s.sink == "AddStreams_0"] == ["DuplicateStreams_0", "MVAU_1"]


def test_one_stream_enters_and_one_leaves():
    streams = testing.dataflow().streams
    assert [s.name for s in streams if s.source is None] == ["input->MVAU_0"]
    assert [s.name for s in streams if s.sink is None] == ["LabelSelect_0->output"]


def test_names_of_streams_and_tensors_are_unique():
    streams = testing.dataflow().streams
    assert len({s.name for s in streams}) == len({s.tensor for s in streams}) == len(streams)


def test_input_and_output_are_the_tensors_of_the_outer_streams():
    source = testing.dataflow()
    assert source.streams[0].tensor == source.input.name
    assert source.streams[-1].tensor == source.output.name


def test_payload_bits_are_elements_times_bits():
    for stream in testing.dataflow().streams:
        assert stream.payload_bits == elements(stream.shape) * datatype(stream.datatype).bits


def test_weights_fill_their_memory_in_every_folding():
    for layer in testing.dataflow().layers:
        for folding in layer.foldings:
            bits = folding.weights.words * folding.weights.bits if folding.weights else 0
            assert bits == layer.weight_bits


def test_more_lanes_take_less_time():
    foldings = testing.layer("MVAU_1").foldings
    assert all(folding.cycles * folding.pe * folding.simd == foldings[0].cycles for folding in foldings)


def test_golden_tensors_fit_their_data_types():
    for number, (_, _, shape, name) in enumerate(EDGES):
        kind = datatype(name)
        content = golden(number, 0)
        assert len(content) == elements(shape) * kind.canonical_bytes
        assert content[0] <= kind.maximum


def test_digests_are_those_of_the_golden_tensors():
    for number, stream in enumerate(testing.dataflow().streams):
        content = b"".join(golden(number, image) for image in range(IMAGES))
        assert stream.sha256 == hashlib.sha256(content).hexdigest()


def test_golden_answers_are_classes_each_once():
    answers = golden(len(EDGES) - 1, 0)
    assert len(set(answers)) == 5
    assert max(answers) < len(testing.dataflow().labels)


def test_a_layer_of_any_name_can_be_had():
    assert testing.layer("AddStreams_0").op == "AddStreams"
    assert testing.layer("AddStreams_0").weight_bits == 0


def test_a_stream_can_be_changed():
    assert testing.stream(cuttable=False).cuttable is False


def test_a_stream_that_is_not_there_is_refused():
    with pytest.raises(StopIteration):
        testing.stream("MVAU_0", "MVAU_2")


# ----------------------------------------------------------------------------------------------------- plan


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_every_card_of_a_plan_holds_a_layer(cards, topology):
    assert {layer.card for layer in testing.plan(cards, topology).layers} == set(range(1, cards + 1))


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_streams_run_forward_along_the_route(cards, topology):
    plan = testing.plan(cards, topology)
    place = {layer.name: layer.segment for layer in plan.layers}
    assert all(place[s.source] <= place[s.sink] for s in plan.streams if s.source and s.sink)


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_cuts_are_the_streams_between_segments(cards, topology):
    plan = testing.plan(cards, topology)
    place = {layer.name: layer.segment for layer in plan.layers}
    crossing = [s.name for s in plan.streams if s.source and s.sink and place[s.source] != place[s.sink]]
    assert [cut.stream for cut in plan.cuts] == crossing


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_no_cut_stays_on_its_card(cards, topology):
    assert all(cut.source_card != cut.sink_card for cut in testing.plan(cards, topology).cuts)


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_cuts_weigh_what_the_network_says(cards, topology):
    for cut in testing.plan(cards, topology).cuts:
        assert (cut.wire_bytes, cut.packets) == (VNX.wire_bytes(cut.stream_bytes), VNX.packets(cut.stream_bytes))
        assert cut.payload_bytes <= cut.stream_bytes


def test_beats_carry_every_element():
    for stream in testing.plan().streams:
        assert stream.beats * stream.source_lanes == elements(stream.shape)
        assert stream_bytes(stream) * 8 >= elements(stream.shape) * stream.element_bits


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_a_plan_is_within_its_limits(cards, topology):
    for use in testing.plan(cards, topology).utilisation:
        for name in NAMES:
            used, capacity = use.used.get(name), use.capacity.get(name)
            assert used is None or used <= use.limit.get(name) * capacity


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_a_cards_use_is_the_sum_of_its_slrs(cards, topology):
    plan = testing.plan(cards, topology)
    for card in plan.cards:
        whole = next(use.used for use in plan.utilisation if use.card == card.index and use.slr is None)
        assert whole == total(use.used for use in plan.utilisation if use.card == card.index and use.slr is not None)


def test_one_card_pays_for_no_network():
    (alone,) = testing.plan(1).cards
    assert total(alone.overhead).lut < VNX.overhead.lut


@pytest.mark.parametrize("cards", [1, 2, 3])
def test_a_plan_knows_its_cluster(cards):
    plan = testing.plan(cards)
    assert (plan.cluster, plan.cluster_digest) == (f"u280x{cards}", digest_of(testing.cluster(cards), cards))


def test_a_plan_is_as_fast_as_its_slowest_layer():
    plan = testing.plan()
    slowest = max(plan.layers, key=lambda layer: layer.folding.cycles)
    assert (plan.performance.cycles, plan.performance.limited_by) == (slowest.folding.cycles, slowest.name)
    assert plan.performance.images_per_s == pytest.approx(plan.clock_mhz * 1e6 / slowest.folding.cycles)


def test_a_loop_ends_where_it_began():
    assert [segment.card for segment in testing.route(3, "loop").segments] == [1, 2, 3, 1]


def test_a_chain_ends_on_its_last_card():
    assert [segment.card for segment in testing.route(3, "chain").segments] == [1, 2, 3]


def test_one_card_is_one_segment_in_any_topology():
    assert [len(testing.route(1, topology).segments) for topology in ("chain", "loop")] == [1, 1]


# ----------------------------------------------------------------------------------------------- deployment


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_every_cut_is_a_hop(cards, topology):
    plan = testing.plan(cards, topology)
    assert [hop.stream for hop in testing.deployment(plan).hops] == [cut.stream for cut in plan.cuts]


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_every_hop_is_a_pair_of_sockets_that_name_each_other(cards, topology):
    deployment = testing.deployment(testing.plan(cards, topology))
    ports = {(card.index, port.name): port for card in deployment.cards for port in card.ports}
    for hop in deployment.hops:
        source, sink = ports[hop.source_card, hop.source_port], ports[hop.sink_card, hop.sink_port]
        ends = [next(s for s in port.sockets if s.index == hop.source_socket) for port in (source, sink)]
        assert (ends[0].their_ip, ends[1].their_ip) == (sink.ip, source.ip)
        assert (ends[0].their_port, ends[1].their_port) == (ends[1].my_port, ends[0].my_port)


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_addresses_are_those_of_the_cluster(cards, topology):
    deployment = testing.deployment(testing.plan(cards, topology))
    found = [port.ip for card in deployment.cards for port in card.ports]
    assert found == [card.ports[0] for card in testing.cluster(cards).cards][: len(found)]


def test_one_card_has_no_port():
    assert testing.deployment(testing.plan(1)).cards[0].ports == ()


def test_macs_are_unique():
    macs = [port.mac for card in testing.deployment(testing.plan(3)).cards for port in card.ports]
    assert len(set(macs)) == 3


def test_a_deployment_enters_and_leaves_where_the_route_does():
    loop, chain = (testing.deployment(testing.plan(3, topology)) for topology in ("loop", "chain"))
    assert (loop.ingress_card, loop.egress_card) == (1, 1)
    assert (chain.ingress_card, chain.egress_card) == (1, 3)


def test_a_verdict_passes_when_every_rule_holds():
    assert testing.deployment().verdict.passed


# -------------------------------------------------------------------------------------------------- the rest


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_a_run_crosses_every_hop_as_predicted(cards, topology):
    deployment = testing.deployment(testing.plan(cards, topology))
    for hop, traffic in zip(deployment.hops, testing.run(deployment).hops, strict=True):
        assert traffic.wire_bytes == traffic.predicted_wire_bytes == IMAGES * hop.wire_bytes
        assert traffic.sha256 == traffic.golden_sha256 is not None


def test_a_run_has_an_agent_for_every_host():
    assert [agent.host for agent in testing.run().agents] == ["fpga1", "fpga2"]


def test_traffic_can_be_changed():
    (hop, *_) = testing.deployment().hops
    assert testing.traffic(hop, 2, sha256=None).sha256 is None


def test_a_build_reaches_what_was_planned():
    assert all(card.planned == card.estimated for card in testing.build().cards)


def test_a_cluster_is_sound():
    for count in (1, 2, 3):
        check(testing.cluster(count), frozenset({"u280"}), "here")


def test_a_cluster_can_be_changed():
    assert testing.cluster(2, network="cable").network == "cable"


def test_a_board_has_as_many_slrs_as_asked_for():
    assert [len(testing.board(slr_count=count).slrs) for count in (1, 2, 4)] == [1, 2, 4]


def test_a_boards_qsfp_lies_on_its_last_slr():
    assert testing.board(slr_count=4).qsfp_slrs == (3,)


# --------------------------------------------------------------------------------------------------- request


@pytest.mark.parametrize(("cards", "topology"), SHAPES)
def test_a_request_offers_every_folding_of_every_layer(cards, topology):
    request = testing.request(cards, topology)
    for layer, options in zip(request.dataflow.layers, request.options, strict=True):
        assert {candidate.folding for candidate in options.candidates} == set(range(len(layer.foldings)))


def test_weights_are_offered_in_bram_and_uram():
    options = next(options for options in testing.request().options if options.layer == "MVAU_2")
    assert {candidate.store for candidate in options.candidates} == {"bram", "uram"}


def test_layers_without_weights_are_offered_once():
    options = next(options for options in testing.request().options if options.layer == "AddStreams_0")
    assert [candidate.store for candidate in options.candidates] == ["none"]


def test_a_request_can_be_changed():
    assert testing.request(max_cycles=100).max_cycles == 100


def test_a_requests_cards_are_those_of_its_route():
    request = testing.request(3, "loop")
    assert {segment.card for segment in request.route.segments} == {budget.index for budget in request.cards}
