# SPDX-License-Identifier: Apache-2.0
"""The benchmark of the planner runs on its smallest instance, and ends in a line that can be read."""

import re
import subprocess
import sys

import pytest

PLANNERS = ("levada", "levada-ideals", "levada-cbc", "elastic-df")


@pytest.fixture(scope="module")
def printed(root):
    """Return the lines that the smallest instance prints."""
    wanted = [argument for planner in PLANNERS for argument in ("--planner", planner)]
    script = [sys.executable, "benchmarks/partition.py", "--quick", "--only", "residual-20n", "--seconds", "20"]
    ran = subprocess.run([*script, *wanted], cwd=root, capture_output=True, text=True, check=True, timeout=120)
    return ran.stdout.splitlines()


def test_every_planner_has_a_row(printed):
    assert [row.split()[1] for row in printed[1:-1]] == list(PLANNERS)


def test_levada_proves_the_smallest_instance(printed):
    assert "levada proved 1 of 1" in printed[-1]


def test_summary_gives_the_ratio_of_times(printed):
    pytest.importorskip("finn")
    assert re.search(r"elastic-df answered 1 of 1 \(1 within all limits\), time x\d+\.\d", printed[-1])


def test_all_of_levadas_ways_find_the_same_utilisation(printed):
    assert len({row.split()[6] for row in printed[1:4]}) == 1
