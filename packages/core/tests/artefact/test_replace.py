# SPDX-License-Identifier: Apache-2.0
"""Replacing: the old artefact stays until the new one is whole."""

from pathlib import Path

import pytest

from levada.core import testing
from levada.core.artefact import load, save
from levada.core.errors import ManifestError, OutputError, PayloadError
from levada.core.manifests import Images


@pytest.fixture
def old(tmp_path):
    """An artefact that is to be replaced."""
    return testing.saved(tmp_path / "results" / "out", testing.images(dataset="old")).folder


@pytest.fixture
def pixels(tmp_path):
    file = tmp_path / "pixels.npy"
    file.write_bytes(b"pixels")
    return file


def replace(folder, pixels, **fields):
    return save(folder, testing.images(dataset="new", **fields), {"images": pixels}, replace=True)


def dataset(folder):
    return load(folder, Images).manifest.dataset


def test_a_replaced_artefact_is_the_new_one(old, pixels):
    replace(old, pixels)
    assert dataset(old) == "new"


def test_nothing_of_the_old_one_is_left(old, pixels):
    replace(old, pixels)
    assert [path.name for path in old.parent.iterdir()] == ["out"]
    assert sorted(path.name for path in old.iterdir()) == ["images.npy", "manifest.json"]


def test_replacing_what_is_not_there_is_saving(tmp_path, pixels):
    replace(tmp_path / "fresh", pixels)
    assert dataset(tmp_path / "fresh") == "new"


def test_an_empty_folder_can_be_replaced(tmp_path, pixels):
    (tmp_path / "empty").mkdir()
    replace(tmp_path / "empty", pixels)
    assert dataset(tmp_path / "empty") == "new"


def test_an_artefact_can_be_replaced_by_what_was_made_of_it(old):
    save(old, testing.images(dataset="new"), {"images": old / "images.npy"}, replace=True)
    assert load(old, Images).payload("images").is_file()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_old_one_stays_when_writing_fails(old, pixels, monkeypatch, error):
    def fail(path):
        raise error

    monkeypatch.setattr("levada.core.artefact.sha256_of", fail)
    with pytest.raises(error):
        replace(old, pixels)
    monkeypatch.undo()
    assert dataset(old) == "old"
    assert [path.name for path in old.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_the_old_one_comes_back_when_the_last_move_fails(old, pixels, monkeypatch, error):
    rename = Path.rename

    def fail(path, target):
        if ".partial-" in path.name:
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        replace(old, pixels)
    monkeypatch.undo()
    assert dataset(old) == "old"
    assert [path.name for path in old.parent.iterdir()] == ["out"]


def test_the_old_one_stays_when_a_payload_is_missing(old, tmp_path):
    with pytest.raises(PayloadError):
        replace(old, tmp_path / "gone.npy")
    assert dataset(old) == "old"


def test_the_old_one_stays_when_the_new_one_is_unsound(old, pixels):
    with pytest.raises(ManifestError):
        replace(old, pixels, count=-1)
    assert dataset(old) == "old"


def test_who_looks_while_it_is_replaced_sees_the_old_one(old, pixels, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "levada.core.artefact.sha256_of", lambda path: seen.append((old / "manifest.json").exists()) or "0" * 64
    )
    replace(old, pixels)
    assert seen == [True]
