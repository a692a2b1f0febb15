# SPDX-License-Identifier: Apache-2.0
"""Loading: what is sound comes back as it was saved; what is not is named, with the file, and nothing else happens."""

import hashlib

import pytest

from levada.core import testing
from levada.core.artefact import load, load_any
from levada.core.errors import LevadaError, ManifestError
from levada.core.manifests import Dataflow, Images, Model, Plan


def refusal(folder, kind=Model):
    """Return the text of the error that loading raises."""
    with pytest.raises(ManifestError) as caught:
        load(folder, kind)
    return str(caught.value)


def test_what_was_saved_is_loaded(model_folder):
    expected = testing.model()
    assert load(model_folder, Model).manifest.recipe == expected.recipe


def test_the_digest_is_that_of_the_manifest(model_folder):
    content = (model_folder / "manifest.json").read_bytes()
    assert load(model_folder, Model).digest == hashlib.sha256(content).hexdigest()


def test_the_folder_is_the_one_that_was_asked_for(model_folder):
    assert load(model_folder, Model).folder == model_folder


def test_the_manifest_has_a_path(model_folder):
    assert load(model_folder, Model).manifest_path() == model_folder / "manifest.json"


def test_a_sound_artefact_gives_no_notices(model_folder):
    assert load(model_folder, Model).notices == ()


def test_any_kind_can_be_loaded(model_folder):
    assert isinstance(load_any(model_folder).manifest, Model)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    assert refusal(tmp_path / "gone") == (
        f"expected an artefact at {tmp_path / 'gone'} (a folder with manifest.json), found none"
    )


def test_a_file_instead_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    assert f"expected an artefact at {tmp_path / 'file'}" in refusal(tmp_path / "file")


def test_an_empty_folder_is_named(tmp_path):
    assert f"expected an artefact at {tmp_path}" in refusal(tmp_path)


def test_a_folder_of_artefacts_lists_them(model_folder):
    testing.saved(model_folder.parent / "images", testing.images())
    assert refusal(model_folder.parent).endswith("found none; the artefacts inside it are images, model")


def test_a_manifest_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "manifest.json").mkdir()
    assert refusal(tmp_path) == f"cannot read {tmp_path / 'manifest.json'}: Is a directory"


def test_another_kind_than_asked_for_is_named(model_folder):
    assert (
        refusal(model_folder, Plan)
        == f"expected an artefact of kind 'plan' at {model_folder}, found one of kind 'model'"
    )


@pytest.mark.parametrize("content", [b"", b"{", b"not json", b'{"kind": "model/1.0"', b"\xff\xfe", b"{} {}"])
def test_what_is_no_json_is_named(model_folder, content):
    (model_folder / "manifest.json").write_bytes(content)
    assert f"{model_folder / 'manifest.json'} is no JSON" in refusal(model_folder)


def test_json_without_an_end_of_nesting_is_refused(model_folder):
    (model_folder / "manifest.json").write_bytes(b"[" * 100_000)
    assert "is no JSON" in refusal(model_folder)


def test_text_that_is_no_utf8_is_refused(model_folder):
    (model_folder / "manifest.json").write_bytes(b'{"kind": "model/1.0", "name": "\xff"}')
    assert str(model_folder / "manifest.json") in refusal(model_folder)


@pytest.mark.parametrize("raw", ["[]", "3", "null", '"model/1.0"', "{}", '{"kind": null}', '{"kind": 1}'])
def test_json_without_a_kind_is_refused(model_folder, raw):
    (model_folder / "manifest.json").write_text(raw)
    text = refusal(model_folder)
    assert "expected a field 'kind' with one of model/1.x, images/1.x, dataflow/1.x" in text


@pytest.mark.parametrize("kind", ["modle/1.0", "model", "model/1", "model/one.two", "Model/1.0", "model/1.0.0", "/1.0"])
def test_an_unknown_kind_is_named(model_folder, rewrite, kind):
    assert f"found {kind!r}" in refusal(rewrite(model_folder, kind=kind))


