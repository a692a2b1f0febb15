# SPDX-License-Identifier: Apache-2.0
"""The store: what was put is got whole or not at all, whatever happened to it meanwhile."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from levada.core import testing
from levada.core.artefact import load, load_any
from levada.core.manifests import Images
from levada.core.store import Store

KEY, OTHER = "ab" + "0" * 62, "cd" + "1" * 62


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def images(tmp_path):
    return testing.saved(tmp_path / "images", testing.images())


@pytest.fixture
def kept(store, images):
    """The folder of what was put under KEY."""
    store.put(KEY, images)
    return store.root / "ab" / KEY


def test_an_empty_store_has_nothing(store):
    assert store.get(KEY) is None


def test_asking_an_empty_store_makes_no_folders(store):
    store.get(KEY)
    assert not store.root.exists()


def test_what_was_put_is_got(store, images):
    store.put(KEY, images)
    assert store.get(KEY).manifest == images.manifest


def test_what_was_put_has_the_same_digest(store, images):
    store.put(KEY, images)
    assert store.get(KEY).digest == images.digest


def test_another_key_has_nothing(store, images):
    store.put(KEY, images)
    assert store.get(OTHER) is None


def test_entries_lie_under_the_first_two_digits(kept):
    assert (kept / "manifest.json").is_file()


def test_payloads_are_linked_not_copied(kept, images):
    assert (kept / "images.npy").samefile(images.folder / "images.npy")


def test_an_entry_outlives_its_artefact(store, kept, images):
    for path in sorted(images.folder.iterdir()):
        path.unlink()
    assert store.get(KEY).payload("images").is_file()


def test_putting_twice_keeps_the_first(store, kept, images):
    before = kept.stat().st_ino
    store.put(KEY, images)
    assert kept.stat().st_ino == before


# --------------------------------------------------------------------------------------------------- damaged


def damage_manifest(folder, spoil):
    (folder / "manifest.json").write_text("{")


def damage_payload(folder, spoil):
    spoil(folder / "images.npy", b"other")


def lose_payload(folder, spoil):
    (folder / "images.npy").unlink()


def lose_manifest(folder, spoil):
    (folder / "manifest.json").unlink()


@pytest.fixture(params=[damage_manifest, damage_payload, lose_payload, lose_manifest])
def damaged(request, kept, spoil):
    """The folder of an entry that is not sound."""
    request.param(kept, spoil)
    return kept


def test_a_damaged_entry_is_a_miss(store, damaged):
    assert store.get(KEY) is None


def test_a_damaged_entry_is_thrown_away(store, damaged):
    store.get(KEY)
    assert list(damaged.parent.iterdir()) == []


def test_a_damaged_entry_can_be_put_again(store, damaged, tmp_path):
    store.get(KEY)
    fresh = testing.saved(tmp_path / "fresh", testing.images())
    store.put(KEY, fresh)
    assert store.get(KEY).digest == fresh.digest


def test_a_damaged_optional_payload_counts_too(store, tmp_path, spoil):
    store.put(KEY, testing.saved(tmp_path / "m", testing.model()))
    spoil(store.root / "ab" / KEY / "golden_labels.npy", b"other")
    assert store.get(KEY) is None


def test_an_edit_of_the_artefact_never_reaches_another_user_of_the_store(store, kept, images, spoil):
    spoil(images.folder / "images.npy", b"edited in place")
    assert store.get(KEY) is None


# ------------------------------------------------------------------------------------------------- no store


def test_a_store_that_cannot_be_written_keeps_nothing(tmp_path, images):
    (tmp_path / "store").write_text("a file")
    store = Store(tmp_path / "store")
    store.put(KEY, images)
    assert store.get(KEY) is None


def test_a_full_disk_is_no_error(store, images, monkeypatch):
    def full(*arguments, **settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    store.put(KEY, images)
    assert store.get(KEY) is None


def test_an_artefact_that_vanished_is_not_kept(store, images):
    (images.folder / "images.npy").unlink()
    store.put(KEY, images)
    assert store.get(KEY) is None


def test_an_entry_that_cannot_be_removed_is_a_miss_all_the_same(store, kept, monkeypatch):
    def busy(path, target):
        raise OSError(16, "Device or resource busy")

    (kept / "manifest.json").write_text("{")
    monkeypatch.setattr("pathlib.Path.rename", busy)
    assert store.get(KEY) is None


# ------------------------------------------------------------------------------------------------ concurrent


def test_many_threads_may_put_and_get_one_key(store, images):
    def work(number):
        store.put(KEY, images)
        found = store.get(KEY)
        return found is not None and found.digest == images.digest

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(32)))


def test_puts_at_once_leave_one_whole_entry_and_nothing_else(store, images):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.put(KEY, images), range(16)))
    assert [path.name for path in (store.root / "ab").iterdir()] == [KEY]


def test_processes_may_share_a_store(store, images):
    script = (
        "import sys; from pathlib import Path\n"
        "from levada.core.artefact import load_any\n"
        "from levada.core.store import Store\n"
        "Store(Path(sys.argv[1])).put(sys.argv[2], load_any(Path(sys.argv[3])))\n"
    )
    arguments = [sys.executable, "-c", script, str(store.root), KEY, str(images.folder)]
    running = [subprocess.Popen(arguments) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert store.get(KEY).digest == images.digest


def test_a_reader_never_sees_half_an_entry(store, images):
    def read(number):
        found = store.get(KEY)
        return found is None or bool(found.payload("images"))

    with ThreadPoolExecutor(8) as pool:
        reads = [pool.submit(read, n) for n in range(16)]
        puts = [pool.submit(store.put, KEY, images) for _ in range(8)]
        assert all(each.result() for each in reads)
        assert all(each.result() is None for each in puts)


def test_an_entry_is_a_whole_artefact(kept):
    assert load(kept, Images).manifest == load_any(kept).manifest
