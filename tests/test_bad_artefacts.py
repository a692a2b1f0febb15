# SPDX-License-Identifier: Apache-2.0
"""Damaged manifests and payloads, unknown operators, and output folders in the way: one message each, nothing lost."""

import json
import shutil

import pytest


@pytest.fixture
def dataflow(demo, tmp_path):
    """A copy of the demo's dataflow that a test may damage."""
    shutil.copytree(demo / "dataflow", tmp_path / "dataflow")
    for path in (tmp_path / "dataflow").iterdir():
        path.chmod(0o644)
    return tmp_path / "dataflow"


@pytest.fixture
def partition(refused, dataflow, tmp_path):
    """Return a function that partitions the damaged dataflow and returns the refusal."""
    return lambda: refused("partition", dataflow, "--cluster", "u280x2", "--out", tmp_path / "out")


def edit(folder, **fields):
    """Change fields of a manifest."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_an_unknown_field_is_named(dataflow, partition):
    edit(dataflow, colour="blue")
    said = partition()
    assert "colour" in said
    assert "manifest.json" in said


def test_a_wrong_type_is_named_with_its_place(dataflow, partition):
    edit(dataflow, golden_count="many")
    assert "golden_count" in partition()


def test_an_unknown_kind_is_named_with_the_known_ones(dataflow, partition):
    edit(dataflow, kind="dataplane/1.0")
    said = partition()
    assert "dataplane" in said
    assert "dataflow" in said


def test_a_newer_major_version_names_the_package_to_upgrade(dataflow, partition):
    edit(dataflow, kind="dataflow/2.0")
    said = partition()
    assert "2.0" in said
    assert "levada-core" in said


def test_a_newer_minor_version_is_read_with_a_notice(levada, dataflow, tmp_path):
    edit(dataflow, kind="dataflow/1.7", colour="blue")
    assert levada("show", dataflow).code == 0


def test_a_manifest_that_is_no_json_is_named(dataflow, partition):
    (dataflow / "manifest.json").write_text("{")
    assert "manifest.json" in partition()


def test_another_kind_than_asked_for_is_named(refused, demo, tmp_path):
    said = refused("partition", demo / "model", "--cluster", "u280x2", "--out", tmp_path / "out")
    assert "dataflow" in said
    assert "model" in said


def test_a_folder_that_is_no_artefact_is_named(refused, tmp_path):
    assert "nowhere" in refused("show", tmp_path / "nowhere")


def test_an_altered_payload_is_named(dataflow, partition):
    path = dataflow / "golden_answers.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    said = partition()
    assert "golden_answers" in said
    assert "altered" in said


def test_a_truncated_payload_is_named_with_both_sizes(dataflow, partition):
    path = dataflow / "emulation_graph.onnx"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:100])
    said = partition()
    assert "emulation_graph" in said
    assert f"{size}" in said


def test_a_missing_payload_is_named(dataflow, partition):
    (dataflow / "finn_graph.onnx").unlink()
    said = partition()
    assert "finn_graph" in said
    assert "missing" in said


def test_an_output_folder_that_exists_is_kept(refused, demo, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    assert "--force" in refused("partition", demo / "dataflow", "--cluster", "u280x2", "--out", tmp_path / "out")


def test_force_does_not_replace_what_is_no_artefact(refused, demo, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    refused("partition", demo / "dataflow", "--cluster", "u280x2", "--out", tmp_path / "out", "--force")


def test_force_replaces_an_artefact(levada, demo, tmp_path):
    for _ in range(2):
        levada.good("images", demo / "model", "--data", "digits:test", "--out", tmp_path / "out", "--force")
    assert (tmp_path / "out" / "manifest.json").exists()


def test_a_demo_does_not_write_among_other_files(refused, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    assert "out" in refused("demo", "--out", tmp_path / "out")


@pytest.fixture
def with_sine(demo, tmp_path):
    """The demo's model with a sine in the middle of its graph, a new artefact in every other way."""
    import onnx

    from levada.core.artefact import load, save
    from levada.core.manifests import Model

    model = load(demo / "model", Model)
    graph = onnx.load(model.payload("graph"))
    middle = next(number for number, node in enumerate(graph.graph.node) if node.op_type == "Add")
    before = graph.graph.node[middle]
    renamed = before.output[0]
    before.output[0] = "plain"
    graph.graph.node.insert(middle + 1, onnx.helper.make_node("Sin", ["plain"], [renamed], name="strange_sine"))
    onnx.save(graph, tmp_path / "graph.onnx")
    payloads = {name: model.payload(name) for name in model.manifest.files} | {"graph": tmp_path / "graph.onnx"}
    return save(tmp_path / "model", model.manifest, payloads).folder


def test_an_operator_that_cannot_be_streamed_is_named(refused, with_sine, tmp_path):
    said = refused("compile", with_sine, "--board", "u280", "--out", tmp_path / "out")
    assert "Sin" in said


def test_an_operator_that_cannot_be_streamed_is_named_with_its_neighbours(refused, with_sine, tmp_path):
    said = refused("compile", with_sine, "--board", "u280", "--out", tmp_path / "out")
    assert "between" in said or "after" in said
    assert "Add" in said


def test_a_graph_that_is_no_onnx_is_named(refused, demo, tmp_path):
    from levada.core.artefact import load, save
    from levada.core.manifests import Model

    model = load(demo / "model", Model)
    (tmp_path / "graph.onnx").write_bytes(b"no graph at all")
    payloads = {name: model.payload(name) for name in model.manifest.files} | {"graph": tmp_path / "graph.onnx"}
    save(tmp_path / "model", model.manifest, payloads)
    assert "graph.onnx" in refused("compile", tmp_path / "model", "--board", "u280", "--out", tmp_path / "out")
