# SPDX-License-Identifier: Apache-2.0
"""Summaries: the figures that a person looks for, and nothing that the manifest does not say."""

import msgspec
import pytest

from levada.core import testing
from levada.core.manifests import (
    BuiltCard,
    Copies,
    Event,
    Failure,
    FlipRate,
    Manifest,
    Objective,
    Outlook,
    Scaling,
    WeightFeed,
    WeightTraffic,
)
from levada.core.resources import Resources
from levada.core.show import lines


def text(manifest: Manifest) -> str:
    return "\n".join(lines(manifest))


def swapped(things, **fields):
    """Return the things with the first one's fields changed."""
    return (msgspec.structs.replace(things[0], **fields), *things[1:])


@pytest.mark.parametrize(
    "manifest",
    [
        testing.model(),
        testing.images(),
        testing.dataflow(),
        testing.plan(),
        testing.deployment(),
        testing.build(),
        testing.run(),
    ],
    ids=lambda manifest: type(manifest).__name__,
)
def test_every_kind_has_a_summary_that_begins_with_its_name(manifest: Manifest):
    assert lines(manifest)[0].startswith(type(manifest).__name__.lower())


def test_a_model_shows_its_bits_and_its_scores():
    score = msgspec.structs.replace(testing.model().scores[0], value=0.98333, samples=360)
    shown = text(testing.model(scores=(score,)))
    assert "W4A5 (first 8 bit, last 8 bit, residual 5 bit)" in shown
    assert "98.33% (360 images)" in shown


def test_images_show_their_count_and_shape():
    source = testing.images()
    shape = "×".join(map(str, source.tensor.shape))
    assert f"{source.count} of {shape} {source.tensor.datatype}" in text(source)


def test_a_dataflow_shows_its_flip_rate():
    flips = (FlipRate(tensor="a", elements=900, flipped=1), FlipRate(tensor="b", elements=100, flipped=1))
    assert "2.00e-03 (2 of 1000 integers)" in text(testing.dataflow(flips=flips))


def test_a_dataflow_that_was_not_compared_says_so():
    assert "flip rate QONNX to streamlined: not compared" in text(testing.dataflow(flips=()))


def test_a_plan_shows_what_limits_it_and_how_good_it_is():
    plan = testing.plan()
    assert f"limited by {plan.performance.limited_by}" in text(plan)
    assert f"{plan.proof.status} by {plan.proof.method}" in text(plan)


@pytest.mark.parametrize(
    ("goal", "told"),
    [
        (Objective(name="slr_crossings", value=60.0, bound=60.0), "SLR crossings 60 (proven)"),
        (Objective(name="slr_crossings", value=60.0, bound=0.0), "SLR crossings 60 (nothing proven)"),
        (
            Objective(name="network_bytes", value=400.0, bound=300.0),
            "network bytes 400 (less than 300 proven impossible, gap 25.00%)",
        ),
        (Objective(name="largest_utilisation", value=0.25, bound=0.25), "largest utilisation 25.00% (proven)"),
        (
            Objective(name="largest_utilisation", value=0.018103, bound=0.0181029),
            "largest utilisation 1.81030% (less than 1.81029% proven impossible, gap 0.001%)",
        ),
    ],
)
def test_a_plan_shows_each_objective_with_what_is_proven_of_it(goal, told):
    plan = testing.plan()
    proven = msgspec.structs.replace(plan, proof=msgspec.structs.replace(plan.proof, objectives=(goal,)))
    assert told in text(proven)


def limited(name, **changes):
    """Return what is shown of a plan that ``name`` limits, its first layer changed."""
    plan = testing.plan(cards=1)
    layers = swapped(plan.layers, name="first", **changes)
    return text(
        msgspec.structs.replace(
            plan, layers=layers, performance=msgspec.structs.replace(plan.performance, limited_by=name)
        )
    )


