# SPDX-License-Identifier: Apache-2.0
"""Which versions of a manifest are read, and what is said of the rest."""

import json
from pathlib import Path

import pytest

from levada.core import testing, versions
from levada.core.artefact import encode, load
from levada.core.errors import ManifestError
from levada.core.manifests import KINDS, Images, Model, Plan, kind_of
from levada.core.versions import decode, present

PLACE = Path("there/manifest.json")


def raw(manifest=None, **fields):
    """Return a manifest as JSON, with fields changed."""
    return json.loads(encode(manifest or testing.images())) | fields


def read(value):
    return decode(json.dumps(value).encode(), PLACE)


def refusal(value):
    """Return the text of the error that decoding raises."""
    with pytest.raises(ManifestError) as caught:
        read(value)
    return str(caught.value)


@pytest.fixture
def upgrades(monkeypatch):
    """The table of upgrades, empty."""
    table = {}
    monkeypatch.setattr(versions, "UPGRADES", table)
    return table


def test_this_release_writes_1_0_of_every_kind():
    assert {(present(kind).major, present(kind).minor) for kind in KINDS} == {(1, 0)}


def test_the_kinds_are_the_seven_of_the_flow():
    assert [kind_of(kind) for kind in KINDS] == ["model", "images", "dataflow", "plan", "deployment", "build", "run"]


def test_a_version_of_a_manifest_has_its_parts():
    version = present(Plan)
    assert (version.kind, version.major, version.minor) == ("plan", 1, 0)


def test_the_present_version_gives_no_notice():
    assert read(raw()) == (testing.images(), ())


# ------------------------------------------------------------------------------------------------ minor versions


def test_a_newer_minor_version_is_read():
    manifest, _ = read(raw(kind="images/1.7"))
    assert manifest == testing.images()


def test_a_newer_minor_version_that_adds_nothing_gives_no_notice():
    assert read(raw(kind="images/1.7"))[1] == ()


def test_a_field_of_a_newer_minor_version_is_left_out_with_a_notice():
    manifest, notices = read(raw(kind="images/1.1", colour="green"))
    assert manifest == testing.images()
    assert notices == (f"{PLACE}: field 'colour' is newer than this levada-core and was left out",)


def test_a_newer_field_inside_a_record_is_left_out():
    value = raw(kind="images/1.1")
    value["tensor"]["colour"] = "green"
    manifest, notices = read(value)
    assert manifest == testing.images()
    assert "field 'colour'" in notices[0]


def test_newer_fields_inside_a_list_are_named_once():
    value = raw(testing.dataflow(), kind="dataflow/1.1")
    for stream in value["streams"]:
        stream["colour"] = "green"
    manifest, notices = read(value)
    assert manifest == testing.dataflow()
    assert len(notices) == 1


def test_newer_fields_deep_inside_are_left_out():
    value = raw(testing.dataflow(), kind="dataflow/1.1")
    value["layers"][0]["foldings"][0]["resources"]["laguna"] = 4
    manifest, notices = read(value)
    assert manifest == testing.dataflow()
    assert "field 'laguna'" in notices[0]


def test_a_newer_field_of_what_may_be_missing_is_left_out():
    value = raw(testing.dataflow(), kind="dataflow/1.1")
    value["layers"][0]["foldings"][0]["weights"]["ports"] = 2
    manifest, notices = read(value)
    assert manifest == testing.dataflow()
    assert "field 'ports'" in notices[0]


def test_a_newer_field_of_a_payload_is_left_out(tmp_path, rewrite):
    folder = testing.saved(tmp_path / "x", testing.images()).folder
    rewrite(folder, lambda value: value["files"]["images"].update(mode="0444"), kind="images/1.1")
    loaded = load(folder, Images)
    assert "field 'mode'" in loaded.notices[0]
    assert loaded.payload("images").is_file()


def test_extensions_of_a_newer_minor_version_are_kept():
    extras = {"my-plugin": {"colour": "green"}}
    manifest, notices = read(raw(testing.images(extensions=extras), kind="images/1.1"))
    assert (manifest.extensions, notices) == (extras, ())


def test_a_wrong_type_is_an_error_in_a_newer_minor_version_too():
    assert "$.count" in refusal(raw(kind="images/1.1", count="many"))


def test_a_missing_field_is_an_error_in_a_newer_minor_version_too():
    value = raw(kind="images/1.1")
    del value["dataset"]
    assert "missing required field `dataset`" in refusal(value)


def test_an_unknown_field_is_an_error_at_the_present_minor_version():
    assert refusal(raw(colour="green")) == f"{PLACE}: Object contains unknown field `colour`"


# ------------------------------------------------------------------------------------------------ major versions


def test_a_newer_major_version_names_the_package_to_upgrade():
    assert refusal(raw(kind="images/2.0")) == (
        f"{PLACE} is of kind images/2.0; this levada-core reads images/1.x: upgrade levada-core"
    )


def test_an_older_major_version_that_is_not_known_is_to_be_made_again():
    assert refusal(raw(kind="images/0.9")).endswith("reads images/1.x: make it again with this release")


def test_an_older_major_version_is_upgraded(upgrades):
    upgrades["images", 0] = lambda old: {**old, "dataset": old["dataset"].upper()}
    manifest, notices = read(raw(kind="images/0.9"))
    assert (manifest.dataset, notices) == ("DIGITS", ())


def test_an_upgrade_may_drop_and_add_fields(upgrades):
    def upgrade(old):
        renamed = {name: value for name, value in old.items() if name != "source"}
        return {**renamed, "dataset": old["source"]}

    upgrades["images", 0] = upgrade
    old = raw(kind="images/0.3", source="old set")
    del old["dataset"]
    assert read(old)[0].dataset == "old set"


def test_an_upgrade_is_checked_like_any_manifest(upgrades):
    upgrades["images", 0] = lambda old: {**old, "colour": "green"}
    assert "unknown field `colour`" in refusal(raw(kind="images/0.9"))


@pytest.mark.parametrize(
    "upgrade", [lambda old: old["gone"], lambda old: old + 1, lambda old: old.gone, lambda old: int("x")]
)
def test_an_old_manifest_that_does_not_fit_its_upgrade_is_named(upgrades, upgrade):
    upgrades["images", 0] = upgrade
    assert f"{PLACE} is no valid images/0.9, so it cannot be upgraded" in refusal(raw(kind="images/0.9"))


def test_an_upgrade_of_another_kind_is_not_used(upgrades):
    upgrades["model", 0] = lambda old: old
    assert "make it again" in refusal(raw(kind="images/0.9"))


def test_a_newer_major_version_is_not_upgraded(upgrades):
    upgrades["images", 1] = lambda old: old
    assert "upgrade levada-core" in refusal(raw(kind="images/2.0"))


# ------------------------------------------------------------------------------------------------- released ones

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_manifest_of_every_released_version_is_read(file):
    manifest, notices = decode(file.read_bytes(), file)
    assert kind_of(manifest) == file.stem.partition("-")[0]
    assert notices == ()


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_every_kind_has_a_golden_manifest_of_its_present_version(kind):
    version = present(kind)
    assert f"{version.kind}-{version.major}.{version.minor}" in {file.stem for file in GOLDEN}


def test_a_golden_manifest_keeps_its_values():
    model, _ = decode((Path(__file__).parent / "golden" / "model-1.0.json").read_bytes(), PLACE)
    assert isinstance(model, Model)
    assert (model.name, model.bits.weights, model.scores[0].value) == ("digits-small", 4, 0.975)
