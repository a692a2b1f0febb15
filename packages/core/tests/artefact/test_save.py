# SPDX-License-Identifier: Apache-2.0
"""Saving: whole or not at all."""

import math

import msgspec
import pytest

from levada.core import testing
from levada.core.artefact import encode, load, save, sha256_of
from levada.core.errors import ManifestError, OutputError, PayloadError
from levada.core.manifests import Images


@pytest.fixture
def pixels(tmp_path):
    """A payload file in a folder of its own."""
    file = tmp_path / "source" / "pixels.npy"
    file.parent.mkdir()
    file.write_bytes(b"pixels")
    return file


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results" / "out"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def refusal(error, *arguments, **settings):
    """Return the text of the error that saving raises."""
    with pytest.raises(error) as caught:
        save(*arguments, **settings)
    return str(caught.value)


def test_an_artefact_is_its_manifest_and_its_payloads(out, pixels):
    save(out, testing.images(), {"images": pixels})
    assert names(out) == ["images.npy", "manifest.json"]


def test_missing_parents_are_made(out, pixels):
    save(out, testing.images(), {"images": pixels})
    assert load(out, Images).payload("images").read_bytes() == b"pixels"


def test_a_payload_is_named_for_what_it_is(out, pixels):
    blob = save(out, testing.images(), {"images": pixels}).manifest.files["images"]
    assert (blob.path, blob.size, blob.sha256) == ("images.npy", 6, sha256_of(pixels))


def test_what_is_returned_is_what_is_loaded(out, pixels):
    saved, loaded = save(out, testing.images(), {"images": pixels}), load(out, Images)
    assert (saved.manifest, saved.digest) == (loaded.manifest, loaded.digest)


def test_the_same_manifest_is_the_same_bytes(tmp_path, pixels):
    first, second = (save(tmp_path / name, testing.images(), {"images": pixels}) for name in "ab")
    assert first.digest == second.digest


def test_the_order_of_payloads_does_not_matter(tmp_path, pixels):
    first = save(tmp_path / "a", testing.images(), {"images": pixels, "labels": pixels})
    second = save(tmp_path / "b", testing.images(), {"labels": pixels, "images": pixels})
    assert first.digest == second.digest


def test_nothing_absolute_is_written(out, pixels, tmp_path):
    save(out, testing.images(), {"images": pixels})
    assert str(tmp_path) not in (out / "manifest.json").read_text()


def test_a_manifest_is_readable_and_ends_with_a_newline():
    lines = encode(testing.images()).decode().split("\n")
    assert lines[0] == "{"
    assert lines[-2:] == ["}", ""]


def test_payloads_are_linked_on_one_file_system(out, pixels):
    save(out, testing.images(), {"images": pixels})
    assert (out / "images.npy").samefile(pixels)


def test_payloads_are_copied_where_they_cannot_be_linked(out, pixels, monkeypatch):
    def other_disk(source, target):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", other_disk)
    save(out, testing.images(), {"images": pixels})
    assert not (out / "images.npy").samefile(pixels)
    assert load(out, Images).payload("images").read_bytes() == b"pixels"


def test_a_linked_file_of_another_owner_is_copied_instead(out, pixels, monkeypatch):
    refused = []

    def not_mine(path):
        if not refused:
            refused.append(path)
            raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("levada.core.artefact._make_read_only", not_mine)
    save(out, testing.images(), {"images": pixels})
    assert not (out / "images.npy").samefile(pixels)


def test_a_symbolic_link_is_followed(out, pixels, tmp_path):
    link = tmp_path / "link.npy"
    link.symlink_to("source/pixels.npy")
    save(out, testing.images(), {"images": link})
    assert not (out / "images.npy").is_symlink()
    assert (out / "images.npy").read_bytes() == b"pixels"


def test_a_folder_is_open_to_others(out, pixels):
    save(out, testing.images(), {"images": pixels})
    assert out.stat().st_mode & 0o777 == 0o755


def test_files_beside_the_manifest_do_not_change_the_digest(tmp_path, pixels):
    plain = save(tmp_path / "a", testing.images(), {"images": pixels})
    logged = save(tmp_path / "b", testing.images(), {"images": pixels}, beside={"log.json": b"{}"})
    assert (tmp_path / "b" / "log.json").read_bytes() == b"{}"
    assert plain.digest == logged.digest


# ----------------------------------------------------------------------------------------- what is in the way


def test_an_output_that_exists_is_refused(out, pixels):
    out.mkdir(parents=True)
    assert refusal(OutputError, out, testing.images(), {"images": pixels}) == (
        f"output {out} exists already; choose another, or replace it with --force"
    )


def test_a_file_in_the_way_is_refused_and_kept(out, pixels):
    out.parent.mkdir()
    out.write_text("precious")
    assert "exists already" in refusal(OutputError, out, testing.images(), {"images": pixels})
    assert out.read_text() == "precious"