def slow(cycles):
    return msgspec.structs.replace(
        testing.plan(cards=1).layers[0].folding, implementation="rtl", pe=4, simd=8, cycles=cycles
    )


def test_a_plan_shows_folding_and_store_of_the_layer_that_limits_it():
    shown = limited("first", folding=slow(99), store="uram")
    assert "\n  limiting layer first: rtl, PE 4, SIMD 8, 99 cycles, weights in uram\n" in shown


def test_a_plan_that_the_network_limits_shows_its_slowest_layer():
    assert "\n  slowest layer first: rtl, PE 4, SIMD 8, 999999999 cycles, no weights\n" in limited(
        "a cut", folding=slow(999999999), store="none"
    )


@pytest.mark.parametrize(
    ("stores", "told"),
    [
        (["bram", "uram", "bram"], "2 layers in bram, 1 in uram"),
        (["uram", "none"], "1 layer in uram"),
        (["none"], "none"),
    ],
)
def test_a_plan_shows_how_many_layers_keep_their_weights_where(stores, told):
    plan = testing.plan(cards=1)
    layers = tuple(msgspec.structs.replace(plan.layers[0], store=store) for store in stores)
    assert f"    weights: {told}" in lines(msgspec.structs.replace(plan, layers=layers))


def test_a_plan_shows_each_cut_with_its_three_kinds_of_bytes():
    plan = testing.plan(cards=3, topology="loop")
    shown = text(plan)
    for cut in plan.cuts:
        assert f"payload {cut.payload_bytes}, stream {cut.stream_bytes}, wire {cut.wire_bytes}" in shown


def test_a_plan_on_one_card_says_that_it_needs_no_network():
    assert "no network" in lines(testing.plan(cards=1))[0]


def test_a_plan_shows_why_fewer_cards_do_not_do():
    plan = testing.plan(cards=2)
    proof = msgspec.structs.replace(plan.proof, ruled_out=("1 card: 9 lut are missing",))
    assert "  ruled out: 1 card: 9 lut are missing" in lines(msgspec.structs.replace(plan, proof=proof))


def looked(**outlook):
    return text(msgspec.structs.replace(testing.plan(cards=2), outlook=Outlook(limited="its room", **outlook)))


def test_a_plan_shows_what_limits_its_rate_in_words():
    assert "\n  what limits it: its room\n" in looked()


def test_a_plan_of_which_nobody_looked_further_shows_nothing_more():
    shown = text(testing.plan(cards=2))
    assert all(words not in shown for words in ("what limits it", "one card more", "copies"))


@pytest.mark.parametrize(
    ("scaling", "words"),
    [
        ({"images_per_s": 20.0, "at_most": 25.0}, "one pipeline on 3 cards would reach at least 20.0 images/s; more than 25.0 images/s is proven impossible"),
        ({"images_per_s": 20.0, "at_most": 20.0}, "one pipeline on 3 cards would reach 20.0 images/s; proven to be the most"),
        ({"images_per_s": 20.0}, "one pipeline on 3 cards would reach at least 20.0 images/s"),
        ({"at_most": 25.0, "reason": "its layers"}, "more than 25.0 images/s is proven impossible for one pipeline; its layers"),
        ({"reason": "it was demanded"}, "it was demanded"),
    ],
)  # fmt: skip
def test_a_plan_shows_what_one_card_more_would_buy(scaling, words):
    assert f"\n  one card more: {words}\n" in looked(next_card=Scaling(cards=3, **scaling))


@pytest.mark.parametrize(("factor", "word"), [(1.0, "as much as"), (2.0, "more than")])
def test_a_plan_shows_copies_that_would_do_better(factor, word):
    rate = testing.plan(cards=2).performance.images_per_s
    shown = looked(copies=Copies(copies=2, cards=1, images_per_s=rate * factor, at_most=rate * factor, better=True))
    assert (
        f"copies would do: 2 copies on 1 card each would reach {rate * factor:.1f} images/s, {word} this pipeline's {rate:.1f}\n"
        in shown
    )


