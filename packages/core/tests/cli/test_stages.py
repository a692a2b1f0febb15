# SPDX-License-Identifier: Apache-2.0
"""Stages as sub-commands: folders in, a folder out, a summary on standard output."""

import json

import pytest

from levada.core import cli, testing
from levada.core.artefact import load
from levada.core.manifests import Images


@pytest.fixture
def pick_again(levada, model_folder, tmp_path):
    """Run ``levada pick`` with these further arguments."""
    return lambda *arguments, before=(): levada(*before, "pick", model_folder, "--out", tmp_path / "out", *arguments)


def test_a_stage_writes_its_artefact(pick_again, tmp_path):
    assert pick_again().code == 0
    assert load(tmp_path / "out", Images).manifest.dataset == "digits"


def test_the_summary_is_printed(pick_again):
    assert pick_again().out == "images digits:test: 2 of 8×8×1 UINT8\n"


def test_options_come_from_flags(pick_again, tmp_path):
    pick_again("--data", "letters")
    assert load(tmp_path / "out", Images).manifest.dataset == "letters"


def test_an_output_that_exists_exits_2_and_is_kept(pick_again, tmp_path):
    pick_again()
    result = pick_again("--data", "letters")
    assert result.code == 2
    assert result.err == (
        f"levada: error: output {tmp_path / 'out'} exists already; choose another, or replace it with --force\n"
    )
    assert load(tmp_path / "out", Images).manifest.dataset == "digits"


def test_force_replaces_it(pick_again, tmp_path):
    pick_again()
    assert pick_again("--data", "letters", "--force").code == 0
    assert load(tmp_path / "out", Images).manifest.dataset == "letters"


def test_the_store_lies_where_the_environment_says(pick_again, tmp_path):
    pick_again()
    assert list((tmp_path / "store").rglob("manifest.json"))


def test_the_store_lies_where_the_flag_says(pick_again, tmp_path):
    pick_again(before=["--store", tmp_path / "mine"])
    assert list((tmp_path / "mine").rglob("manifest.json"))
    assert not (tmp_path / "store").exists()


def test_without_a_store_nothing_is_kept(pick_again, tmp_path):
    pick_again(before=["--no-store"])
    assert not (tmp_path / "store").exists()


def test_what_the_store_has_is_not_made_again(pick_again, pick):
    pick_again()
    pick_again("--force")
    assert pick.ran == 1


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"LEVADA_STORE": "/a/store"}, "/a/store"),
        ({"XDG_CACHE_HOME": "/a/cache"}, "/a/cache/levada/store"),
        ({"HOME": "/home/someone"}, "/home/someone/.cache/levada/store"),
        ({"LEVADA_STORE": "/a/store", "XDG_CACHE_HOME": "/a/cache"}, "/a/store"),
    ],
)
def test_the_environment_says_where_the_store_is(monkeypatch, environment, folder):
    for name in ("LEVADA_STORE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert str(cli.store_folder(None)) == folder


def test_a_stage_that_reads_several_manifests_takes_as_many_folders(levada, monkeypatch, pick, model_folder, tmp_path):
    from levada.core.manifests import Model, Plan

    def run(self, inputs, options, work):
        work.add_bytes("images", "images.npy", b"pixels")
        return testing.images(dataset=f"{inputs[0].manifest.name} on {inputs[1].manifest.cluster}")

    monkeypatch.setattr(pick, "reads", (Model, Plan))
    monkeypatch.setattr(pick, "run", run)
    plan = testing.saved(tmp_path / "plan", testing.plan()).folder
    levada("pick", model_folder, plan, "--out", tmp_path / "out")
    assert load(tmp_path / "out", Images).manifest.dataset == "digits-small on u280x2"


def test_progress_goes_to_standard_error(levada, monkeypatch, first, tmp_path):
    run = first.run

    def talk(self, inputs, options, work):
        work.progress.say("thinking")
        return run(self, inputs, options, work)

    monkeypatch.setattr(first, "run", talk)
    result = levada("first", "--out", tmp_path / "a")
    assert "thinking" in result.err
    assert "thinking" not in result.out


def test_quiet_says_nothing(levada, monkeypatch, first, tmp_path):
    run = first.run

    def talk(self, inputs, options, work):
        work.progress.say("thinking")
        return run(self, inputs, options, work)

    monkeypatch.setattr(first, "run", talk)
    assert levada("--quiet", "first", "--out", tmp_path / "a").err == ""


def test_the_log_says_that_it_came_from_the_store(pick_again, tmp_path):
    pick_again()
    pick_again("--force")
    assert json.loads((tmp_path / "out" / "log.json").read_text())["cached"] is True
