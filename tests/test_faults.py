# SPDX-License-Identifier: Apache-2.0
"""A fault on the way makes the demo fail, and the place is named."""

import pytest

from levada.core.artefact import load
from levada.core.manifests import Plan

FRAME = 17


@pytest.fixture(scope="module")
def cut(demo):
    """The first stream that crosses from card to card."""
    return load(demo / "plan", Plan).manifest.cuts[0]


@pytest.fixture
def fail(levada, demo, tmp_path):
    """Return a function that runs the demo with a fault, and returns what it said."""

    def run(fault):
        result = levada("demo", "--out", tmp_path / "out", "--inject", fault)
        assert result.code == 1
        assert "Traceback" not in result.err
        return result.err

    return run


@pytest.mark.parametrize("action", ["flip", "drop"])
def test_a_fault_on_the_wire_is_named_with_stream_and_frame(fail, cut, action):
    said = fail(f"{action}@{cut.stream}:{FRAME}")
    assert cut.stream in said
    assert f"frame {FRAME}" in said


@pytest.mark.parametrize("action", ["flip", "drop"])
def test_a_fault_on_the_wire_is_named_with_its_cards(fail, cut, action):
    said = fail(f"{action}@{cut.stream}:{FRAME}")
    assert f"card {cut.sink_card}" in said


@pytest.mark.parametrize("host", ["fpga1", "fpga2", "fpga3"])
def test_a_killed_agent_is_named(fail, host):
    assert host in fail(f"kill@{host}:{FRAME}")


def test_a_fault_that_names_no_stream_is_the_users_mistake(levada, demo, tmp_path):
    result = levada("demo", "--out", tmp_path / "out", "--inject", f"flip@nowhere:{FRAME}")
    assert result.code == 2
    assert "nowhere" in result.err
