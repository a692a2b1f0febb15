# SPDX-License-Identifier: Apache-2.0
"""The store answers where everything is as it was, and only there."""

import json

import pytest

from levada.core import keys, testing
from levada.core.artefact import load
from levada.core.manifests import Images
from levada.core.plugins import Plugin
from levada.core.runner import Runner
from levada.core.stages import Options


@pytest.fixture
def run(runner, pick, model_folder, tmp_path):
    """Run the stage ``pick`` into a fresh folder each time."""

    def start(inputs=None, force=False, where=None, **options):
        count = len(list(tmp_path.glob("out*")))
        out = where or tmp_path / f"out{count}"
        return runner.run(pick, inputs or [model_folder], pick.options(**options), out, force=force)

    return start


def log_of(artefact):
    return json.loads((artefact.folder / "log.json").read_text())


def test_the_same_again_comes_from_the_store(run, pick):
    run()
    run()
    assert pick.ran == 1


def test_it_is_said_what_comes_from_the_store(run, said, tmp_path):
    run()
    run()
    assert said == [f"{tmp_path / 'out1'} comes from the store"]


def test_what_comes_from_the_store_is_the_same(run):
    assert run().digest == run().digest


def test_what_comes_from_the_store_is_complete(run):
    run()
    assert run().payload("images").read_bytes() == testing.payloads_of(testing.images())["images"]


def test_what_comes_from_the_store_is_linked(run):
    assert run().payload("images").samefile(run().payload("images"))


def test_the_log_says_whether_the_store_had_it(run):
    assert [log_of(run())["cached"], log_of(run())["cached"]] == [False, True]


def test_an_existing_output_is_refused_though_the_store_has_it(run, tmp_path):
    run(where=tmp_path / "out")
    with pytest.raises(Exception, match="exists already"):
        run(where=tmp_path / "out")


def test_force_replaces_an_output_from_the_store(run, tmp_path, pick):
    run(where=tmp_path / "out")
    run(where=tmp_path / "out", force=True)
    assert pick.ran == 1
    assert load(tmp_path / "out", Images).payload("images").is_file()


def test_other_options_run_again(run, pick):
    run()
    run(data="letters")
    assert pick.ran == 2


def test_options_that_a_stage_settles_alike_are_the_same_work(run, pick, monkeypatch):
    monkeypatch.setattr(pick, "settled", lambda self, options, registry: pick.options(data=options.data.lower()))
    run(data="LETTERS")
    assert (run(data="letters").manifest.dataset, pick.ran) == ("letters", 1)


def test_another_input_runs_again(run, pick, tmp_path):
    run()
    other = testing.saved(tmp_path / "other", testing.model(name="other")).folder
    run(inputs=[other])
    assert pick.ran == 2


def test_the_same_input_elsewhere_does_not_run_again(run, pick, tmp_path):
    run()
    run(inputs=[testing.saved(tmp_path / "copy", testing.model()).folder])
    assert pick.ran == 1


def test_another_content_of_a_file_option_runs_again(run, pick, tmp_path):
    table = tmp_path / "table.toml"
    for text in ("a = 1", "a = 2"):
        table.write_text(text)
        run(table=str(table))
    assert pick.ran == 2


def test_the_same_content_in_another_file_does_not_run_again(run, pick, tmp_path):
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text("a = 1")
        run(table=str(tmp_path / name))
    assert pick.ran == 1


@pytest.fixture
def pictures(tmp_path):
    """Return a folder that holds a folder with a file: no artefact."""
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.png").write_bytes(b"a cat")
    return folder


def test_another_file_in_a_folder_as_a_file_option_runs_again(run, pick, pictures):
    run(table=str(pictures))
    (pictures / "b.png").write_bytes(b"a dog")
    run(table=str(pictures))
    assert pick.ran == 2


def test_another_content_in_a_folder_as_a_file_option_runs_again(run, pick, pictures):
    run(table=str(pictures))
    (pictures / "deep" / "a.png").write_bytes(b"a dog")
    run(table=str(pictures))
    assert pick.ran == 2


def test_another_name_in_a_folder_as_a_file_option_runs_again(run, pick, pictures):
    run(table=str(pictures))
    (pictures / "deep" / "a.png").rename(pictures / "deep" / "b.png")
    run(table=str(pictures))
    assert pick.ran == 2


