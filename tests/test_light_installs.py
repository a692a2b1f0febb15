# SPDX-License-Identifier: Apache-2.0
"""Hosts that install only what they need: wheels of a few packages in an environment of their own, on 3.11 and on 3.10.

These tests install packages, so they need pip's index or uv's cache.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from levada.core.artefact import load, load_any
from levada.core.manifests import Run

pytestmark = pytest.mark.slow
PYTHON_3_10 = os.environ.get("LEVADA_PYTHON_3_10")
UV = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
INTERPRETERS = [
    pytest.param(sys.executable, "python-3.11.txt", id="3.11"),
    pytest.param(PYTHON_3_10, "python-3.10.txt", id="3.10",
                 marks=pytest.mark.skipif(not PYTHON_3_10, reason="no CPython 3.10 is named by LEVADA_PYTHON_3_10")),
]  # fmt: skip


class Environment(NamedTuple):
    """A virtual environment with a few of the packages."""

    folder: Path

    def run(self, *command, timeout_s=120):
        """Run a command of the environment, which sees nothing of the one that runs the tests."""
        known = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
        return subprocess.run(
            [str(self.folder / "bin" / command[0]), *map(str, command[1:])],
            env=known | {"LEVADA_STORE": str(self.folder / "store")},
            capture_output=True, text=True, timeout=timeout_s, check=False, cwd=self.folder,
        )  # fmt: skip

    def imports(self, module):
        """Say whether a module can be imported."""
        return self.run("python", "-c", f"import {module}").returncode == 0


def uv(*arguments):
    done = subprocess.run([UV, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def wheels(root, tmp_path_factory):
    """The built wheels of all packages."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in sorted((root / "packages").iterdir()):
        uv(
            "build",
            "--quiet",
            "--wheel",
            "--no-build-isolation",
            "--python",
            sys.executable,
            "--out-dir",
            folder,
            package,
        )
    return folder


@pytest.fixture(scope="session")
def environment(root, wheels, tmp_path_factory):
    """Return a function that makes an environment with some packages, each made once."""

    @cache
    def make(interpreter, lock, *requirements):
        folder = tmp_path_factory.mktemp("environment") / "venv"
        uv("venv", "--quiet", "--python", interpreter, folder)
        uv("pip", "install", "--quiet", "--python", folder / "bin" / "python", "--find-links", wheels,
           "--constraint", root / "requirements" / lock, *requirements)  # fmt: skip
        return Environment(folder)

    return make


@pytest.fixture(scope="session")
def planner(environment):
    return environment(sys.executable, "python-3.11.txt", "levada-partition")


def test_a_planner_plans_as_the_whole_installation_does(planner, demo, tmp_path):
    done = planner.run("levada", "partition", demo / "dataflow", "--cluster", "u280x3", "--out", tmp_path / "plan")
    assert done.returncode == 0, done.stderr
    assert load_any(tmp_path / "plan").manifest == load_any(demo / "plan").manifest


@pytest.mark.parametrize("module", ["torch", "finn", "zmq", "onnx", "brevitas"])
def test_a_planner_has_nothing_heavy(planner, module):
    assert not planner.imports(module)


@pytest.mark.parametrize(("interpreter", "lock"), INTERPRETERS)
def test_netstack_alone_connects_a_plan(environment, demo, tmp_path, interpreter, lock):
    alone = environment(interpreter, lock, "levada-netstack")
    done = alone.run("levada", "netstack", demo / "plan", "--cluster", "u280x3", "--out", tmp_path / "deployment")
    assert done.returncode == 0, done.stderr
    assert load_any(tmp_path / "deployment").digest == load_any(demo / "deployment").digest


@pytest.mark.parametrize(("interpreter", "lock"), INTERPRETERS)
@pytest.mark.parametrize("module", ["torch", "finn", "zmq", "mip", "levada.partition"])
def test_netstack_alone_has_nothing_heavy(environment, interpreter, lock, module):
    assert not environment(interpreter, lock, "levada-netstack").imports(module)


@pytest.mark.parametrize(("interpreter", "lock"), INTERPRETERS)
def test_a_command_of_another_package_says_what_to_install(environment, interpreter, lock):
    done = environment(interpreter, lock, "levada-netstack").run("levada", "run", "deployment")
    assert done.returncode == 2
    assert "levada-runtime" in done.stderr


@pytest.fixture
def address():
    """A socket's address that is short enough for one."""
    with tempfile.TemporaryDirectory(prefix="levada-") as folder:
        yield f"ipc://{folder}/agent"


@pytest.mark.parametrize(("interpreter", "lock"), INTERPRETERS)
def test_runtime_alone_starts_an_agent_that_ends_when_told(environment, address, interpreter, lock):
    alone = environment(interpreter, lock, "levada-runtime[emulated]")
    command = [alone.folder / "bin" / "levada", "agent", "--cluster", "u280x1", "--host", "fpga1", "--address", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as agent:
        first = agent.stdout.readline()
        agent.send_signal(signal.SIGTERM)
        agent.communicate(timeout=20)
    assert "fpga1" in first
    assert agent.returncode == 0


@pytest.mark.parametrize(("interpreter", "lock"), INTERPRETERS)
def test_runtime_alone_says_what_to_install_for_the_network(environment, demo, tmp_path, interpreter, lock):
    alone = environment(interpreter, lock, "levada-runtime[emulated]")
    done = alone.run("levada", "run", demo / "deployment", "--cluster", "u280x3", "--input", "golden", "--emulate",
                     "--out", tmp_path / "run")  # fmt: skip
    assert done.returncode == 2
    assert "levada-netstack" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("interpreter", "lock"), INTERPRETERS)
def test_a_card_host_gives_the_same_answers(environment, demo, tmp_path, interpreter, lock):
    host = environment(interpreter, lock, "levada-runtime[emulated]", "levada-netstack")
    done = host.run("levada", "run", demo / "deployment", "--cluster", "u280x3", "--input", "golden", "--emulate",
                    "--out", tmp_path / "run")  # fmt: skip
    assert done.returncode == 0, done.stderr
    answers = np.load(load(tmp_path / "run", Run).payload("answers"))
    assert np.array_equal(answers, np.load(load(demo / "run", Run).payload("answers")))


@pytest.mark.parametrize(("interpreter", "lock"), INTERPRETERS)
@pytest.mark.parametrize("module", ["torch", "finn", "mip", "brevitas", "levada.compile"])
def test_a_card_host_has_nothing_heavy(environment, interpreter, lock, module):
    assert not environment(interpreter, lock, "levada-runtime[emulated]", "levada-netstack").imports(module)
