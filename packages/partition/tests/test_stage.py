# SPDX-License-Identifier: Apache-2.0
"""`levada partition` end to end: options to plan on disk, and every word for what cannot be."""

import json

import msgspec
import pytest
from partition_toys import fold, line

from levada.core import testing
from levada.core.artefact import load
from levada.core.cli import main
from levada.core.errors import (
    ClusterError,
    InfeasibleError,
    InternalFault,
    NotRegisteredError,
    OptionError,
    UnknownCostError,
)
from levada.core.manifests import Dataflow, LayerAnchor, Memory, Outlook, Plan
from levada.core.runner import Runner
from levada.partition import stage as staging
from levada.partition import wishes
from levada.partition.judge import judge
from levada.partition.stage import Partition, PartitionOptions, ask, ground_of, planned_as

replace = msgspec.structs.replace


@pytest.fixture
def saved_dataflow(tmp_path, small):
    return testing.saved(tmp_path / "dataflow", small)


@pytest.fixture
def planned(tmp_path, registry, saved_dataflow):
    """Return a function from options to the plan's artefact."""

    def run(dataflow=None, **options):
        folder = saved_dataflow.folder
        if dataflow is not None:
            folder = testing.saved(tmp_path / "other", dataflow).folder
        given = PartitionOptions(**{"cluster": "u280x2", "weights": "bram", **options})
        return Runner(registry).run(Partition, [folder], given, tmp_path / "plan", force=True)

    return run


def cards_used(plan):
    return sorted({layer.card for layer in plan.layers})


# ---------------------------------------------------------------------------------------------- end to end


@pytest.mark.parametrize("cards", [1, 2, 3])
@pytest.mark.parametrize("topology", ["loop", "chain"])
@pytest.mark.parametrize("weights", ["bram", "uram"])
def test_every_card_holds_a_layer_in_a_proven_plan(planned, cards, topology, weights):
    plan = planned(cluster="u280x3", cards=str(cards), topology=topology, weights=weights).manifest
    assert (cards_used(plan), plan.proof.status) == (list(range(1, cards + 1)), "optimal")


@pytest.mark.parametrize("weights", ["bram", "uram", "lutram", "external"])
def test_weights_lie_where_asked(planned, weights):
    plan = planned(weights=weights, cards="1").manifest
    assert {layer.store for layer in plan.layers if layer.folding.weights} == {weights}


@pytest.mark.parametrize(("topology", "card"), [("loop", 1), ("chain", 2)])
def test_weights_from_outside_enter_where_the_answers_leave(planned, topology, card):
    plan = planned(weights="bram,MVAU_2=external", topology=topology).manifest
    placed = next(layer for layer in plan.layers if layer.name == "MVAU_2")
    assert (placed.segment, placed.card) == (plan.route.egress, card)


def test_weights_from_outside_everywhere_leave_no_cut(planned):
    with pytest.raises(InfeasibleError, match=r"with weights from outside: MVAU_0, MVAU_1, MVAU_2\), but no cut"):
        planned(weights="external")


