# SPDX-License-Identifier: Apache-2.0
"""Payloads are verified each time they are opened."""

import pytest

from levada.core.artefact import load
from levada.core.errors import PayloadError
from levada.core.manifests import Model


@pytest.fixture
def model(model_folder):
    return load(model_folder, Model)


def refusal(artefact, name="graph"):
    """Return the text of the error that opening a payload raises."""
    with pytest.raises(PayloadError) as caught:
        artefact.payload(name)
    return str(caught.value)


def test_a_sound_payload_is_a_path(model):
    assert model.payload("graph").read_bytes() == b"a QONNX graph"


def test_a_payload_that_nobody_listed_is_named_with_those_that_are(model):
    assert refusal(model, "curve").endswith("has no payload 'curve'; it has golden_inputs, golden_labels, graph")


def test_a_missing_payload_is_named(model):
    path = model.payload("graph")
    path.unlink()
    assert refusal(model) == (
        f"payload {path} is missing; make the artefact again, or copy it again from where it was made"
    )


def test_a_folder_in_place_of_a_payload_is_a_missing_payload(model):
    path = model.payload("graph")
    path.unlink()
    path.mkdir()
    assert "is missing" in refusal(model)


def test_a_truncated_payload_is_named_with_both_sizes(model, spoil):
    path = model.payload("graph")
    spoil(path, b"a QONNX")
    assert refusal(model).startswith(f"payload {path} has 7 bytes, its manifest says 13; make the artefact again")


def test_an_altered_payload_is_named_with_both_digests(model, spoil):
    path = model.payload("graph")
    spoil(path, b"A QONNX graph")
    text = refusal(model)
    assert text.startswith(f"payload {path} was altered: its sha256 is ")
    assert f"its manifest says {model.manifest.files['graph'].sha256[:12]}…" in text


def test_a_payload_is_verified_each_time(model, spoil):
    path = model.payload("graph")
    spoil(path, b"A QONNX graph")
    assert "was altered" in refusal(model)
    spoil(path, b"a QONNX graph")
    assert model.payload("graph") == path


def test_a_payload_that_cannot_be_read_is_named(model, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("levada.core.artefact.sha256_of", forbidden)
    assert f"cannot read payload {model.folder / 'graph.onnx'}: Permission denied" in refusal(model)


def test_payloads_are_read_only(model):
    assert model.payload("graph").stat().st_mode & 0o777 == 0o444


def test_a_payload_larger_than_one_chunk_is_verified(tmp_path, monkeypatch):
    from levada.core import testing

    monkeypatch.setattr("levada.core.artefact.CHUNK", 16)
    artefact = testing.saved(tmp_path / "x", testing.model(), {"graph": bytes(range(100))})
    assert artefact.payload("graph").read_bytes() == bytes(range(100))