def test_a_folder_copied_elsewhere_does_not_run_again(run, pick, pictures):
    run(table=str(pictures))
    run(table=str(pictures.rename(pictures.parent / "moved")))
    assert pick.ran == 1


def test_no_folder_as_a_file_option_is_not_the_one_we_are_in(run, pick, pictures, monkeypatch):
    for place in (pictures, pictures / "deep"):
        monkeypatch.chdir(place)
        run(table="")
    assert pick.ran == 1


def test_an_artefact_as_a_file_option_is_known_by_its_manifest(run, pick, tmp_path):
    for name in ("a", "b"):
        run(table=str(testing.saved(tmp_path / name, testing.images()).folder))
    run(table=str(testing.saved(tmp_path / "c", testing.images(split="train")).folder))
    assert pick.ran == 2


def test_a_name_as_a_file_option_is_known_by_itself(run, pick):
    run(table="u280x3")
    run(table="u280x3")
    run(table="u280x2")
    assert pick.ran == 2


def test_an_option_that_is_no_file_option_is_not_read(run, pick, tmp_path):
    for text in ("a", "b"):
        (tmp_path / "digits.txt").write_text(text)
        run(data=str(tmp_path / "digits.txt"))
    assert pick.ran == 1


def test_another_version_of_a_tool_runs_again(run, pick, monkeypatch):
    run()
    monkeypatch.setattr(keys, "_version", lambda tool: "99.0")
    run()
    assert pick.ran == 2


def test_another_plugin_runs_again(run, pick, runner):
    run()
    runner.registry._plugins.append(Plugin("more", "levada-more", "1.0", "levada_more"))
    run()
    assert pick.ran == 2


def test_another_version_of_a_plugin_runs_again(run, pick, runner):
    for version in ("1.0", "1.1"):
        runner.registry._plugins[:] = [Plugin("more", "levada-more", version, "levada_more")]
        run()
    assert pick.ran == 2


def test_changed_code_runs_again(run, pick, monkeypatch):
    run()
    monkeypatch.setattr(keys, "code_of", lambda package: f"{package} changed")
    run()
    assert pick.ran == 2


def test_a_stage_that_is_not_cached_runs_each_time(run, pick, monkeypatch):
    monkeypatch.setattr(pick, "cached", False)
    run()
    run()
    assert pick.ran == 2


def test_without_a_store_every_stage_runs_each_time(run, pick, runner):
    runner.store = None
    run()
    run()
    assert pick.ran == 2


def test_a_stage_that_fails_leaves_nothing_in_the_store(run, pick, monkeypatch):
    def fail(self, inputs, options, work):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(pick, "run", fail)
        with pytest.raises(RuntimeError):
            run()
    run()
    assert pick.ran == 1


def test_a_damaged_entry_runs_again(run, pick, runner, spoil):
    run()
    spoil(next(runner.store.root.rglob("images.npy")), b"damaged")
    run()
    assert pick.ran == 2


def test_an_entry_that_vanishes_while_it_is_taken_runs_again(run, pick, runner, monkeypatch):
    run()
    get = runner.store.get

    def get_and_lose(key):
        found = get(key)
        (found.folder / "images.npy").unlink()
        return found

    monkeypatch.setattr(runner.store, "get", get_and_lose)
    assert run().payload("images").is_file()
    assert pick.ran == 2


def test_a_store_that_cannot_be_written_does_not_stop_the_work(run, runner):
    runner.store.root.write_text("a file")
    assert run().manifest.count == 2


def test_two_stages_of_one_package_have_keys_of_their_own(runner, first, tmp_path):
    class Second(first):
        """Write another model out of nothing."""

        name = "second"

    runner.run(first, [], Options(), tmp_path / "a")
    assert (
        json.loads((runner.run(Second, [], Options(), tmp_path / "b").folder / "log.json").read_text())["cached"]
        is False
    )


def test_runners_share_a_store(run, pick, runner, model_folder, tmp_path):
    run()
    Runner(runner.registry, runner.store).run(pick, [model_folder], pick.options(), tmp_path / "again")
    assert pick.ran == 1
