# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 at full size: one untrained W4A5 network, compiled once, its golden images noise and photographs."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec
import numpy as np
import pytest

from levada.core.artefact import load, save
from levada.core.manifests import Model

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
def photographs() -> np.ndarray:
    """Real photographs as ResNet-50 takes them, from the data files that foolbox ships; foolbox itself is not imported."""
    from levada.qat.datasets.imagenet import SHORTER_SIDE, SIZE
    from levada.qat.datasets.photographs import Photographs

    found = find_spec("foolbox")
    if found is None:
        pytest.fail("the photographs are missing: pip install --no-deps -r requirements/resnet.txt")
    folder = Path(found.origin).parent / "data"
    files = tuple(sorted(path.name for path in folder.glob("imagenet_*.jpg"))[:PHOTOGRAPHS])
    pictures = Photographs(folder=folder, files=files, shorter_side=SHORTER_SIDE, size=SIZE)
    return np.stack([pictures[number] for number in range(len(files))])


@pytest.fixture(scope="session")
def model(levada, photographs, tmp_path_factory) -> Path:
    """An untrained W4A5 network, calibrated with noise, whose golden images are noise first, then photographs."""
    folder = tmp_path_factory.mktemp("model")
    levada("train", "resnet50", "--bits", "w4a5", "--epochs", 0, "--golden", NOISE, "--out", folder / "noise")
    made = load(folder / "noise", Model)
    noise = np.load(made.payload("golden_inputs"))
    pixels = photographs.astype(np.int16) - made.manifest.preprocessing.offset
    np.save(folder / "golden_inputs.npy", np.concatenate([noise, pixels.astype(noise.dtype)]))
    payloads = {name: made.payload(name) for name in made.manifest.files if name != "golden_labels"}
    manifest = msgspec.structs.replace(made.manifest, golden_count=len(noise) + len(pixels))
    save(folder / "mixed", manifest, payloads | {"golden_inputs": folder / "golden_inputs.npy"})
    return folder / "mixed"


@pytest.fixture(scope="session")
def dataflow(levada, model, tmp_path_factory) -> Path:
    """The network as a dataflow for U280 cards; answers name five classes."""
    folder = tmp_path_factory.mktemp("dataflow") / "dataflow"
    levada("compile", model, "--board", "u280", "--top-k", 5, "--out", folder)
    return folder
