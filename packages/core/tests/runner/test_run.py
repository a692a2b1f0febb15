# SPDX-License-Identifier: Apache-2.0
"""Running a stage: its artefact is whole in its place, with its sources, its log, and nothing beside it."""

import json
import platform
from pathlib import Path

import pytest

from levada.core import testing
from levada.core.artefact import load
from levada.core.errors import InternalFault, ManifestError, OutputError, PayloadError, RunFault
from levada.core.manifests import Images, Model
from levada.core.runner import Runner
from levada.core.stages import Options


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results" / "out"


@pytest.fixture
def run(runner, pick, model_folder, out):
    """Run the stage ``pick`` with these options."""

    def start(where=None, force=False, **options):
        return runner.run(pick, [model_folder], pick.options(**options), where or out, force=force)

    return start


def hidden(folder):
    return [path.name for path in folder.rglob("*") if path.name.startswith(".")]


def test_the_artefact_is_in_its_place(run, out):
    run()
    assert load(out, Images).manifest.dataset == "digits"


def test_options_reach_the_stage(run):
    assert run(data="letters").manifest.dataset == "letters"


def test_the_artefact_that_is_returned_is_the_one_on_disk(run, out):
    assert run().digest == load(out, Images).digest


def test_the_manifest_names_its_sources(run, model_folder):
    assert run().manifest.sources == {"model": load(model_folder, Model).digest}


def test_sources_that_a_stage_names_itself_are_kept(empty, first, monkeypatch, out):
    monkeypatch.setattr(first, "run", with_payloads(testing.model(sources={"recipe": "0" * 64})))
    assert Runner(empty).run(first, [], Options(), out).manifest.sources == {"recipe": "0" * 64}


def with_payloads(manifest):
    """Return a stage's ``run`` that gives ``manifest`` with its payloads."""

    def run(self, inputs, options, work):
        for name, content in testing.payloads_of(manifest).items():
            work.add_bytes(name, f"{name}.npy", content)
        return manifest

    return run