def test_an_unknown_field_is_named_with_its_place(model_folder, rewrite):
    text = refusal(rewrite(model_folder, colour="green"))
    assert text == f"{model_folder / 'manifest.json'}: Object contains unknown field `colour`"


def test_an_unknown_field_inside_is_named_with_its_place(model_folder, rewrite):
    rewrite(model_folder, lambda raw: raw["bits"].update(colour="green"))
    assert "unknown field `colour` - at `$.bits`" in refusal(model_folder)


def test_a_wrong_type_is_named_with_its_place(model_folder, rewrite):
    assert "Expected `str`, got `int` - at `$.name`" in refusal(rewrite(model_folder, name=3))


def test_a_wrong_type_in_a_list_is_named_with_its_place(model_folder, rewrite):
    rewrite(model_folder, lambda raw: raw["scores"][0].update(value="high"))
    assert "at `$.scores[0].value`" in refusal(model_folder)


def test_a_missing_field_is_named(model_folder, rewrite):
    rewrite(model_folder, lambda raw: raw.pop("recipe"))
    assert "missing required field `recipe`" in refusal(model_folder)


@pytest.mark.parametrize("count", [-1, 1.5, None, "3"])
def test_a_count_is_a_whole_number_from_zero(model_folder, rewrite, count):
    assert "$.golden_count" in refusal(rewrite(model_folder, golden_count=count))


@pytest.mark.parametrize("digest", ["", "abc", "A" * 64, "g" * 64, "0" * 63])
def test_a_digest_is_64_hex_digits(model_folder, rewrite, digest):
    assert "$.sources" in refusal(rewrite(model_folder, sources={"plan": digest}))


@pytest.mark.parametrize("path", ["/etc/passwd", "../model/graph.onnx", "a/../../b", "", ".", "a\0b"])
def test_a_payload_outside_the_artefact_is_refused(model_folder, rewrite, path):
    rewrite(model_folder, lambda raw: raw["files"]["graph"].update(path=path))
    assert f"payload 'graph' must lie inside the artefact, its path is {path!r}" in refusal(model_folder)


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "-flag"])
def test_a_payload_with_the_name_of_a_path_is_refused(model_folder, rewrite, name):
    rewrite(model_folder, lambda raw: raw["files"].update({name: raw["files"]["graph"]}))
    assert f"payload {name!r} must lie inside the artefact" in refusal(model_folder)


def test_a_payload_in_a_folder_of_the_artefact_is_fine(model_folder, rewrite):
    (model_folder / "deep").mkdir()
    (model_folder / "graph.onnx").rename(model_folder / "deep" / "g.onnx")
    rewrite(model_folder, lambda raw: raw["files"]["graph"].update(path="deep/g.onnx"))
    assert load(model_folder, Model).payload("graph") == model_folder / "deep" / "g.onnx"


def test_a_payload_that_the_kind_demands_must_be_listed(model_folder, rewrite):
    rewrite(model_folder, lambda raw: raw["files"].pop("graph"))
    assert refusal(model_folder) == (
        f"{model_folder / 'manifest.json'}: the kind 'model' needs the payload 'graph', which is not there"
    )


def test_all_missing_payloads_are_listed(model_folder, rewrite):
    text = refusal(rewrite(model_folder, files={}))
    assert "needs the payload 'golden_inputs', 'graph'" in text


def test_every_error_of_a_manifest_is_the_users_to_mend():
    assert issubclass(ManifestError, LevadaError)
    assert ManifestError.exit_code == 2


def test_extensions_are_carried_untouched(tmp_path):
    extras = {"my-plugin": {"anything": [1, None, {"deep": True}]}}
    folder = testing.saved(tmp_path / "x", testing.dataflow(extensions=extras)).folder
    assert load(folder, Dataflow).manifest.extensions == extras


def test_further_payloads_are_welcome(tmp_path):
    folder = testing.saved(tmp_path / "x", testing.images(), {"thumbnails": b"small"}).folder
    assert load(folder, Images).payload("thumbnails").read_bytes() == b"small"
