# SPDX-License-Identifier: Apache-2.0
"""The judge passes a sound plan and refuses one fault at a time, each by the rule that it breaks."""

import ast
import inspect
from pathlib import Path

import msgspec
import pytest
from partition_questions import question, small_cluster
from partition_toys import FREE_NETWORK, fold, network, stream

from levada.core.errors import InternalFault
from levada.core.manifests import Anchor, Objective, Segment
from levada.core.resources import Fractions, Resources
from levada.partition import judge as judging
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.judge import RULES, judge
from levada.partition.planning import plan
from levada.partition.rules import cards, case, figures, layers, memories, outlook, places, streams
from levada.partition.rules.streams import packets
from levada.partition.stage import demand, ground_of

HEAVY = fold(lut=600, cycles=200, pe=4, weights=(512, 36))
replace = msgspec.structs.replace


def asked():
    """Ask about five layers on two cards: a branch, a join, and a stream that cannot be cut."""
    foldings = {"a": HEAVY, "b": fold(lut=500), "c": fold(lut=300), "d": HEAVY, "e": fold(lut=100)}
    pairs = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")]
    streams = [stream(*pair) for pair in pairs]
    return question(network(foldings, *streams, stream("d", "e", cuttable=False)), cards=2, network_lut=20)


@pytest.fixture(scope="module")
def question_asked():
    return asked()


@pytest.fixture(scope="module")
def sound(question_asked):
    return assemble(question_asked, plan(question_asked, (2,), Ilp()))


@pytest.fixture
def broken(question_asked):
    """Return a function from a plan to the rules that the judge says it breaks, with the details."""

    def rules(finished, dataflow=None, **ground):
        verdict = judge(finished, dataflow or question_asked.dataflow, replace(ground_of(question_asked), **ground))
        return {check.rule: check.detail for check in verdict.checks if not check.passed}

    return rules


def with_layer(finished, name, /, **fields):
    """Return a plan with one layer changed."""
    return replace(
        finished, layers=tuple(replace(each, **fields) if each.name == name else each for each in finished.layers)
    )


def with_stream(finished, name, /, **fields):
    return replace(finished, streams=tuple(replace(s, **fields) if s.name == name else s for s in finished.streams))


def with_cut(finished, **fields):
    return replace(finished, cuts=(replace(finished.cuts[0], **fields), *finished.cuts[1:]))


def with_row(finished, number, **fields):
    rows = list(finished.utilisation)
    rows[number] = replace(rows[number], **fields)
    return replace(finished, utilisation=tuple(rows))


def test_a_sound_plan_breaks_no_rule(sound, broken):
    assert broken(sound) == {}


def test_every_rule_is_spoken_to(sound, question_asked):
    verdict = judge(sound, question_asked.dataflow, ground_of(question_asked))
    assert ([check.rule for check in verdict.checks], verdict.passed) == (list(RULES), True)


# ------------------------------------------------------------------------------------------ where it lies


def test_a_layer_that_is_not_placed_is_missed(sound, broken):
    found = broken(replace(sound, layers=sound.layers[1:]))
    assert "layer 'a' is placed 0 times" in found["every layer is placed once"]


def test_a_layer_that_is_placed_twice_is_noticed(sound, broken):
    found = broken(replace(sound, layers=(*sound.layers, sound.layers[0])))
    assert "layer 'a' is placed 2 times" in found["every layer is placed once"]


def test_a_layer_of_another_network_is_noticed(sound, broken):
    found = broken(with_layer(sound, "e", name="z"))
    assert "layer 'z' is not in the dataflow" in found["every layer is placed once"]


def test_a_layer_that_changed_its_operation_is_noticed(sound, broken):
    found = broken(with_layer(sound, "e", op="Other"))
    assert "layer 'e' is called a Other 'e'" in found["every layer is placed once"]


def test_a_folding_that_the_layer_has_not_is_refused(sound, broken):
    found = broken(with_layer(sound, "e", folding=fold(lut=1)))
    assert "layer 'e' has a folding that its layer does not offer" in found["foldings and stores are the layers' own"]


@pytest.mark.parametrize(("layer", "store"), [("a", "none"), ("e", "bram")])
def test_a_store_goes_with_weights(sound, broken, layer, store):
    found = broken(with_layer(sound, layer, store=store))
    assert f"layer '{layer}' has store '{store}'" in found["foldings and stores are the layers' own"]


