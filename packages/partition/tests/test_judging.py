# SPDX-License-Identifier: Apache-2.0
"""`levada judge`: a saved plan against every rule."""

import json

import pytest

from levada.core import testing
from levada.core.cli import main
from levada.partition.judge import RULES


@pytest.fixture
def folder(tmp_path, small):
    dataflow = testing.saved(tmp_path / "dataflow", small).folder
    main(["partition", str(dataflow), "--cluster", "u280x2", "--weights", "bram", "--out", str(tmp_path / "plan")])
    return tmp_path / "plan"


def edited(folder, **fields):
    """Change fields of a saved plan's manifest."""
    file = folder / "manifest.json"
    file.chmod(0o644)
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def test_a_plan_as_it_was_saved_obeys_every_rule(folder, capsys):
    capsys.readouterr()
    assert main(["judge", str(folder)]) == 0
    assert f"all {len(RULES)} rules hold" in capsys.readouterr().out


def test_a_plan_that_was_edited_does_not(folder, capsys):
    edited(folder, clock_mhz=400.0)
    assert main(["judge", str(folder)]) == 1
    assert "BROKEN  rate and bottleneck are right: layers allow" in capsys.readouterr().out


def test_a_plan_is_judged_by_another_cluster_where_that_is_named(folder, capsys):
    assert main(["judge", str(folder), "--cluster", "u280x3"]) == 1
    assert "BROKEN  the cluster is the plan's: the plan is for cluster 'u280x2'" in capsys.readouterr().out


def test_a_cluster_that_nobody_knows_is_asked_for(folder, capsys):
    edited(folder, cluster="lab")
    assert main(["judge", str(folder)]) == 2
    said = "the plan is for 'lab', which is no preset; give the cluster that it was made for with --cluster FILE"
    assert said in capsys.readouterr().err


def test_a_dataflow_that_is_none_is_named(folder, capsys, monkeypatch):
    monkeypatch.setattr("levada.core.artefact.Artefact.payload", lambda self, _: self.folder / "manifest.json")
    assert main(["judge", str(folder)]) == 2
    assert "expected the manifest of the plan's dataflow" in capsys.readouterr().err