@pytest.mark.parametrize(("factor", "beaten"), [(0.9, "copies"), (1.1, "the copies that were found")])
def test_a_plan_shows_copies_that_it_beats_and_their_bound(factor, beaten):
    most = testing.plan(cards=2).performance.images_per_s * factor
    shown = looked(copies=Copies(copies=2, cards=1, images_per_s=1.0, at_most=most, better=False))
    words = (
        f"2 copies on 1 card each would reach at least 1.0 images/s; more than {most:.1f} images/s is proven impossible"
    )
    assert f"\n  better than {beaten}: {words}\n" in shown


def test_a_plan_shows_why_there_are_no_copies():
    assert "\n  copies of a shorter pipeline: none, since nothing fits\n" in looked(no_copies="since nothing fits")


def test_a_plan_shows_where_every_layer_is():
    plan = testing.plan(cards=3, topology="loop")
    shown = {line for line in lines(plan) if line.startswith("    segment ")}
    for layer in plan.layers:
        place = f"    segment {layer.segment}, SLR {layer.slr}: "
        assert any(line.startswith(place) and layer.name in line[len(place) :].split(", ") for line in shown)


def test_one_of_a_kind_is_no_plural():
    assert "(1 packet)" in text(testing.plan(cards=2, topology="chain"))


def test_utilisation_is_said_to_hold_shell_and_network():
    assert "with shell and network lut" in text(testing.plan())


def test_utilisation_names_its_basis():
    assert "of basis 'finn'" in text(testing.plan())


def test_unknown_use_is_called_unknown():
    plan = testing.plan(cards=1)
    unknown = tuple(msgspec.structs.replace(use, used=Resources(ff=None)) for use in plan.utilisation)
    assert "ff unknown (unknown)" in text(msgspec.structs.replace(plan, utilisation=unknown))


def test_a_deployment_shows_how_many_rules_hold():
    deployment = testing.deployment()
    count = len(deployment.verdict.checks)
    assert f"{count} of {count} rules hold" in text(deployment)


def test_a_build_shows_estimates_beside_the_plan():
    card = testing.build().cards[0]
    assert f"lut {card.estimated.lut} (planned {card.planned.lut})" in text(testing.build())


def test_a_build_shows_what_finn_says_as_a_part_of_the_estimate():
    finn = Resources(lut=95, ff=None, bram18=2, uram=0, dsp=7)
    cards = swapped(testing.build().cards, estimated=Resources(lut=380, ff=10, bram18=2), finn=finn)
    shown = "FINN's own figures: lut 95 (0.25), ff unknown, bram18 2 (1.00), uram 0, dsp 7"
    assert shown in text(testing.build(cards=cards))


def test_a_build_says_for_what_finn_counts_nothing():
    assert "and 0 LUT\n  for RTL matrix-vector units" in text(testing.build())


def test_a_build_that_was_not_told_finns_figures_says_so():
    card = testing.build().cards[0]
    untold = BuiltCard(card=1, planned=card.planned, estimated=card.estimated, converters=0, fifos=0)
    assert "FINN's own figures: lut unknown, ff unknown" in text(testing.build(cards=(untold,)))


def test_a_build_says_that_it_counts_no_shell():
    assert "counts without shell and network" in lines(testing.build())[0]


def test_a_run_names_what_it_was_compared_with():
    assert "compared with FINN's execution: 0 mismatches" in text(testing.run())


@pytest.mark.parametrize(("came", "said"), [("0" * 64, "not compared (incomplete)"), (None, "unknown")])
def test_a_hop_that_lost_frames_is_not_said_to_carry_others(came, said):
    hops = swapped(testing.run().hops, frames=0, sha256=came)
    assert f"NOT as planned, sha256 {said}" in text(testing.run(hops=swapped(hops, packets=0)))


