# SPDX-License-Identifier: Apache-2.0
"""The manifests as types: what they have in common, and what each demands."""

import inspect
import re

import msgspec
import pytest

from levada.core import manifests, testing
from levada.core.manifests import KINDS, Deployment, Manifest, Model, Plan, Record, Verdict, kind_of

RECORDS = [value for value in vars(manifests).values() if inspect.isclass(value) and issubclass(value, Record)]


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_every_kind_is_a_manifest(kind):
    assert issubclass(kind, Manifest)


def test_a_kind_is_known_by_class_and_by_value():
    assert kind_of(Plan) == kind_of(testing.plan()) == "plan"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_is_frozen(record):
    assert record.__struct_config__.frozen


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_refuses_unknown_fields(record):
    assert record.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_says_what_it_is(record):
    assert record.__doc__


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_takes_its_fields_by_name(record):
    if record.__struct_fields__:
        with pytest.raises(TypeError, match="positional"):
            record(1)


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_every_kind_has_the_common_fields(kind):
    assert {"sources", "files", "extensions"} <= set(kind.__struct_fields__)


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_every_demanded_payload_is_documented(kind):
    text = inspect.getdoc(kind) or ""
    own = [name for name in kind.PAYLOADS if name not in carried(kind)]
    assert [name for name in own if f"``{name}``" not in text] == []


def carried(kind):
    """Return the payloads that a kind carries forward; they are documented where they come from."""
    before = {"plan": "dataflow", "deployment": "plan"}.get(kind_of(kind))
    return next((other.PAYLOADS for other in KINDS if kind_of(other) == before), ())


def test_a_plan_carries_all_that_its_dataflow_has():
    assert set(manifests.Dataflow.PAYLOADS) < set(Plan.PAYLOADS) < set(Deployment.PAYLOADS)


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_units_stand_in_the_names_of_measures(kind):
    measures = [name for name in kind.__struct_fields__ if re.search(r"clock|latency|rate$|time", name)]
    assert all(re.search(r"_(mhz|ms|us|ns|s|per_s)$", name) or name == "latency" for name in measures)


def test_a_field_cannot_be_changed():
    with pytest.raises(AttributeError):
        testing.model().name = "mine"


def test_equal_manifests_are_equal():
    assert testing.model() == testing.model()
    assert testing.model() != testing.model(name="mine")


def test_everything_that_is_exported_exists():
    assert [name for name in manifests.__all__ if not hasattr(manifests, name)] == []


def test_every_record_is_exported():
    assert {record.__name__ for record in RECORDS} <= set(manifests.__all__)


def test_a_verdict_fails_with_any_of_its_rules():
    check = testing.deployment().verdict.checks[0]
    broken = msgspec.structs.replace(check, passed=False)
    assert not Verdict(checker="x", checks=(check, broken, check)).passed


def test_a_verdict_without_rules_finds_nothing_wrong():
    assert Verdict(checker="x", checks=()).passed


def test_optional_fields_have_defaults():
    stream = testing.stream()
    assert (stream.rigid, testing.layer("AddStreams_0").weight_bits) == (False, 0)


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_every_kind_has_a_json_schema(kind):
    schema = msgspec.json.schema(kind)
    assert kind.__name__ in schema["$defs"]
    assert schema["$defs"][kind.__name__]["properties"]["kind"]["enum"] == [f"{kind_of(kind)}/1.0"]


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_a_schema_allows_nothing_besides(kind):
    schema = msgspec.json.schema(kind)
    assert schema["$defs"][kind.__name__]["additionalProperties"] is False


def test_digests_are_described_in_the_schema():
    schema = msgspec.json.schema(Model)
    sources = schema["$defs"]["Model"]["properties"]["sources"]
    assert sources["additionalProperties"]["pattern"] == "^[0-9a-f]{64}$"


@pytest.mark.parametrize(
    ("ends", "beside"), [(("a", "b"), "b"), ((None, "b"), "b"), (("a", None), "a"), ((None, None), None)]
)
@pytest.mark.parametrize("kind", [testing.dataflow().streams[0], testing.plan().streams[0]], ids=["told", "planned"])
def test_a_stream_lies_beside_its_sink_or_else_its_source(kind, ends, beside):
    assert msgspec.structs.replace(kind, source=ends[0], sink=ends[1]).beside == beside
