# SPDX-License-Identifier: Apache-2.0
"""The command ``levada run``, with real agent processes."""

import numpy as np
import pytest
from levada.core.artefact import load
from levada.core.cli import main
from levada.core.manifests import Run

pytestmark = pytest.mark.usefixtures("toynet")


def run(tmp_path, artefact, *options):
    code = main(
        ["--quiet", "--no-store", "run", str(artefact.folder), "--emulate", *options, "--out", str(tmp_path / "run")]
    )
    return code, load(tmp_path / "run", Run).manifest


@pytest.mark.parametrize(("cards", "topology"), [(1, "loop"), (2, "chain"), (3, "chain"), (3, "loop")])
def test_emulated_cards_answer_as_the_golden_record_says(rig, tmp_path, cards, topology):
    artefact = rig.saved(tmp_path, rig.deployment(cards, topology))
    code, manifest = run(tmp_path, artefact, "--cluster", f"u280x{cards}", "--input", "golden")
    assert (code, manifest.mismatches, manifest.stream_mismatches, manifest.answered) == (0, 0, 0, 20)