def test_external_weights_are_counted_in_bytes(planned):
    plan = planned(weights="bram,MVAU_2=external").manifest
    outside = {layer.name: layer.external_bytes for layer in plan.layers if layer.external_bytes}
    folding = next(layer.folding for layer in plan.layers if layer.name == "MVAU_2")
    assert outside == {"MVAU_2": folding.cycles * -(-folding.weights.bits // 8)}


def test_auto_mixes_stores_as_it_sees_fit(planned):
    plan = planned(weights="auto").manifest
    assert {layer.store for layer in plan.layers} <= {"none", "bram", "uram", "lutram"}


def test_a_plan_is_complete_by_itself(planned, saved_dataflow):
    artefact = planned()
    assert set(artefact.manifest.files) == {*saved_dataflow.manifest.files, "dataflow"}
    assert artefact.payload("dataflow").read_bytes() == saved_dataflow.manifest_path().read_bytes()


def test_a_plan_names_its_source(planned, saved_dataflow):
    assert planned().manifest.sources == {"dataflow": saved_dataflow.digest}


def test_the_same_question_gets_the_same_plan(planned):
    assert planned(weights="auto").digest == planned(weights="auto").digest


def test_a_saved_plan_stands_before_the_judge_again(planned, small, registry):
    plan = load(planned(topology="loop").folder, Plan).manifest
    asked = ask(small, PartitionOptions(cluster="u280x2"), registry)
    assert judge(plan, small, ground_of(asked)).passed


def test_cards_left_to_the_planner_are_the_fewest_that_do(planned):
    assert cards_used(planned(cluster="u280x3", cards="auto").manifest) == [1]


def test_all_cards_of_the_cluster_are_the_default(planned):
    assert cards_used(planned(cluster="u280x3").manifest) == [1, 2, 3]


def test_default_foldings_are_the_default(planned, small):
    chosen = {layer.name: layer.folding for layer in planned().manifest.layers}
    assert all(chosen[layer.name] == layer.foldings[layer.default] for layer in small.layers)


def test_the_fastest_foldings_are_faster(planned):
    assert planned(folding="fastest").manifest.performance.cycles < planned().manifest.performance.cycles


def test_a_demanded_rate_is_reached(planned):
    assert planned(fps=100_000.0).manifest.performance.images_per_s >= 100_000


def test_a_plan_says_what_limits_it_and_looks_at_other_numbers_of_cards(planned):
    told = planned(cluster="u280x2").manifest.outlook
    assert told.limited.startswith("layer ")
    assert (told.next_card.cards, told.copies.copies, told.copies.better) == (3, 2, True)


def test_other_numbers_of_cards_are_left_alone_where_that_is_asked(planned):
    told = planned(no_outlook=True).manifest.outlook
    assert told == Outlook(limited=told.limited)
    assert told.limited


def test_a_row_of_a_table_looks_at_no_other_numbers_of_cards(small, registry):
    options = PartitionOptions(cluster="u280x2", weights="bram")
    assert planned_as(options, small, registry).outlook == Outlook()


def test_a_folding_file_is_followed(planned, tmp_path):
    file = tmp_path / "folding.toml"
    file.write_text("[MVAU_1]\npe = 2\nsimd = 4\n")
    folding = next(layer.folding for layer in planned(folding=str(file)).manifest.layers if layer.name == "MVAU_1")
    assert (folding.pe, folding.simd) == (2, 4)


@pytest.mark.parametrize("basis", ["paper", "device", "finn"])
def test_the_basis_is_named_in_the_plan(planned, registry, basis):
    plan = planned(basis=basis).manifest
    assert (plan.basis, plan.cards[0].capacity) == (basis, registry.board("u280").capacity(basis))


def test_the_clock_sets_the_rate(planned):
    slow, quick = planned(clock=100.0).manifest.performance, planned(clock=300.0).manifest.performance
    assert quick.images_per_s == pytest.approx(3 * slow.images_per_s)


def test_limits_are_those_asked_for(planned):
    plan = planned(limit=("bram=0.5", "dsp=none"), slr_limit=("lut=0.6",)).manifest
    assert (plan.limits.bram18, plan.limits.dsp, plan.utilisation[1].limit.lut) == (0.5, 1.0, 0.6)


def test_flip_flops_that_nobody_knows_are_unknown_in_the_plan(planned):
    """Core's small network knows no flip-flops, as FINN does not."""
    assert all(use.used.ff is None for use in planned().manifest.utilisation if use.slr is None)


def test_costs_for_another_board_are_noted(tmp_path, registry, saved_dataflow):
    said = []
    runner = Runner(registry)
    runner.progress.say = said.append
    other = testing.saved(tmp_path / "other", replace(saved_dataflow.manifest, board="u250"))
    runner.run(Partition, [other.folder], PartitionOptions(cluster="u280x1"), tmp_path / "plan")
    assert any("the costs are those of board 'u250'" in text and "u280" in text for text in said)


@pytest.mark.parametrize("topology", ["loop", "chain"])
@pytest.mark.parametrize("weights", ["bram", "auto"])
def test_anchored_layers_lie_where_asked(planned, topology, weights):
    plan = planned(anchor=("MVAU_1=2:1", "DuplicateStreams_0=1"), topology=topology, weights=weights).manifest
    placed = {layer.name: layer for layer in plan.layers}
    assert (placed["MVAU_1"].card, placed["MVAU_1"].slr, placed["DuplicateStreams_0"].card) == (2, 1, 1)


def test_a_plan_says_where_layers_were_asked_to_lie(planned):
    assert planned(anchor=("MVAU_1=2:1",)).manifest.asked.anchors == (LayerAnchor(layer="MVAU_1", card=2, slr=1),)


def test_an_anchor_settles_the_fewest_cards(planned):
    plan = planned(cluster="u280x3", cards="auto", anchor=("MVAU_1=2",)).manifest
    assert (cards_used(plan), plan.proof.ruled_out[0][:33]) == ([1, 2], "1 card: layer 'MVAU_1' is anchore")


# ------------------------------------------------------------------------------------------ what cannot be


def test_flip_flops_that_nobody_knows_cannot_be_limited(planned):
    with pytest.raises(UnknownCostError, match="nobody estimates its ff .* limited to 50% of each card"):
        planned(limit=("ff=0.5",))


def test_a_layer_whose_luts_nobody_knows_is_named(planned):
    with pytest.raises(UnknownCostError, match="layer 'b': nobody estimates its lut"):
        planned(dataflow=replace(line(fold(), fold(lut=None)), board="u280"))


def test_a_design_that_does_not_fit_says_what_would(planned):
    text = r"would need \d+ bram, \d+ more than the \d+ allowed .* would fit with --limit bram=0\.\d+ \(tried\)"
    with pytest.raises(InfeasibleError, match=text):
        planned(limit=("bram=0.01",))


def test_a_suggested_limit_does(planned):
    with pytest.raises(InfeasibleError) as caught:
        planned(limit=("bram=0.01",))
    suggested = str(caught.value).partition("--limit ")[2].split()[0]
    assert planned(limit=(suggested,)).manifest.limits.bram18 == float(suggested.removeprefix("bram="))


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"cluster": "u280x9"}, ClusterError, "no cluster 'u280x9'"),
        ({"cards": "3"}, ClusterError, "3 cards are asked for, but cluster 'u280x2' has 2"),
        ({"cards": "many"}, OptionError, "--cards 'many'"),
        ({"topology": "ring"}, NotRegisteredError, "no topology 'ring'"),
        ({"weights": "tape"}, NotRegisteredError, "no weight store 'tape'"),
        ({"weights": "bram,MVAU_0=tape"}, NotRegisteredError, "no weight store 'tape'"),
        ({"weights": "bram,nobody=uram"}, OptionError, "no layer 'nobody' in this dataflow; the nearest"),
        ({"partitioner": "oracle"}, NotRegisteredError, "no partitioner 'oracle'"),
        ({"folding": "tiny"}, OptionError, "--folding 'tiny'"),
        ({"fps": 1e3, "folding": "default"}, OptionError, "a rate chooses the foldings itself; give one of the two"),
        ({"fps": 0.0}, OptionError, "--fps 0: expected a number above 0"),
        ({"fps": -5.0}, OptionError, "--fps -5: expected a number above 0"),
        ({"fps": float("nan")}, OptionError, "--fps nan: expected a number above 0"),
        ({"clock": 0.0}, OptionError, "--clock 0: expected a number above 0"),
        ({"clock": float("inf")}, OptionError, "--clock inf: expected a number above 0"),
        ({"time_limit_s": 0.0}, OptionError, "--time-limit-s 0: expected a number above 0"),
        ({"utilisation_step": 1.5}, OptionError, "--utilisation-step 1.5: expected a fraction from 0 to 1"),
        ({"streams_per_cut": 0}, OptionError, "--streams-per-cut 0: expected a number of streams above 0"),
        ({"weight_stream_bits": 0}, OptionError, "--weight-stream-bits 0: expected a number of bits above 0"),
        ({"weight_stream_bits": 1}, InfeasibleError, "no folding with a weight stream of at most 1 bits: the narrowest"),
        ({"limit": ("bram=2",)}, OptionError, "--limit 'bram=2': expected a fraction above 0 and at most 1"),
        ({"slr_limit": ("bram",)}, OptionError, "--slr-limit 'bram': expected NAME=FRACTION"),
        ({"anchor": ("MVAU_1",)}, OptionError, "--anchor 'MVAU_1': expected LAYER=CARD or LAYER=CARD:SLR"),
        ({"anchor": ("nobody=1",)}, OptionError, "--anchor 'nobody=1': no layer 'nobody' in this dataflow"),
        ({"anchor": ("MVAU_1=3",)}, OptionError, "--anchor 'MVAU_1=3': no card 3 in this cluster; its cards are 1 to 2"),
        ({"anchor": ("MVAU_1=2:3",)}, OptionError, "card 2 is a 'u280' without SLR 3; it has 0, 1, 2"),
        ({"anchor": ("MVAU_1=1", "MVAU_1=2")}, OptionError, "layer 'MVAU_1' can be anchored once"),
        ({"anchor": ("MVAU_1=2",), "cards": "1"}, OptionError, "there is no card 2 with --cards 1"),
        ({"fps": 1e9}, InfeasibleError, "takes at least .* cycles, but the rate that is asked for leaves 0 at 200 MHz"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_one_clear_error(planned, options, error, text):
    with pytest.raises(error, match=text):
        planned(**options)


def test_a_plan_that_the_judge_refuses_is_not_saved(planned, monkeypatch, tmp_path):
    wrong = staging.assemble
    monkeypatch.setattr(staging, "assemble", lambda *given: replace(wrong(*given), network="pigeons"))
    with pytest.raises(InternalFault, match="the plan's network is 'pigeons'"):
        planned()
    assert not (tmp_path / "plan").exists()


def test_weight_streams_are_no_wider_than_asked(planned):
    free = planned(folding="fastest").manifest.layers
    widest = max(layer.folding.weights.bits for layer in free if layer.folding.weights)
    bound = planned(folding="fastest", weight_stream_bits=widest - 1).manifest.layers
    assert max(layer.folding.weights.bits for layer in bound if layer.folding.weights) < widest


@pytest.mark.parametrize(("asked", "taken"), [(None, None), (16384, 16384), (99999, 16384)])
def test_no_wider_weight_words_are_asked_for_than_rtl_takes(small, registry, asked, taken):
    options = PartitionOptions(cluster="u280x1", weight_stream_bits=asked)
    assert ask(small, options, registry).settings.weight_stream_bits == taken


def test_a_plug_ins_wider_weight_words_may_be_asked_for(small):
    layer = replace(
        small.layers[0], foldings=(replace(small.layers[0].foldings[0], weights=Memory(words=1, bits=20000)),)
    )
    assert wishes.weight_bits(99999, (layer,)) == 20000


def test_a_rate_frees_the_foldings(small, registry):
    asked = ask(small, PartitionOptions(cluster="u280x1", fps=1e3), registry)
    assert max(len(options.candidates) for options in asked.options) > 1


# -------------------------------------------------------------------------------------------- the command


@pytest.fixture
def command(monkeypatch, tmp_path, saved_dataflow, capsys):
    """Return a function from arguments to (exit code, standard output, standard error) of the command."""
    monkeypatch.setenv("LEVADA_STORE", str(tmp_path / "store"))

    def run(*arguments):
        code = main(["partition", str(saved_dataflow.folder), *arguments, "--out", str(tmp_path / "plan")])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def test_the_command_takes_the_flags_of_its_contract(command, tmp_path):
    code, *_ = command(
        *("--cluster", "u280x3", "--cards", "2", "--topology", "chain", "--weights", "uram", "--folding", "default"),
        *("--clock", "150", "--basis", "device", "--limit", "bram=0.7", "--limit", "lut=0.6"),
    )
    plan = load(tmp_path / "plan", Plan).manifest
    assert (code, len(plan.cards), plan.clock_mhz, plan.basis) == (0, 2, 150.0, "device")
    assert (plan.limits.bram18, plan.limits.lut) == (0.7, 0.6)


@pytest.mark.parametrize(("bits", "noted"), [("99999", True), ("16384", False)])
def test_wider_weight_words_than_there_are_come_with_a_note(command, bits, noted):
    *_, told = command("--cluster", "u280x1", "--weight-stream-bits", bits, "--no-outlook")
    text = " ".join(told.split())
    assert (f"note: --weight-stream-bits {bits} counts as 16384: no layer takes wider words" in text) == noted


def test_the_command_takes_a_rate(command, tmp_path):
    code, *_ = command("--cluster", "u280x1", "--fps", "50000")
    assert (code, load(tmp_path / "plan", Plan).manifest.performance.images_per_s >= 50_000) == (0, True)


def test_the_command_prints_what_limits_the_rate_and_how_copies_compare(command):
    _, shown, said = command("--cluster", "u280x2", "--weights", "bram")
    assert "  what limits it: layer " in shown
    assert "  one card more: " in shown
    assert "  copies would do: 2 copies on 1 card each would reach " in shown
    assert "looking at one card more, and at copies" in said


def test_a_users_mistake_is_one_message_and_exit_code_2(command):
    code, _, error = command("--cluster", "u280x1", "--limit", "brom=0.5")
    assert (code, "--limit 'brom=0.5': expected NAME=FRACTION" in " ".join(error.split())) == (2, True)
    assert "Traceback" not in error


def test_what_does_not_fit_leaves_nothing_behind(command, tmp_path):
    code, _, error = command("--cluster", "u280x1", "--limit", "bram=0.001")
    assert (code, "the design does not fit" in " ".join(error.split())) == (2, True)
    assert not (tmp_path / "plan").exists()


def test_a_dataflow_that_is_none_is_refused(command, saved_dataflow, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    code = main(["partition", str(tmp_path / "empty"), "--cluster", "u280x1", "--out", str(tmp_path / "plan")])
    assert (code, "expected an artefact" in " ".join(capsys.readouterr().err.split())) == (2, True)


def test_the_manifest_on_disk_is_the_plan_that_was_made(planned):
    artefact = planned()
    raw = json.loads(artefact.manifest_path().read_text())
    assert (raw["kind"], len(raw["layers"]), raw["proof"]["status"]) == ("plan/1.0", 6, "optimal")


def test_a_dataflow_is_not_changed_by_planning(planned, saved_dataflow):
    before = saved_dataflow.manifest_path().read_bytes()
    planned()
    assert load(saved_dataflow.folder, Dataflow).digest == saved_dataflow.digest
    assert saved_dataflow.manifest_path().read_bytes() == before
