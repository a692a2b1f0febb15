# SPDX-License-Identifier: Apache-2.0
"""`levada demo` as a user runs it: three cards in a loop, on real images."""

import pytest

from levada.core.artefact import load, load_any
from levada.core.manifests import Model, Plan, Run

FOLDERS = ["model", "images", "dataflow", "plan", "deployment", "run"]


@pytest.fixture(scope="module")
def told(levada, demo, tmp_path_factory) -> str:
    """What the demo prints; the work itself comes from the store."""
    return levada.good("demo", "--out", tmp_path_factory.mktemp("again") / "out").out


def test_every_artefact_is_where_the_contract_says(demo):
    assert sorted(path.name for path in demo.iterdir()) == sorted(FOLDERS)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_artefact_is_whole(demo, name):
    artefact = load_any(demo / name)
    assert all(artefact.payload(payload).exists() for payload in artefact.manifest.files)


def test_the_network_was_trained_to_97_percent(demo):
    score = load(demo / "model", Model).manifest.scores[0]
    assert (score.split, score.samples) == ("test", 360)
    assert score.value >= 0.97


def test_it_prints_the_accuracy(demo, told):
    score = load(demo / "model", Model).manifest.scores[0]
    assert f"{score.value:.2%}" in told


def test_it_prints_cards_and_cuts_with_their_bytes(demo, told):
    plan = load(demo / "plan", Plan).manifest
    for cut in plan.cuts:
        assert f"cut {cut.stream}: card {cut.source_card} → card {cut.sink_card}" in told
        assert f"payload {cut.payload_bytes}, stream {cut.stream_bytes}, wire {cut.wire_bytes}" in told


def test_it_prints_that_nothing_differed(told):
    assert "0 mismatches" in told


def test_true_labels_are_met_as_often_as_in_training(demo):
    run, model = load(demo / "run", Run).manifest, load(demo / "model", Model).manifest
    assert run.correct / run.images == pytest.approx(model.scores[0].value, abs=0.01)


def test_the_same_work_gives_the_same_digests(levada, demo, tmp_path):
    levada.good("demo", "--out", tmp_path / "again")
    names = FOLDERS[:-1]
    assert [load_any(tmp_path / "again" / name).digest for name in names] == [
        load_any(demo / name).digest for name in names
    ]


@pytest.mark.parametrize("name", FOLDERS)
def test_show_sums_every_artefact_up(levada, demo, name):
    assert "digits" in levada.good("show", demo / name).out
