# SPDX-License-Identifier: Apache-2.0
"""Observers look, and may not change: one that raises is reported, not obeyed."""

import pytest

from levada.core import testing
from levada.core.artefact import load
from levada.core.hookspecs import hookimpl
from levada.core.manifests import Images, Model
from levada.core.stages import Options


@pytest.fixture
def watch(runner, stranger, first, tmp_path):
    """Run a stage with observers: ``watch(levada_stage_ran=function)``."""

    def start(**hooks):
        runner.registry.add(stranger(**hooks), "watcher")
        return runner.run(first, [], Options(), tmp_path / "out")

    return start


def test_an_observer_hears_of_an_artefact_with_folder_and_manifest(watch):
    heard = []
    artefact = watch(levada_artifact_saved=lambda folder, manifest: heard.append((folder, manifest)))
    assert heard == [(artefact.folder, artefact.manifest)]


def test_an_artefact_is_whole_when_observers_hear_of_it(watch):
    heard = []
    watch(levada_artifact_saved=lambda folder, manifest: heard.append(load(folder, Model).payload("graph").is_file()))
    assert heard == [True]


def test_an_observer_hears_how_a_stage_went(watch, tmp_path):
    heard = []
    watch(levada_stage_ran=lambda report: heard.append(report) or None)
    (report,) = heard
    assert (report.stage, report.folder, report.cached) == ("first", tmp_path / "out", False)
    assert report.seconds >= 0


def test_an_observer_hears_of_an_answer_from_the_store(runner, stranger, first, tmp_path):
    heard = []
    runner.registry.add(stranger(levada_stage_ran=lambda report: heard.append(report.cached)), "watcher")
    for name in ("a", "b"):
        runner.run(first, [], Options(), tmp_path / name)
    assert heard == [False, True]


def test_an_observer_may_ask_for_less(watch):
    heard = []
    watch(levada_artifact_saved=lambda manifest: heard.append(manifest.name))
    assert heard == ["digits-small"]


def test_an_observer_may_be_a_method(runner, first, tmp_path):
    class Watcher:
        heard = []

        @hookimpl
        def levada_stage_ran(self, report):
            self.heard.append(report.stage)

    runner.registry.add(Watcher(), "watcher")
    runner.run(first, [], Options(), tmp_path / "out")
    assert Watcher.heard == ["first"]


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit("no"), KeyError("no")])
def test_an_observer_that_raises_is_reported_with_its_plugin(watch, said, error):
    def fail(report):
        raise error

    watch(levada_stage_ran=fail)
    assert said == [f"note: plug-in 'watcher' failed in levada_stage_ran ({type(error).__name__}: {error})"]


def test_an_observer_that_raises_does_not_stop_the_work(watch, tmp_path):
    def fail(folder, manifest):
        raise ValueError

    watch(levada_artifact_saved=fail)
    assert load(tmp_path / "out", Model).manifest.name == "digits-small"


def test_an_observer_that_raises_does_not_stop_other_observers(runner, stranger, first, tmp_path):
    heard = []

    def fail(report):
        raise ValueError

    runner.registry.add(stranger(levada_stage_ran=lambda report: heard.append("early")), "early")
    runner.registry.add(stranger(levada_stage_ran=fail), "broken")
    runner.registry.add(stranger(levada_stage_ran=lambda report: heard.append("late")), "late")
    runner.run(first, [], Options(), tmp_path / "out")
    assert sorted(heard) == ["early", "late"]


def test_an_interruption_in_an_observer_is_obeyed(watch):
    def interrupt(report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(levada_stage_ran=interrupt)


def test_observers_do_not_hear_of_a_stage_that_failed(runner, stranger, first, monkeypatch, tmp_path):
    def fail(self, inputs, options, work):
        raise RuntimeError

    heard = []
    runner.registry.add(stranger(levada_stage_ran=lambda report: heard.append(report) or None), "watcher")
    monkeypatch.setattr(first, "run", fail)
    with pytest.raises(RuntimeError):
        runner.run(first, [], Options(), tmp_path / "out")
    assert heard == []


def test_a_manifest_cannot_be_changed_by_an_observer(watch, said):
    def meddle(folder, manifest):
        manifest.name = "mine"

    artefact = watch(levada_artifact_saved=meddle)
    assert artefact.manifest.name == "digits-small"
    assert "AttributeError" in said[0]


def test_anything_can_be_told_to_observers(runner, stranger):
    heard = []
    runner.registry.add(stranger(levada_card_event=lambda event: heard.append(event) or None), "watcher")
    runner.tell("levada_card_event", event="card 2 port 0: link up")
    assert heard == ["card 2 port 0: link up"]


def test_a_stage_may_be_run_without_observers(runner, pick, model_folder, tmp_path):
    runner.run(pick, [model_folder], pick.options(), tmp_path / "out")
    assert load(tmp_path / "out", Images).manifest == load(tmp_path / "out", Images).manifest
    assert testing.images().count == 2