def test_a_layer_costs_no_less_than_its_folding(sound, broken):
    found = broken(with_layer(sound, "a", resources=Resources(lut=599)))
    assert "layer 'a' counts Resources(lut=599" in found["foldings and stores are the layers' own"]


def test_an_unknown_of_the_folding_stays_unknown(sound, broken, question_asked):
    blind = replace(sound.layers[4].folding, resources=Resources(lut=None))
    layers = tuple(
        replace(each, foldings=(blind,)) if each.name == "e" else each for each in question_asked.dataflow.layers
    )
    found = broken(with_layer(sound, "e", folding=blind), dataflow=replace(question_asked.dataflow, layers=layers))
    assert "its folding and store take Resources(lut=None" in found["foldings and stores are the layers' own"]


def test_a_layer_beyond_the_route_is_refused(sound, broken):
    assert "lies in segment 5 of 2" in broken(with_layer(sound, "e", segment=5))["places lie on the route"]


def test_a_layer_on_another_card_than_its_segments_is_refused(sound, broken):
    assert "which segment 1 does not visit" in broken(with_layer(sound, "e", card=1))["places lie on the route"]


def test_a_layer_in_an_slr_that_is_not_visited_is_refused(sound, broken):
    assert "lies on card 2, SLR 7" in broken(with_layer(sound, "e", slr=7))["places lie on the route"]


def test_a_stream_that_runs_back_is_refused(sound, broken):
    moved = with_layer(with_layer(sound, "a", segment=1, card=2, slr=1), "b", segment=0, card=1, slr=0)
    assert "stream 'a->b' runs back from segment 1 to 0" in broken(moved)["streams run forward"]


def test_a_layer_behind_its_predecessors_in_the_walk_is_refused(sound, broken):
    """Segment 0 walks SLRs 0, 1."""
    first = [layer for layer in sound.layers if layer.segment == 0]
    assert len(first) >= 2
    moved = with_layer(with_layer(sound, first[0].name, slr=1), first[1].name, slr=0)
    found = broken(moved)["layers follow their segment's SLRs"]
    assert f"layer '{first[1].name}' lies in SLR 0, which the walk (0, 1) has passed" in found


def test_a_walk_that_comes_back_may_be_used_twice(sound, broken):
    there_and_back = replace(sound.route, segments=(Segment(card=1, slrs=(0, 1, 0)), *sound.route.segments[1:]))
    first = [layer.name for layer in sound.layers if layer.segment == 0]
    moved = with_layer(with_layer(sound, first[0], slr=1), first[1], slr=0)
    assert "layers follow their segment's SLRs" not in broken(replace(moved, route=there_and_back))


def test_a_stream_that_cannot_be_cut_is_not(sound, broken):
    segment = next(layer.segment for layer in sound.layers if layer.name == "e")
    moved = with_layer(sound, "d", segment=1 - segment, card=2 - segment)
    assert "stream 'd->e' cannot be cut" in broken(moved)["parts are joined by streams that can be cut"]


def test_parts_of_one_card_are_not_joined(sound, broken):
    loop = replace(sound.route, segments=(*sound.route.segments, Segment(card=1, slrs=(1, 0))), egress=2)
    moved = replace(with_layer(with_layer(sound, "c", segment=2, card=1), "d", segment=2, card=1), route=loop)
    found = broken(with_layer(moved, "e", segment=2, card=1))
    assert "stream 'a->c' joins two parts of card 1" in found["parts are joined by streams that can be cut"]


def test_the_input_lies_where_images_enter(sound, broken):
    found = broken(replace(sound, route=replace(sound.route, ingress=1)))
    assert (
        "the input's layer 'a' lies in segment 0, not in 1"
        in found["input, output and external weights lie where the route says"]
    )


def test_the_output_lies_where_answers_leave(sound, broken):
    found = broken(replace(sound, route=replace(sound.route, egress=0)))
    assert (
        "the output's layer 'e' lies in segment 1, not in 0"
        in found["input, output and external weights lie where the route says"]
    )


def test_anchors_of_the_topology_are_kept(sound, broken):
    moved = replace(sound.route, anchors=(Anchor(role="output", segment=0),))
    found = broken(replace(sound, route=moved))
    assert (
        "the output's layer 'e' lies in segment 1, not in 0"
        in found["input, output and external weights lie where the route says"]
    )


