# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 as fast as one and three U280 cards take it: several times the published folding, within the paper's limits."""

import pytest

from levada.core.artefact import load
from levada.core.manifests import Plan

PUBLISHED = 200e6 / 903_168
"""Images/s of the published folding: its slowest layer takes 903 168 cycles, at 200 MHz."""


@pytest.mark.parametrize(("cards", "times"), [(1, 4), (3, 8)])
def test_free_foldings_multiply_the_published_rate(levada, dataflow, tmp_path, cards, times):
    levada("partition", dataflow, "--cluster", "u280x3", "--cards", cards, "--topology", "chain", "--folding", "fastest",
           "--weights", "auto", "--weight-stream-bits", 16_384, "--basis", "paper", "--limit", "bram=0.8", "--out", tmp_path / "plan")  # fmt: skip
    assert load(tmp_path / "plan", Plan).manifest.performance.images_per_s >= times * PUBLISHED
