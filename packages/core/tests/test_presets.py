# SPDX-License-Identifier: Apache-2.0
"""Cluster presets: valid, and as the testbed's profile lays them out."""

import pytest

from levada.core import presets
from levada.core.boards_alveo import ALVEO
from levada.core.cluster import Cluster
from levada.core.clusters import check

BOARDS = frozenset(board.name for board in ALVEO)


@pytest.mark.parametrize("cluster", presets.ALL, ids=lambda cluster: cluster.name)
def test_a_preset_passes_its_own_check(cluster: Cluster):
    check(cluster, BOARDS, cluster.name)


def test_the_presets_are_those_that_the_manual_names():
    assert [cluster.name for cluster in presets.ALL] == ["u280x1", "u280x2", "u280x3", "oct-u280-3"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_emulated_cards_lie_in_hosts_of_their_own_on_the_loopback(count: int):
    cluster = presets.emulated(count)
    assert len({card.host for card in cluster.cards}) == count
    assert all(host.address.startswith("tcp://127.0.0.1:") for host in cluster.hosts)
    assert {card.driver for card in cluster.cards} == {"emulated"}


def test_the_testbed_declares_hosts_and_both_ports_of_each_card():
    node = presets.oct_u280(3)
    assert node.hosts[2].address.startswith("tcp://192.168.40.32:")
    assert node.cards[2].ports == ("192.168.40.12", "192.168.40.22")
    assert {card.driver for card in node.cards} == {"xrt"}
