# SPDX-License-Identifier: Apache-2.0
"""One, two and three cards, loop and chain, block RAM and UltraRAM: twelve plans that differ, and one set of answers."""

import hashlib
import os
from functools import cache
from itertools import product

import numpy as np
import pytest

from levada.core.artefact import load
from levada.core.manifests import Dataflow, Plan, Run

CASES = list(product((1, 2, 3), ("loop", "chain"), ("bram", "uram")))
IMAGES = 360


@pytest.fixture(scope="module")
def folder_of(levada, tmp_path_factory):
    """Return a function from a case to the folder of its demo, run when first asked for."""

    @cache
    def folder(cards, topology, weights):
        out = tmp_path_factory.mktemp("case") / "out"
        levada.good("demo", "--cards", cards, "--topology", topology, "--weights", weights, "--out", out)
        return out

    return folder


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, case)))
def case(request):
    return request.param


@pytest.fixture
def plan(folder_of, case):
    return load(folder_of(*case) / "plan", Plan).manifest


@pytest.fixture
def run(folder_of, case):
    return load(folder_of(*case) / "run", Run).manifest


def answers(folder):
    return np.load(load(folder / "run", Run).payload("answers"))


def test_every_card_holds_a_layer(plan, case):
    assert {layer.card for layer in plan.layers} == set(range(1, case[0] + 1))


def test_a_loop_ends_on_card_1_and_a_chain_on_the_last(plan, case):
    cards, topology, _ = case
    assert plan.route.segments[plan.route.egress].card == (1 if topology == "loop" else cards)


def test_images_go_the_way_of_the_topology(plan, case):
    cards, topology, _ = case
    back = [1] if topology == "loop" and cards > 1 else []
    assert [segment.card for segment in plan.route.segments] == [*range(1, cards + 1), *back]


def test_weights_are_kept_where_asked(plan, case):
    assert {layer.store for layer in plan.layers if layer.folding.weights} == {case[2]}


def test_answers_are_those_of_finns_own_execution(folder_of, case):
    golden = np.load(load(folder_of(*case) / "dataflow", Dataflow).payload("golden_answers"))
    assert np.array_equal(answers(folder_of(*case)), golden)


def test_every_image_was_answered(run):
    assert (run.images, run.answered, run.failures, run.mismatches, run.stream_mismatches) == (IMAGES, IMAGES, (), 0, 0)


def test_every_cut_was_a_hop_of_the_run(plan, run):
    assert sorted(hop.stream for hop in run.hops) == sorted(cut.stream for cut in plan.cuts)


def test_every_hop_carried_what_the_plan_predicted(plan, run):
    cuts = {cut.stream: cut for cut in plan.cuts}
    for hop in run.hops:
        cut = cuts[hop.stream]
        counted = (hop.frames, hop.packets, hop.stream_bytes, hop.wire_bytes)
        assert counted == (IMAGES, IMAGES * cut.packets, IMAGES * cut.stream_bytes, IMAGES * cut.wire_bytes)


def test_every_cut_stream_is_the_golden_one(folder_of, case, run):
    dataflow = load(folder_of(*case) / "dataflow", Dataflow).manifest
    golden = {stream.name: stream.sha256 for stream in dataflow.streams}
    assert {hop.stream: hop.sha256 for hop in run.hops} == {hop.stream: golden[hop.stream] for hop in run.hops}


def test_every_host_had_a_process_of_its_own(run, case):
    pids = {agent.pid for agent in run.agents}
    assert len(pids) == case[0]
    assert os.getpid() not in pids


def test_the_twelve_plans_differ(folder_of):
    assert len({load(folder_of(*case) / "plan", Plan).digest for case in CASES}) == 12


def test_the_twelve_answers_are_the_same_bytes(folder_of):
    files = [folder_of(*case) / "run" / "answers.npy" for case in CASES]
    assert len({hashlib.sha256(file.read_bytes()).hexdigest() for file in files}) == 1
