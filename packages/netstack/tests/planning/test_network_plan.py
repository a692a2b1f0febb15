# SPDX-License-Identifier: Apache-2.0
"""Whole plans, drawn at random: whatever the planner makes of them, the checker finds nothing wrong with it."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levada.core import testing


def failed(deployment):
    return [check for check in deployment.verdict.checks if not check.passed]


@pytest.mark.parametrize("hundred", range(12))
def test_every_framed_plan_passes_the_checker(draw, deploy, drawing, hundred):
    assert {
        seed: found
        for seed in range(100 * hundred, 100 * hundred + 100)
        if (found := failed(deploy(draw(*drawing(seed)))))
    } == {}


@pytest.mark.parametrize("hundred", range(3))
def test_every_plain_plan_passes_the_checker(draw, deploy, drawing, hundred):
    assert {
        seed: found
        for seed in range(100 * hundred, 100 * hundred + 100)
        if (found := failed(deploy(draw(*drawing(seed)), "plain")))
    } == {}


@settings(max_examples=20)
@given(st.integers(0, 1 << 32))
def test_the_same_plan_gives_the_same_deployment(draw, deploy, drawing, seed):
    assert deploy(draw(*drawing(seed))) == deploy(draw(*drawing(seed)))


def test_the_drawn_plans_are_of_many_kinds(drawing):
    drawn = [drawing(seed) for seed in range(1200)]
    assert {max(segments) for segments, *_ in drawn} == {1, 2, 3, 4, 5, 6}
    assert sum(segments[-1] == 1 and len(segments) > 1 for segments, *_ in drawn) > 300
    assert sum(len(edges) >= len(placed) for _, placed, edges, *_ in drawn) > 300


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