def test_a_run_shows_what_happened_and_where():
    event = Event(at_ms=12.0, place="card 2 port 0", text="a frame was dropped")
    shown = text(testing.run(events=(event,) * 10))
    assert shown.count("  12 ms: card 2 port 0: a frame was dropped") == 8
    assert "… and 2 events more" in shown


def test_a_run_shows_its_agents_and_mismatches():
    run = testing.run()
    assert "0 mismatches in answers" in text(run)
    assert f"pid {run.agents[0].pid}: emulated" in text(run)


def test_an_emulated_rate_is_labelled():
    assert "wall clock" in text(testing.run())
    assert "says nothing of a card's rate" in text(testing.run())


def test_a_real_rate_is_not_labelled_emulated():
    agents = swapped(testing.run().agents[:1], drivers=("xrt",))
    assert "emulated" not in text(testing.run(agents=agents))


def test_images_without_golden_answers_are_said_to_be_uncompared():
    assert "answers not compared" in text(testing.run(mismatches=None))


def test_a_hop_that_differs_from_the_plan_is_shouted():
    hops = swapped(testing.run().hops, packets=1)
    assert "NOT as planned" in text(testing.run(hops=hops))


def test_a_hop_that_differs_from_the_golden_stream_is_shouted():
    hops = swapped(testing.run().hops, sha256="0" * 64)
    assert "sha256 NOT golden" in text(testing.run(hops=hops))


def test_a_hop_without_a_golden_stream_says_nothing_of_it():
    hops = tuple(msgspec.structs.replace(hop, golden_sha256=None) for hop in testing.run().hops)
    assert "golden" not in "\n".join(row for row in lines(testing.run(hops=hops)) if row.startswith("  hop"))


def test_the_first_failures_are_named_and_the_rest_counted():
    failures = tuple(Failure(image=n, place="card 2", reason="lost") for n in range(20))
    shown = text(testing.run(failures=failures))
    assert "image 0 failed at card 2: lost" in shown
    assert "… and 12 more" in shown


def test_right_answers_are_counted_where_labels_are_known():
    assert "3 of 4 right (75.00%)" in text(testing.run(correct=3, images=4))
    assert "right" not in text(testing.run(correct=None))


def streamed(**changes):
    plain = WeightTraffic(layer="MVAU_2", card=3, unit="wdma_0", inferences=2, bytes_read=5120, predicted_bytes=5120)
    return testing.run(weights=(msgspec.structs.replace(plain, **changes),))


def test_weights_from_the_host_are_shown_with_their_bytes():
    said = "weights of MVAU_2: host of card 3 → wdma_0, 5120 bytes for 2 inferences, as planned"
    assert said in text(streamed())


def test_weights_that_were_read_too_seldom_are_shouted():
    assert "2560 bytes for 1 inference, NOT as planned" in text(streamed(inferences=1, bytes_read=2560))


def test_what_nobody_could_count_is_said_to_be_unknown():
    hops = swapped(testing.run().hops, frames=None, packets=None, stream_bytes=None, wire_bytes=None, sha256=None)
    assert "counts unknown (nobody told them)" in text(testing.run(hops=hops))
    assert "bytes unknown" in text(streamed(inferences=None, bytes_read=None))


def test_the_rate_of_a_run_with_failures_says_so():
    failures = (Failure(image=1, place="card 2", reason="lost"),)
    assert "images/s wall clock over the answered ones of a run with failures" in text(testing.run(failures=failures))
    assert "with failures" not in text(testing.run())


def test_a_deployment_shows_what_hosts_stream():
    feed = WeightFeed(
        layer="MVAU_2", unit="wdma_0", tensor="MVAU_2_weights", payload="weights_2_wdma_0",
        payload_bytes=2560, readings=3, pe=1, simd=1,
    )  # fmt: skip
    cards = swapped(testing.deployment().cards, weights=(feed,))
    shown = text(testing.deployment(cards=cards))
    assert "wdma_0 streams the weights of MVAU_2 from the host, 7680 bytes per image" in shown