def test_a_dangling_link_in_the_way_is_refused(out, pixels):
    out.parent.mkdir()
    out.symlink_to("nowhere")
    assert "exists already" in refusal(OutputError, out, testing.images(), {"images": pixels})


def test_a_parent_that_is_a_file_is_named(tmp_path, pixels):
    (tmp_path / "file").write_text("x")
    text = refusal(OutputError, tmp_path / "file" / "out", testing.images(), {"images": pixels})
    assert text.startswith(f"cannot write to {tmp_path / 'file' / 'out'}: ")


def test_a_name_that_is_too_long_is_an_output_error(tmp_path, pixels):
    assert "File name too long" in refusal(OutputError, tmp_path / ("x" * 300), testing.images(), {"images": pixels})


# --------------------------------------------------------------------------------------- what cannot be meant


def test_a_payload_that_the_kind_demands_must_be_given(out):
    assert refusal(ManifestError, out, testing.model(), {}) == (
        f"{out}: the kind 'model' needs the payload 'golden_inputs', 'graph', which is not there"
    )


def test_a_payload_without_a_file_is_named(out, tmp_path):
    text = refusal(PayloadError, out, testing.images(), {"images": tmp_path / "gone.npy"})
    assert text == f"payload 'images' was to be taken from {tmp_path / 'gone.npy'}, and there is no such file"


def test_a_folder_as_payload_is_named(out, tmp_path):
    assert "there is no such file" in refusal(PayloadError, out, testing.images(), {"images": tmp_path})


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "a b"])
def test_a_payload_is_named_by_a_plain_word(out, pixels, name):
    text = refusal(ManifestError, out, testing.images(), {"images": pixels, name: pixels})
    assert f"payload {name!r} cannot be named so" in text


@pytest.mark.parametrize("name", ["manifest", "log"])
def test_a_payload_may_not_take_the_manifests_place(out, tmp_path, pixels, name):
    file = tmp_path / "x.json"
    file.write_text("{}")
    text = refusal(
        ManifestError, out, testing.images(), {"images": pixels, name: file}, beside={"log.json": b"the log"}
    )
    assert f"its file '{name}.json' is another one's" in text


def test_two_payloads_of_one_file_name_are_refused(out, tmp_path, pixels):
    bare = tmp_path / "bare"
    bare.write_text("x")
    text = refusal(ManifestError, out, testing.images(), {"images": pixels, "images.npy": bare})
    assert "payload 'images.npy' cannot be named so" in text


@pytest.mark.parametrize(
    "wrong", [{"count": -1}, {"dataset": 3}, {"split": None}, {"labels": (1, 2)}, {"tensor": "input"}]
)
def test_a_manifest_that_could_not_be_read_back_is_never_written(out, pixels, wrong):
    text = refusal(ManifestError, out, testing.images(**wrong), {"images": pixels})
    assert f"$.{next(iter(wrong))}" in text
    assert not out.exists()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_json_has_not_is_never_written(out, value):
    run = msgspec.structs.replace(testing.run(), images_per_s=value)
    with pytest.raises(ManifestError, match=r"\$\.images_per_s"):
        testing.saved(out, run)


# --------------------------------------------------------------------------------------------- half-written


@pytest.mark.parametrize("place", ["levada.core.artefact.sha256_of", "levada.core.artefact.encode", "os.link"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, MemoryError])
def test_nothing_is_seen_of_an_artefact_that_fails_half_way(out, pixels, monkeypatch, place, error):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(place, fail)
    with pytest.raises(error):
        save(out, testing.images(), {"images": pixels})
    assert names(out.parent) == []


def test_a_full_disk_is_named_and_leaves_nothing(out, pixels, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("levada.core.artefact.sha256_of", full)
    text = refusal(OutputError, out, testing.images(), {"images": pixels})
    assert text == f"cannot write {out}: No space left on device"
    assert names(out.parent) == []


def test_who_looks_while_it_is_written_sees_nothing(out, pixels, monkeypatch):
    seen = []
    monkeypatch.setattr("levada.core.artefact.sha256_of", lambda path: seen.append(out.exists()) or "0" * 64)
    save(out, testing.images(), {"images": pixels})
    assert seen == [False]


def test_of_two_that_save_at_once_one_is_told(out, pixels, monkeypatch):
    def other_wins(path):
        if not out.exists():
            out.mkdir()
            (out / "manifest.json").write_text("theirs")
        return "0" * 64

    monkeypatch.setattr("levada.core.artefact.sha256_of", other_wins)
    assert f"cannot write {out}: Directory not empty" in refusal(OutputError, out, testing.images(), {"images": pixels})
    assert (out / "manifest.json").read_text() == "theirs"
