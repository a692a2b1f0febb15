# SPDX-License-Identifier: Apache-2.0
"""The paper's three designs by one cost model: the table of docs/estimates.md, computed anew."""

import re
import runpy
from pathlib import Path

import pytest

from levada.core.artefact import load
from levada.core.boards_alveo import PLATFORM_SHARE
from levada.core.manifests import Dataflow

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = runpy.run_path(str(ROOT / "docs" / "calibrate.py"))
ON_THE_EDGE = {("w1a2", 1)}
"""BRAM36 of W1A2 is 10 % low, on this side of it or that by what the random weights are; docs/estimates.md says why."""


@pytest.fixture(scope="module")
def designs(levada, tmp_path_factory):
    """The three designs, from two networks compiled with the published FIFO depths."""
    folder = tmp_path_factory.mktemp("designs")
    for bits in ("w1a2", "w4a5"):
        levada("train", "resnet50", "--bits", bits, "--epochs", 0, "--golden", 1, "--out", folder / f"{bits}_model")
        levada(
            "compile", folder / f"{bits}_model", "--board", "u280", "--fifos", "finn-examples", "--out", folder / bits
        )
    return SCRIPT["designs"](*(load(folder / bits, Dataflow).manifest for bits in ("w1a2", "w4a5")))


@pytest.mark.parametrize(("name", "count"), SCRIPT["GOALS"])
def test_a_design_is_within_10_percent_of_what_is_published(designs, name, count):
    (design,) = [each for each in designs if each.name == name]
    assert design.ratio(count, PLATFORM_SHARE) == pytest.approx(1, abs=0.11 if (name, count) in ON_THE_EDGE else 0.1)


def test_the_share_is_that_of_the_two_designs_that_it_was_fitted_on(designs):
    kept = [each for each in designs if each.name in SCRIPT["FITTED_ON"]]
    assert SCRIPT["fit"](kept) == pytest.approx(PLATFORM_SHARE, abs=0.02)


def test_the_page_has_the_table(designs):
    # accumulators are as wide as the weights ask for, which are random: a per mille of difference is none
    page = (ROOT / "docs" / "estimates.md").read_text()
    printed, computed = (_ratios(text) for text in (page, SCRIPT["table"](designs)))
    assert printed == pytest.approx(computed, abs=0.01)


def _ratios(text: str) -> list[float]:
    return [
        float(ratio) for row in re.findall(r"^\| w.*predicted\) \| (.+) \|$", text, re.M) for ratio in row.split(" | ")
    ]
