# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 W4A5 in the published folding, placed on one and three cards: proven optimal, whoever solves it."""

from functools import cache

import pytest

from levada.core.artefact import load
from levada.core.manifests import Dataflow, Plan

PUBLISHED_CYCLES = 903_168
PLACEMENT = ("largest_utilisation", "network_bytes", "slr_crossings")
WAYS = [("ilp", "cbc"), ("ilp-alone", "cbc"), ("ilp-alone", "highs")]


@pytest.fixture(scope="module")
def plan(levada, dataflow, tmp_path_factory):
    """Return a function that plans over the paper's cards with these flags."""

    @cache
    def made(*flags) -> Plan:
        out = tmp_path_factory.mktemp("plan") / "plan"
        levada("partition", dataflow, "--cluster", "u280x3", "--folding", "finn-examples", "--basis", "paper", "--limit", "bram=0.8",
               *flags, "--no-outlook", "--out", out)  # fmt: skip
        return load(out, Plan).manifest

    return made


@pytest.fixture
def three_cards(plan, dataflow):
    """Return a function that plans the paper's design on three cards: weights in block RAM, those of fc from outside."""
    fc = [layer.name for layer in load(dataflow, Dataflow).manifest.layers if layer.weight_bits][-1]
    return lambda topology, partitioner="ilp", solver="cbc": plan(
        "--cards", 3, "--topology", topology, "--weights", f"bram,{fc}=external", "--partitioner", partitioner, "--solver", solver
    )  # fmt: skip


def values(plan):
    return {each.name: each.value for each in plan.proof.objectives if each.name in PLACEMENT}


@pytest.mark.parametrize(("partitioner", "solver"), WAYS)
def test_the_chain_is_proven_optimal(three_cards, partitioner, solver):
    proof = three_cards("chain", partitioner, solver).proof
    assert (proof.status, proof.gap) == ("optimal", 0)


@pytest.mark.parametrize(("partitioner", "solver"), WAYS[1:])
def test_the_program_alone_finds_the_values_of_the_dynamic_programme(three_cards, partitioner, solver):
    found, expected = values(three_cards("chain", partitioner, solver)), values(three_cards("chain"))
    assert tuple(expected) == PLACEMENT
    assert found == pytest.approx(expected)


def test_each_way_is_another(three_cards):
    assert len({three_cards("chain", *way).proof.method for way in WAYS}) == len(WAYS)


def test_the_loop_is_proven_optimal(three_cards):
    proof = three_cards("loop").proof
    assert (proof.status, proof.gap) == ("optimal", 0)


def test_one_card_holds_the_network_where_stores_are_chosen(plan):
    found = plan("--cards", 1, "--topology", "chain", "--weights", "auto")
    assert found.performance.cycles == PUBLISHED_CYCLES
    assert {layer.card for layer in found.layers} == {1}