def test_weights_from_outside_lie_where_they_enter(sound, broken):
    found = broken(with_layer(sound, "a", external_bytes=4))
    assert (
        "the external's layer 'a' lies in segment 0, not in 1"
        in found["input, output and external weights lie where the route says"]
    )


# --------------------------------------------------------------------------------------- cards and limits


def test_every_card_holds_a_layer(sound, broken):
    third = replace(sound.cards[1], index=3, name="u280-3", host="fpga3")
    found = broken(replace(sound, cards=(*sound.cards, third)), cluster=small_cluster(3))
    assert "card 3 'u280-3' holds no layer" in found["every card is the cluster's and holds a layer"]


@pytest.mark.parametrize("field", ["name", "host", "board", "driver"])
def test_cards_are_as_the_cluster_says(sound, broken, field):
    cards = (replace(sound.cards[0], **{field: "other"}), sound.cards[1])
    assert (
        "is not as the cluster says"
        in broken(replace(sound, cards=cards))["every card is the cluster's and holds a layer"]
    )


def test_cards_are_numbered_in_order(sound, broken):
    cards = (sound.cards[1], sound.cards[0])
    found = broken(replace(sound, cards=cards))["every card is the cluster's and holds a layer"]
    assert "card 2 'u280-2' is not card 1 of the cluster" in found


def test_the_cluster_has_the_cards(sound, broken):
    found = broken(sound, cluster=small_cluster(1))
    assert "is not card 2 of the cluster" in found["every card is the cluster's and holds a layer"]


def test_the_route_visits_cards_that_are_there(sound, broken):
    segments = (*sound.route.segments, Segment(card=9, slrs=(0,)))
    found = broken(replace(sound, route=replace(sound.route, segments=segments)))
    assert "the route visits card 9, which is not there" in found["the route is the topology's"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"cluster": "other"}, "for cluster 'other'"),
        ({"cluster_digest": "0" * 64}, "digest"),
        ({"network": "x"}, "network is 'x'"),
    ],
)
def test_the_cluster_is_the_plans(sound, broken, fields, word):
    assert word in broken(replace(sound, **fields))["the cluster is the plan's"]


def test_what_is_used_is_added_up_again(sound, broken):
    used = replace(sound.utilisation[0].used, lut=sound.utilisation[0].used.lut - 1)
    assert "card 1 is said to use" in broken(with_row(sound, 0, used=used))["every limit is kept"]


def test_what_is_used_of_an_slr_is_added_up_again(sound, broken):
    used = replace(sound.utilisation[1].used, lut=sound.utilisation[1].used.lut - 1)
    assert "SLR 0 of card 1 is said to use" in broken(with_row(sound, 1, used=used))["every limit is kept"]


def test_capacity_is_that_of_the_card(sound, broken):
    larger = replace(sound.utilisation[0].capacity, lut=9999)
    assert "card 1 is said to hold" in broken(with_row(sound, 0, capacity=larger))["every limit is kept"]


def test_limits_of_cards_are_the_plans(sound, broken):
    found = broken(with_row(sound, 0, limit=Fractions(lut=0.9)))
    assert "card 1 has other limits than the plan" in found["every limit is kept"]


def test_a_card_over_its_limit_is_refused(sound, broken):
    tight = replace(sound.limits, lut=0.1)
    rows = tuple(replace(row, limit=tight) if row.slr is None else row for row in sound.utilisation)
    found = broken(replace(sound, limits=tight, utilisation=rows))
    assert "lut of 2000, over its limit of 10%" in found["every limit is kept"]


def test_an_slr_over_its_limit_is_refused(sound, broken):
    found = broken(with_row(sound, 1, limit=Fractions(lut=0.1)))
    assert "SLR 0 of card 1 uses" in found["every limit is kept"]


def test_every_card_and_slr_has_a_row(sound, broken):
    found = broken(replace(sound, utilisation=sound.utilisation[1:]))
    assert "card 1 has 0 rows of utilisation" in found["every limit is kept"]


def test_the_network_is_charged_to_every_card(sound, broken):
    dear = replace(FREE_NETWORK, overhead=Resources(lut=21))
    assert "card 1 counts" in broken(sound, network=dear)["capacity and overhead are the boards'"]


# --------------------------------------------------------------------------------------- streams and cuts


def test_every_stream_is_planned(sound, broken):
    found = broken(replace(sound, streams=sound.streams[1:]))
    assert "the plan's streams are not those of the dataflow, in order" in found["streams and beats are the dataflow's"]


