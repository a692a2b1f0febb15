# SPDX-License-Identifier: Apache-2.0
"""A manifest of every version that there ever was loads, payloads and all."""

from pathlib import Path

import msgspec
import pytest

from levada.core.artefact import load_any
from levada.core.manifests import KINDS, kind_of

GOLDEN = Path(__file__).parent / "golden"
FOLDERS = sorted(path for path in GOLDEN.iterdir() if (path / "manifest.json").exists())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_manifest_of_this_version_loads(folder):
    artefact = load_any(folder)
    assert kind_of(artefact.manifest) == folder.name.rpartition("-")[0]
    assert artefact.notices == ()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_its_payloads_are_whole(folder):
    artefact = load_any(folder)
    assert artefact.manifest.files
    assert all(artefact.payload(name).exists() for name in artefact.manifest.files)


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_the_present_version_has_one(kind):
    version = str(msgspec.inspect.type_info(kind).tag).replace("/", "-")
    assert version in [folder.name for folder in FOLDERS], "run: python tests/golden/make.py"
