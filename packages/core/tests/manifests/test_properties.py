# SPDX-License-Identifier: Apache-2.0
"""What holds for every manifest of every kind, whatever it says."""

import json
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.artefact import encode
from levada.core.errors import ManifestError
from levada.core.manifests import kind_of
from levada.core.show import lines
from levada.core.versions import decode

PLACE = Path("there/manifest.json")


def test_the_manifests_differ(manifests):
    assert len({encode(manifest) for manifest in manifests}) == len(manifests)


def test_what_is_written_is_read(manifests):
    for manifest in manifests:
        assert decode(encode(manifest), PLACE) == (manifest, ())


def test_what_is_read_is_written_alike(manifests):
    for manifest in manifests:
        content = encode(manifest)
        assert encode(decode(content, PLACE)[0]) == content


def test_the_order_of_fields_in_a_file_does_not_matter(manifests):
    for manifest in manifests:
        raw = json.loads(encode(manifest))
        backward = json.dumps(dict(reversed(raw.items()))).encode()
        assert decode(backward, PLACE)[0] == manifest


def test_a_field_of_a_newer_minor_version_is_left_out_wherever_it_stands(manifests, records_of):
    for manifest in manifests:
        raw, records = records_of(manifest)
        _, record = random.Random(1).choice(records)
        record["a_newer_field"] = {"deep": [1]}
        raw["kind"] = f"{kind_of(manifest)}/1.9"
        found, notices = decode(msgspec.json.encode(raw), PLACE)
        assert (found, len(notices)) == (manifest, 1)


def test_fields_of_a_newer_minor_version_are_left_out_everywhere_at_once(manifests, records_of):
    for manifest in manifests:
        raw, records = records_of(manifest)
        for _, record in records:
            record["a_newer_field"] = 1
        raw["kind"] = f"{kind_of(manifest)}/1.9"
        assert decode(msgspec.json.encode(raw), PLACE)[0] == manifest


def test_an_unknown_field_of_this_version_is_refused_wherever_it_stands(manifests, records_of):
    for manifest in manifests:
        raw, records = records_of(manifest)
        _, record = random.Random(2).choice(records)
        record["a_strange_field"] = 1
        with pytest.raises(ManifestError, match="unknown field `a_strange_field`"):
            decode(msgspec.json.encode(raw), PLACE)


def test_a_manifest_that_lacks_a_field_without_default_is_refused(manifests):
    for manifest in manifests:
        raw = msgspec.to_builtins(manifest)
        required = [field.name for field in msgspec.inspect.type_info(type(manifest)).fields if field.required]
        gone = random.Random(3).choice(required)
        del raw[gone]
        with pytest.raises(ManifestError, match=f"missing required field `{gone}`"):
            decode(msgspec.json.encode(raw), PLACE)


def test_a_field_of_another_type_is_refused_with_its_place(manifests):
    for manifest in manifests:
        raw = msgspec.to_builtins(manifest) | {"name": [], "dataset": []}
        wrong = "name" if "name" in type(manifest).__struct_fields__ else "dataset"
        del raw["dataset" if wrong == "name" else "name"]
        with pytest.raises(ManifestError, match=rf"Expected `str`, got `array` - at `\$\.{wrong}`"):
            decode(msgspec.json.encode(raw), PLACE)


def test_every_manifest_has_a_summary(manifests):
    for manifest in manifests:
        rows = lines(manifest)
        assert rows[0].startswith(kind_of(manifest))
        assert all(isinstance(row, str) for row in rows)


@given(st.binary(max_size=64))
def test_junk_is_refused_with_the_files_name(junk):
    with pytest.raises(ManifestError, match=r"there/manifest\.json"):
        decode(junk, PLACE)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_json_of_something_else_is_refused_with_the_files_name(value):
    with pytest.raises(ManifestError, match=r"there/manifest\.json"):
        decode(json.dumps(value).encode(), PLACE)