@pytest.mark.parametrize(
    ("field", "value"), [("source", "b"), ("sink", "c"), ("tensor", "t"), ("datatype", "INT4"), ("element_bits", 9)]
)
def test_streams_are_the_dataflows(sound, broken, field, value):
    found = broken(with_stream(sound, "a->b", **{field: value}))
    assert f"stream 'a->b' has another {field} than the dataflow's" in found["streams and beats are the dataflow's"]


@pytest.mark.parametrize(("field", "end"), [("source_lanes", "a"), ("sink_lanes", "b")])
def test_lanes_are_those_of_the_folding(sound, broken, field, end):
    found = broken(with_stream(sound, "a->b", **{field: 8}))
    assert f"stream 'a->b' passes 8 elements a beat at '{end}'" in found["streams and beats are the dataflow's"]


def test_beats_are_counted_again(sound, broken):
    found = broken(with_stream(sound, "a->b", beats=31))
    assert "stream 'a->b' has 31 beats of 4 for 128 elements" in found["streams and beats are the dataflow's"]


def test_rigid_streams_have_the_same_lanes_at_both_ends(sound, broken, question_asked):
    dataflow = question_asked.dataflow
    streams = tuple(replace(s, rigid=s.name == "a->b") for s in dataflow.streams)
    found = broken(sound, dataflow=replace(dataflow, streams=streams))
    assert "stream 'a->b' is rigid, but has 4 lanes at its source, 1" in found["streams and beats are the dataflow's"]


def test_a_stream_that_leaves_its_card_is_a_cut(sound, broken):
    found = broken(replace(sound, cuts=sound.cuts[1:]))
    assert (
        f"stream '{sound.cuts[0].stream}' leaves its card but is no cut"
        in found["cuts are complete and their bytes right"]
    )


def test_a_cut_is_named_once(sound, broken):
    found = broken(replace(sound, cuts=(*sound.cuts, sound.cuts[0])))
    assert "is named 2 times" in found["cuts are complete and their bytes right"]


def test_a_stream_that_stays_is_no_cut(sound, broken):
    found = broken(with_cut(sound, stream="d->e"))
    assert "cut 'd->e' does not leave its card" in found["cuts are complete and their bytes right"]


@pytest.mark.parametrize("field", ["source_segment", "sink_segment", "source_card", "sink_card"])
def test_a_cut_joins_what_its_layers_lie_on(sound, broken, field):
    found = broken(with_cut(sound, **{field: 7}))
    assert (
        "does not join the segments and cards that its layers lie on"
        in found["cuts are complete and their bytes right"]
    )


@pytest.mark.parametrize("field", ["payload_bytes", "stream_bytes", "wire_bytes", "packets"])
def test_bytes_and_packets_are_counted_again(sound, broken, field):
    found = broken(with_cut(sound, **{field: getattr(sound.cuts[0], field) + 1}))
    assert "payload, stream, wire bytes and packets are" in found["cuts are complete and their bytes right"]


def test_the_rate_of_a_cut_is_counted_again(sound, broken):
    found = broken(with_cut(sound, gbps=sound.cuts[0].gbps * 1.1))
    assert "Gb/s, the plan says" in found["cuts are complete and their bytes right"]


@pytest.mark.parametrize("stream_bytes", [0, 1, 31, 32, 1375, 1376, 1377, 2752, 100_000])
def test_the_judges_packets_are_the_networks(stream_bytes):
    sizes = packets(stream_bytes, FREE_NETWORK)
    assert sum(size + FREE_NETWORK.wire_overhead_bytes for size in sizes) == FREE_NETWORK.wire_bytes(stream_bytes)
    assert len(sizes) == FREE_NETWORK.packets(stream_bytes)


# ------------------------------------------------------------------------------------------------ figures


def test_more_streams_than_the_network_has_are_refused(sound, broken):
    narrow = replace(FREE_NETWORK, overhead=Resources(lut=20), max_streams=0)
    found = broken(sound, network=narrow)
    assert "streams enter and leave card 1, 0 can" in found["the network carries them"]


