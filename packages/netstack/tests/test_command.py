# SPDX-License-Identifier: Apache-2.0
"""`levada netstack` as a user meets it: exit codes, messages, and a folder that is whole or not there."""

import os
import subprocess
import sys

import pytest

from levada.core import testing
from levada.core.artefact import load
from levada.core.manifests import Deployment

OTHERS = "qat,compile,partition,runtime"


@pytest.fixture
def levada(tmp_path):
    """Return a function that runs the command on a saved plan over two cards."""
    testing.saved(tmp_path / "plan", testing.plan(2))

    def run(*arguments):
        command = [sys.executable, "-m", "levada.core.cli", "--no-store", "netstack", *arguments]
        environment = {**os.environ, "LEVADA_WITHOUT": OTHERS}
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)

    return run


def test_a_deployment_is_written_and_passes(levada, tmp_path):
    done = levada("plan", "--cluster", "u280x2", "--out", "out")
    assert (done.returncode, load(tmp_path / "out", Deployment).manifest.verdict.passed) == (0, True)


def test_plain_mode_is_an_option(levada, tmp_path):
    levada("plan", "--cluster", "u280x2", "--flow", "plain", "--out", "out")
    assert load(tmp_path / "out", Deployment).manifest.flow.mode == "plain"


def test_another_mode_is_the_user_s_mistake(levada):
    done = levada("plan", "--cluster", "u280x2", "--flow", "fast", "--out", "out")
    assert (done.returncode, "framed" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_a_missing_cluster_is_the_user_s_mistake(levada):
    done = levada("plan", "--out", "out")
    assert (done.returncode, "--cluster" in done.stderr) == (2, True)


def test_another_cluster_than_the_plan_s_is_the_user_s_mistake(levada, tmp_path):
    done = levada("plan", "--cluster", "oct-u280-3", "--out", "out")
    assert (done.returncode, "the plan was made for cluster 'u280x2'" in done.stderr, "Traceback" in done.stderr) == (
        2,
        True,
        False,
    )
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_plan_is_the_user_s_mistake(levada):
    done = levada("nothing", "--cluster", "u280x2", "--out", "out")
    assert (done.returncode, "expected an artefact at nothing" in done.stderr) == (2, True)


def test_the_help_says_what_the_stage_does(levada):
    assert "Give every card its addresses, sockets, packets and link" in levada("--help").stdout
