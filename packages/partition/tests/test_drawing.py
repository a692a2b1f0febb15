# SPDX-License-Identifier: Apache-2.0
"""`levada floorplan` and `levada partition --picture`."""

import pytest

from levada.core import testing
from levada.core.cli import main


@pytest.fixture
def plan(tmp_path, small):
    dataflow = testing.saved(tmp_path / "dataflow", small).folder
    main(
        [
            "partition",
            str(dataflow),
            "--cluster",
            "u280x2",
            "--weights",
            "bram",
            "--picture",
            "--out",
            str(tmp_path / "plan"),
        ]
    )
    return tmp_path / "plan"


def test_a_plan_holds_both_pictures(plan):
    assert {file.suffix for file in plan.rglob("floorplan_*")} == {".svg", ".png"}


def test_a_file_without_suffix_is_drawn_twice(plan, tmp_path, capsys):
    code = main(["floorplan", str(plan), "--out", str(tmp_path / "seen")])
    written = {file.name for file in tmp_path.glob("seen*")}
    assert (code, written) == (0, {"seen.svg", "seen.png"})
    assert "seen.svg" in capsys.readouterr().err


def test_a_suffix_says_how(plan, tmp_path):
    main(["floorplan", str(plan), "--out", str(tmp_path / "seen.png")])
    assert [file.name for file in tmp_path.glob("seen*")] == ["seen.png"]


def test_another_suffix_is_the_users_mistake(plan, tmp_path):
    assert main(["floorplan", str(plan), "--out", str(tmp_path / "seen.gif")]) == 2