def test_a_line_that_is_too_slow_is_refused(sound, broken):
    slow = replace(FREE_NETWORK, overhead=Resources(lut=20), line_gbps=0.001)
    assert "Gb/s leave card 1, the line carries 0.001" in broken(sound, network=slow)["the network carries them"]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"cycles": 100}, "the slowest layer takes 200 cycles, the plan says 100"),
        ({"images_per_s": 1e6}, "layers allow 500000.0 images/s"),
        ({"limited_by": "b"}, "limited by 'b', which is not the slowest"),
    ],
)
def test_rate_and_bottleneck_are_found_again(sound, broken, fields, word):
    found = broken(replace(sound, performance=replace(sound.performance, **fields)))
    assert word in found["rate and bottleneck are right"]


def with_objective(finished, name, /, **fields):
    changed = tuple(replace(o, **fields) if o.name == name else o for o in finished.proof.objectives)
    return replace(finished, proof=replace(finished.proof, objectives=changed))


@pytest.mark.parametrize(
    ("name", "fields", "word"),
    [
        ("cycles", {"value": 100.0}, "objective 'cycles' came to 100.0, under its bound 200"),
        ("network_bytes", {"value": 1e9, "bound": 1e9}, "network bytes, the cuts carry"),
        ("largest_utilisation", {"value": 0.1, "bound": 0.1}, "utilisation of 0.1, a card has"),
        ("slr_crossings", {"bound": 0.0}, "the proof is called optimal"),
    ],
)
def test_a_proof_of_something_else_is_refused(sound, broken, name, fields, word):
    assert word in broken(with_objective(sound, name, **fields))["the proof speaks of this plan"]


def test_a_proof_that_understates_itself_is_refused_too(sound, broken):
    found = broken(replace(sound, proof=replace(sound.proof, status="feasible")))
    assert "the proof is called feasible" in found["the proof speaks of this plan"]


def test_a_gap_that_is_not_there_is_refused(sound, broken):
    found = broken(replace(sound, proof=replace(sound.proof, gap=0.5)))
    assert "a gap of 0.5, its bounds leave 0" in found["the proof speaks of this plan"]


def test_an_honest_gap_is_accepted(sound, broken):
    objectives = (*sound.proof.objectives, Objective(name="other", value=2.0, bound=1.0))
    honest = replace(sound.proof, objectives=objectives, status="feasible", gap=0.5)
    assert broken(replace(sound, proof=honest)) == {}


# ------------------------------------------------------------------------------------------ the judge itself


def test_a_refused_plan_is_a_fault_of_ours(sound, question_asked):
    verdict = judge(replace(sound, network="x"), question_asked.dataflow, ground_of(question_asked))
    with pytest.raises(InternalFault, match=r"judge refuses the plan \(the cluster is the plan's: .* please report it"):
        demand(verdict)


JUDGES = [judging, cards, case, figures, layers, memories, outlook, places, streams]


@pytest.mark.parametrize("module", JUDGES, ids=lambda module: module.__name__)
def test_the_judge_shares_no_code_with_what_it_judges(module):
    tree = ast.parse(inspect.getsource(module))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    shared = [name for name in modules if name.startswith("levada.partition")]
    assert all(name.startswith("levada.partition.rules") for name in shared)


@pytest.mark.parametrize("module", JUDGES, ids=lambda module: module.__name__)
def test_the_judge_does_not_ask_the_network_model_to_count(module):
    tree = ast.parse(inspect.getsource(module))
    called = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & {"wire_bytes", "packets", "packetisation", "padded"}


def test_every_module_of_rules_is_held_to_that():
    assert {Path(module.__file__).name for module in JUDGES} == {
        "judge.py",
        *(file.name for file in Path(case.__file__).parent.glob("[!_]*.py")),
    }


def test_converters_and_fifos_are_counted_again(sound, broken):
    name = sound.streams[1].name
    found = broken(with_stream(sound, name, resources=Resources(lut=1)))
    assert f"stream {name!r} counts" in found["streams and beats are the dataflow's"]


def test_slr_crossings_are_counted_again(sound, broken):
    objectives = tuple(
        replace(each, value=each.value + 1, bound=each.bound + 1) if each.name == "slr_crossings" else each
        for each in sound.proof.objectives
    )
    found = broken(replace(sound, proof=replace(sound.proof, objectives=objectives)))
    assert "SLR crossings, the streams cross" in found["SLR crossings are as many as the proof says"]


def test_crossings_are_not_counted_where_boards_are_unknown(sound, broken, question_asked):
    found = broken(sound, boards=question_asked.boards[:1])
    assert "no board is known" in found["SLR crossings are as many as the proof says"]
