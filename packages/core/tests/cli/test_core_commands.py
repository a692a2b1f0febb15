# SPDX-License-Identifier: Apache-2.0
"""Core's own commands as a user types them."""

import json

import pytest

from levada.core import testing
from levada.core.manifests import KINDS, kind_of

BUILDERS = {
    "model": testing.model, "images": testing.images, "dataflow": testing.dataflow, "plan": testing.plan,
    "deployment": testing.deployment, "build": testing.build, "run": testing.run,
}  # fmt: skip


@pytest.mark.parametrize("kind", BUILDERS)
def test_show_sums_up_an_artefact_of_every_kind(levada, tmp_path, kind):
    folder = testing.saved(tmp_path / kind, BUILDERS[kind]()).folder
    result = levada("show", folder)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(kind)


def test_show_sums_up_every_artefact_in_a_folder(levada, tmp_path):
    for kind in ("plan", "model"):
        testing.saved(tmp_path / kind, BUILDERS[kind]())
    rows = levada("show", tmp_path).out.splitlines()
    heads = [row.partition(" ")[0] for row in rows if not row.startswith(" ")]
    assert heads == [f"{tmp_path / 'model'}:", "model", f"{tmp_path / 'plan'}:", "plan"]


def test_show_says_what_it_left_out_of_a_newer_version(levada, model_folder, rewrite):
    rewrite(model_folder, kind="model/1.1", colour="green")
    result = levada("show", model_folder)
    assert result.code == 0
    assert "field 'colour' is newer than this levada-core and was left out" in result.err


def test_show_of_nothing_exits_2(levada, tmp_path):
    result = levada("show", tmp_path)
    assert (result.code, result.out) == (2, "")
    assert "expected an artefact at" in result.err


def test_show_of_a_manifest_that_is_damaged_exits_2(levada, model_folder):
    (model_folder / "manifest.json").write_text("{")
    assert levada("show", model_folder).code == 2


def test_show_needs_no_payloads(levada, model_folder):
    (model_folder / "graph.onnx").unlink()
    assert levada("show", model_folder).code == 0


@pytest.mark.parametrize("kind", [kind_of(kind) for kind in KINDS])
def test_schema_prints_the_schema_of_every_kind(levada, kind):
    schema = json.loads(levada("schema", kind).out)
    assert schema["$ref"] == f"#/$defs/{kind.title()}"


def test_schema_of_an_unknown_kind_exits_2_and_lists_the_known(levada):
    result = levada("schema", "modle")
    assert result.code == 2
    assert result.err == (
        "levada: error: no manifest kind 'modle'; there are model, images, dataflow, plan, deployment, build, run\n"
    )


def test_plugins_lists_what_is_registered_and_by_whom(levada):
    rows = levada("plugins").out.splitlines()
    assert "  board: u280 (by core)" in rows
    assert "  cluster: u280x3 (by core)" in rows
    assert "  stage: pick (by test)" in rows


def test_plugins_lists_nothing_twice(levada):
    rows = levada("plugins").out.splitlines()
    assert len(rows) == len(set(rows))


@pytest.fixture
def flow(tmp_path):
    file = tmp_path / "small.toml"
    file.write_text(
        'name = "small"\nsummary = ["pick"]\n[parameters.data]\ndefault = "digits"\n'
        '[[step]]\nstage = "first"\n[[step]]\nstage = "pick"\noptions = { data = "{data}" }\n'
    )
    return file


def test_a_flow_runs_its_steps_and_prints_its_summary(levada, flow, tmp_path):
    result = levada("flow", flow, "--out", tmp_path / "out")
    assert (result.code, result.out) == (0, "images digits:test: 2 of 8×8×1 UINT8\n")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["first", "pick"]


def test_a_flow_says_which_step_it_is_at(levada, flow, tmp_path):
    result = levada("flow", flow, "--out", tmp_path / "out")
    assert f"[2/2] pick → {tmp_path / 'out' / 'pick'}" in result.err


def test_a_flow_takes_parameters(levada, flow, tmp_path):
    assert "letters:test" in levada("flow", flow, "--out", tmp_path / "out", "--set", "data=letters").out


@pytest.mark.parametrize("pair", ["data", "colour=green"])
def test_a_parameter_that_makes_no_sense_exits_2(levada, flow, tmp_path, pair):
    result = levada("flow", flow, "--out", tmp_path / "out", "--set", pair)
    assert result.code == 2
    assert not (tmp_path / "out").exists()


def test_a_parameter_may_hold_an_equals_sign(levada, flow, tmp_path):
    assert "a=b:test" in levada("flow", flow, "--out", tmp_path / "out", "--set", "data=a=b").out


def test_a_flow_that_is_there_exits_2_and_is_kept(levada, flow, tmp_path):
    levada("flow", flow, "--out", tmp_path / "out")
    before = (tmp_path / "out" / "pick" / "manifest.json").stat().st_ino
    assert levada("flow", flow, "--out", tmp_path / "out").code == 2
    assert (tmp_path / "out" / "pick" / "manifest.json").stat().st_ino == before


def test_the_demo_says_what_to_install_where_core_is_alone(levada, tmp_path):
    result = levada("demo", "--out", tmp_path / "out")
    assert result.code == 2
    assert "no stage 'train' is registered" in result.err
    assert not (tmp_path / "out").exists()


def test_the_demo_offers_its_parameters_as_flags(levada):
    text = " ".join(levada("demo", "--help").out.split())
    assert "--cards {1,2,3}" in text
    assert "--topology" in text
    assert "--weights" in text


def test_the_demo_takes_no_other_number_of_cards(levada, tmp_path):
    result = levada("demo", "--cards", "4", "--out", tmp_path / "out")
    assert result.code == 2
    assert "invalid choice: 4" in result.err