def test_a_relative_output_is_fine(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(where=Path("here"))
    assert (tmp_path / "here" / "manifest.json").is_file()


def test_nothing_hidden_is_left(run, tmp_path):
    run()
    assert hidden(tmp_path) == []


def test_scratch_is_removed_even_where_the_stage_fails(runner, first, monkeypatch, tmp_path):
    def fail(self, inputs, options, work):
        (work.scratch / "large").write_bytes(bytes(1000))
        raise RuntimeError

    monkeypatch.setattr(first, "run", fail)
    with pytest.raises(RuntimeError):
        runner.run(first, [], Options(), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == []


def test_scratch_lies_on_the_outputs_disk(runner, first, monkeypatch, tmp_path):
    seen = []

    def look(self, inputs, options, work):
        seen.append(work.scratch.parent)
        return with_payloads(testing.model())(self, inputs, options, work)

    monkeypatch.setattr(first, "run", look)
    runner.run(first, [], Options(), tmp_path / "deep" / "deeper" / "out")
    assert seen == [tmp_path]


# ------------------------------------------------------------------------------------------------------ inputs


def test_an_input_of_another_kind_is_refused(runner, pick, tmp_path, out):
    images = testing.saved(tmp_path / "images", testing.images()).folder
    with pytest.raises(
        ManifestError, match=f"expected an artefact of kind 'model' at {images}, found one of kind 'images'"
    ):
        runner.run(pick, [images], pick.options(), out)


def test_an_input_that_is_not_there_is_refused(runner, pick, tmp_path, out):
    with pytest.raises(ManifestError, match="expected an artefact at"):
        runner.run(pick, [tmp_path / "gone"], pick.options(), out)


def test_a_damaged_input_is_the_users_to_mend(runner, pick, model_folder, out, spoil):
    spoil(model_folder / "golden_inputs.npy", b"other")
    with pytest.raises(PayloadError, match="has 5 bytes"):
        runner.run(pick, [model_folder], pick.options(), out)
    assert not out.exists()


def test_what_a_newer_minor_version_added_is_said(run, model_folder, rewrite, said):
    rewrite(model_folder, kind="model/1.1", colour="green")
    run()
    assert said == [
        f"note: {model_folder / 'manifest.json'}: field 'colour' is newer than this levada-core and was left out"
    ]


# ------------------------------------------------------------------------------------------------------ output


def test_an_output_that_exists_is_refused(run, out):
    run()
    with pytest.raises(OutputError, match=f"output {out} exists already; choose another, or replace it with --force"):
        run()


def test_an_output_in_the_way_is_refused_before_anything_runs(run, out, pick):
    out.mkdir(parents=True)
    with pytest.raises(OutputError):
        run()
    assert pick.ran == 0


def test_force_replaces_an_artefact(run, out):
    run()
    run(force=True, data="letters")
    assert load(out, Images).manifest.dataset == "letters"


def test_force_replaces_an_empty_folder(run, out):
    out.mkdir(parents=True)
    assert run(force=True).folder == out


def test_force_replaces_no_folder_that_is_no_artefact(run, out):
    out.mkdir(parents=True)
    (out / "precious.txt").write_text("keep me")
    with pytest.raises(
        OutputError, match=r"is no artefact \(it has no manifest.json\), so --force does not replace it"
    ):
        run(force=True)
    assert (out / "precious.txt").read_text() == "keep me"


def test_force_replaces_no_file(run, out):
    out.parent.mkdir()
    out.write_text("keep me")
    with pytest.raises(OutputError, match="is no artefact"):
        run(force=True)
    assert out.read_text() == "keep me"


def test_force_does_not_replace_an_input(runner, pick, model_folder):
    with pytest.raises(OutputError, match="is an input too, so --force does not replace it"):
        runner.run(pick, [model_folder], pick.options(), model_folder, force=True)
    assert load(model_folder, Model).payload("graph").is_file()


def test_force_sees_through_a_link_to_an_input(runner, pick, model_folder, tmp_path):
    (tmp_path / "alias").symlink_to(model_folder)
    with pytest.raises(OutputError, match="is an input too"):
        runner.run(pick, [model_folder], pick.options(), tmp_path / "alias", force=True)


def test_force_through_a_link_replaces_what_it_points_to(run, tmp_path):
    run(where=tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    run(where=tmp_path / "link", force=True, data="letters")
    assert (tmp_path / "link").is_symlink()
    assert load(tmp_path / "real", Images).manifest.dataset == "letters"


def test_an_output_that_appears_meanwhile_is_kept(runner, first, monkeypatch, tmp_path):
    def slow(self, inputs, options, work):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "theirs").write_text("precious")
        return with_payloads(testing.model())(self, inputs, options, work)

    monkeypatch.setattr(first, "run", slow)
    with pytest.raises(OutputError):
        runner.run(first, [], Options(), tmp_path / "out")
    assert (tmp_path / "out" / "theirs").read_text() == "precious"


def test_an_output_that_cannot_be_written_is_named(runner, first, monkeypatch, tmp_path):
    def forbidden(*arguments, **settings):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", forbidden)
    with pytest.raises(OutputError, match=f"cannot write to {tmp_path / 'out'}: Permission denied"):
        runner.run(first, [], Options(), tmp_path / "out")


# ---------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OutputError])
def test_a_failing_stage_leaves_its_output_untouched(run, out, pick, monkeypatch, error):
    run()

    def fail(self, inputs, options, work):
        raise error

    monkeypatch.setattr(pick, "run", fail)
    with pytest.raises(error):
        run(force=True, data="letters")
    assert load(out, Images).manifest.dataset == "digits"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failing_stage_leaves_no_output(run, out, pick, monkeypatch, error):
    def fail(self, inputs, options, work):
        raise error

    monkeypatch.setattr(pick, "run", fail)
    with pytest.raises(error):
        run()
    assert not out.exists()


def test_a_stage_that_returns_another_kind_is_our_fault(runner, first, monkeypatch, out):
    monkeypatch.setattr(first, "run", with_payloads(testing.images()))
    with pytest.raises(InternalFault, match="stage 'first' must write the kind 'model', it returned Images"):
        runner.run(first, [], Options(), out)


def test_a_stage_that_returns_nothing_is_our_fault(runner, first, monkeypatch, out):
    monkeypatch.setattr(first, "run", lambda self, inputs, options, work: None)
    with pytest.raises(InternalFault, match="it returned NoneType"):
        runner.run(first, [], Options(), out)


def test_a_stage_that_forgets_a_payload_is_our_fault(runner, first, monkeypatch, out):
    monkeypatch.setattr(first, "run", lambda self, inputs, options, work: testing.model())
    with pytest.raises(InternalFault, match="stage 'first' made no sound artefact: .* needs the payload"):
        runner.run(first, [], Options(), out)


def test_a_stage_that_returns_an_unsound_manifest_is_our_fault(runner, first, monkeypatch, out):
    monkeypatch.setattr(first, "run", with_payloads(testing.model(golden_count=-1)))
    with pytest.raises(InternalFault, match=r"\$\.golden_count"):
        runner.run(first, [], Options(), out)
    assert not out.exists()


def test_a_stage_that_loses_its_payload_is_our_fault(runner, first, monkeypatch, out):
    def lose(self, inputs, options, work):
        manifest = with_payloads(testing.model())(self, inputs, options, work)
        work.payloads["graph"].unlink()
        return manifest

    monkeypatch.setattr(first, "run", lose)
    with pytest.raises(InternalFault, match="payload 'graph' was to be taken from"):
        runner.run(first, [], Options(), out)


def test_what_verification_refuses_is_saved_first(run, out, pick, monkeypatch, said):
    def refuse(self, manifest):
        msg = "image 7 was lost"
        raise RunFault(msg)

    monkeypatch.setattr(pick, "verify", refuse, raising=False)
    with pytest.raises(RunFault, match="image 7 was lost"):
        run()
    assert load(out, Images).manifest.count == 2
    assert f"what was found is in {out}; see it with: levada show {out}" in said


# --------------------------------------------------------------------------------------------------------- log


def log_of(folder):
    return json.loads((folder / "log.json").read_text())


def test_the_log_says_who_when_and_where(run, out):
    run()
    log = log_of(out)
    assert (log["stage"], log["host"], log["python"]) == ("pick", platform.node(), platform.python_version())
    assert log["started_utc"].endswith("Z")
    assert log["seconds"] >= 0


def test_the_log_names_versions_of_tools_that_are_installed(run, out):
    run()
    versions = log_of(out)["versions"]
    assert "msgspec" in versions
    assert "no-such-tool" not in versions


def test_the_log_is_outside_the_digest(run, out):
    before = run().digest
    (out / "log.json").write_text("{}")
    assert load(out, Images).digest == before


def test_the_log_lies_beside_the_manifest(run, out):
    run()
    assert sorted(path.name for path in out.iterdir()) == ["images.npy", "log.json", "manifest.json"]


def test_the_same_work_gives_the_same_digest(run, tmp_path, runner):
    runner.store = None
    assert run(where=tmp_path / "a").digest == run(where=tmp_path / "b").digest
