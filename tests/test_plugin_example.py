# SPDX-License-Identifier: Apache-2.0
"""The plug-in of tests/plugin_example, installed from outside: a board, a weight store, a topology and a network."""

import ast
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from levada.core.artefact import load
from levada.core.manifests import Deployment, Plan, Run
from levada.core.testing.conformance import NetworkConformance

ADDED = ("board: half-u280", "weight store: bram36", "topology: back", "network: cable", "cluster: cabled")


@pytest.fixture(scope="module")
def installed(root, tmp_path_factory) -> str:
    """The folder that the plug-in was installed into, for PYTHONPATH."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    folder = tmp_path_factory.mktemp("installed")
    source = shutil.copytree(root / "tests" / "plugin_example", tmp_path_factory.mktemp("source") / "plugin")
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--python", sys.executable,
         "--target", str(folder), str(source)], check=True,
    )  # fmt: skip
    return str(folder)


@pytest.fixture(scope="module")
def strange_demo(levada, installed, tmp_path_factory):
    """The artefacts of the demo with everything that the plug-in adds, and what it printed."""
    out = tmp_path_factory.mktemp("strange") / "out"
    levada.good("demo", "--board", "half-u280", "--cluster", "cabled", "--topology", "back", "--weights", "bram36",
                "--out", out, PYTHONPATH=installed)  # fmt: skip
    return out


@pytest.fixture(scope="module")
def plan(strange_demo):
    return load(strange_demo / "plan", Plan).manifest


@pytest.fixture(scope="module")
def run(strange_demo):
    return load(strange_demo / "run", Run).manifest


@pytest.mark.parametrize("line", ADDED)
def test_what_it_adds_is_listed(levada, installed, line):
    assert f"{line} (by example)" in levada.good("plugins", PYTHONPATH=installed).out


def test_nothing_of_it_is_there_without_it(levada):
    assert "(by example)" not in levada.good("plugins").out


def test_the_demo_runs_over_its_topology(plan):
    assert [segment.card for segment in plan.route.segments] == [3, 2, 1]
    assert {layer.card for layer in plan.layers} == {1, 2, 3}


def test_the_demo_fills_its_board(plan):
    assert {card.board for card in plan.cards} == {"half-u280"}


def test_the_demo_keeps_weights_in_its_store(plan):
    assert {layer.store for layer in plan.layers if layer.folding.weights} == {"bram36"}


def test_the_demo_crosses_its_network(strange_demo):
    deployment = load(strange_demo / "deployment", Deployment).manifest
    assert deployment.network == "cable"
    assert deployment.hops


def test_its_network_carried_what_was_planned(plan, run):
    cuts = {cut.stream: cut for cut in plan.cuts}
    assert len(run.hops) == len(cuts)
    assert all(hop.wire_bytes == 360 * cuts[hop.stream].wire_bytes for hop in run.hops)
    assert all(hop.sha256 == hop.golden_sha256 for hop in run.hops)


def test_the_answers_are_the_same(strange_demo, demo):
    answers = [np.load(load(folder / "run", Run).payload("answers")) for folder in (strange_demo, demo)]
    assert np.array_equal(*answers)


def _network():
    """Return the plug-in's network, straight from its source: the kit needs no installed package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent / "plugin_example" / "src"))
        return importlib.import_module("levada_example.network").Cable


class TestItsNetwork(NetworkConformance):
    """What core asks of every network; a cable loses nothing, so that none is noticed."""

    network, detects_loss = _network(), False


@pytest.mark.parametrize("module", ["topology.py", "network.py"])
def test_a_topology_and_a_network_take_less_than_60_lines(root, module):
    assert code_lines(root / "tests" / "plugin_example" / "src" / "levada_example" / module) < 60


def test_it_imports_nothing_but_core(root):
    sources = (root / "tests" / "plugin_example" / "src" / "levada_example").glob("*.py")
    modules = {
        node.module
        for file in sources
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    ours = {module for module in modules if module.startswith("levada.")}
    assert {".".join(module.split(".")[:2]) for module in ours} == {"levada.core"}


def test_no_package_knows_of_it(root):
    sources = [file for file in (root / "packages").rglob("*") if file.suffix in {".py", ".toml", ".md"}]
    assert not [file for file in sources if "levada_example" in file.read_text() or "half-u280" in file.read_text()]


def code_lines(file: Path) -> int:
    """Count lines that are neither empty, nor comment, nor docstring."""
    source = file.read_text()
    documented = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(source.splitlines(), 1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in documented for n, line in lines)
