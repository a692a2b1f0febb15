# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 at full size: one untrained W4A5 network, compiled once, its golden images noise and photographs."""

import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

NOISE, PHOTOGRAPHS = 4, 4
LEVADA = str(Path(sys.executable).with_name("levada"))


@pytest.fixture(scope="session")
def levada():
    """Return a function that runs a `levada` command, which must succeed; what is unchanged comes from the user's store."""

    def run(*arguments) -> None:
        command = [LEVADA, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=False)
        assert done.returncode == 0, f"{command} exited {done.returncode}:\n{done.stderr}"

    return run


@pytest.fixture(scope="session")
def photographs(tmp_path_factory) -> Path:
    """A folder of real photographs: data files that foolbox ships; foolbox itself is not imported."""
    found = find_spec("foolbox")
    if found is None:
        pytest.fail("the photographs are missing: pip install --no-deps -r requirements/resnet.txt")
    folder = tmp_path_factory.mktemp("photographs")
    for file in sorted((Path(found.origin).parent / "data").glob("imagenet_*.jpg"))[:PHOTOGRAPHS]:
        shutil.copy(file, folder)
    return folder


@pytest.fixture(scope="session")
def model(levada, photographs, tmp_path_factory) -> Path:
    """An untrained W4A5 network, calibrated with noise, whose golden images are photographs first, then noise."""
    folder = tmp_path_factory.mktemp("model") / "model"
    levada("train", "resnet50", "--bits", "w4a5", "--epochs", 0, "--golden-images", photographs, "--golden", NOISE,
           "--out", folder)  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def dataflow(levada, model, tmp_path_factory) -> Path:
    """The network as a dataflow for U280 cards; answers name five classes."""
    folder = tmp_path_factory.mktemp("dataflow") / "dataflow"
    levada("compile", model, "--board", "u280", "--top-k", 5, "--out", folder)
    return folder


@pytest.fixture(scope="session")
def fastest(levada, dataflow, tmp_path_factory):
    """Return a function from a number of cards to the folder of the fastest plan found for them, and of its build."""

    @cache
    def made(cards) -> Path:
        folder = tmp_path_factory.mktemp(f"fastest_{cards}")
        levada("partition", dataflow, "--cluster", "u280x3", "--cards", cards, "--topology", "chain", "--folding", "fastest",
               "--weights", "auto", "--weight-stream-bits", 16_384, "--basis", "device", "--limit", "bram=0.8", "--no-outlook",
               "--out", folder / "plan")  # fmt: skip
        levada("build", folder / "plan", "--to", "estimate", "--out", folder / "build")
        return folder

    return made
