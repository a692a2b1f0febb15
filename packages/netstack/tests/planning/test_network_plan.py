# SPDX-License-Identifier: Apache-2.0
"""Whole plans, drawn at random: whatever the planner makes of them, the checker finds nothing wrong with it."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levada.core import testing


@st.composite
def drawings(sketch):
    """Draw the arguments of ``draw``: one to six cards in a chain or loop, residual branches, any sizes and speeds."""
    cards = sketch(st.integers(1, 6))
    segments = [*range(1, cards + 1), *([1] if cards > 1 and sketch(st.booleans()) else [])]
    extra = sketch(st.lists(st.integers(0, len(segments) - 1), max_size=4))
    placed = sorted([*range(len(segments)), *extra])
    sizes = st.one_of(st.integers(1, 4096), st.sampled_from([1376, 1377, 1408, 1409, 501_760]))
    pairs = [(a, b) for a in range(len(placed)) for b in range(a + 1, len(placed))]
    far = [
        p
        for p in pairs
        if p[1] - p[0] > 1 and (segments[placed[p[0]]] != segments[placed[p[1]]] or placed[p[0]] == placed[p[1]])
    ]
    branches = sketch(st.lists(st.sampled_from(far), max_size=4, unique=True)) if far else []
    edges = [(a, b, sketch(sizes)) for a, b in [(n, n + 1) for n in range(len(placed) - 1)] + branches]
    cycles = {n: sketch(st.integers(100, 1_000_000)) for n in range(len(placed))}
    return segments, placed, edges, cycles, set(sketch(st.lists(st.integers(0, len(placed) - 1), max_size=2)))


@settings(max_examples=1000)
@given(drawings())
def test_every_framed_plan_passes_the_checker(draw, deploy, drawing):
    assert [check for check in deploy(draw(*drawing)).verdict.checks if not check.passed] == []


@settings(max_examples=200)
@given(drawings())
def test_every_plain_plan_passes_the_checker(draw, deploy, drawing):
    assert [check for check in deploy(draw(*drawing), "plain").verdict.checks if not check.passed] == []


@settings(max_examples=20)
@given(drawings())
def test_the_same_plan_gives_the_same_deployment(draw, deploy, drawing):
    assert deploy(draw(*drawing)) == deploy(draw(*drawing))


@pytest.mark.parametrize("topology", ["chain", "loop"])
@pytest.mark.parametrize("cards", [1, 2, 3])
def test_the_builders_plan_passes_the_checker(deploy, cards, topology):
    assert deploy(testing.plan(cards, topology)).verdict.passed


def test_cards_keep_host_board_driver_and_place_in_the_machine(draw, deploy):
    cluster = testing.cluster(1)
    cluster = msgspec.structs.replace(cluster, cards=(msgspec.structs.replace(cluster.cards[0], pcie="0000:3b:00.1"),))
    card = deploy(draw([1], [0], []), cluster=cluster).cards[0]
    assert (card.host, card.board, card.driver, card.pcie) == ("fpga1", "u280", "emulated", "0000:3b:00.1")


def test_the_first_card_of_a_loop_has_head_and_tail(looped):
    assert [part.segment for part in looped.cards[0].parts] == [0, 3]


def test_a_deployment_survives_being_written_and_read(looped):
    assert msgspec.json.decode(msgspec.json.encode(looped), type=type(looped)) == looped


def test_a_single_card_needs_no_subnet_that_suits_vnx(draw, deploy):
    assert deploy(draw([1], [0], []), cluster=testing.cluster(1, subnet="192.168.0.0/16")).verdict.passed
