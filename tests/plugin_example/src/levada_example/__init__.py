# SPDX-License-Identifier: Apache-2.0
"""A plug-in for Levada: a board, a weight store, a topology, a network, and a preset of three cards that uses them."""

from levada.core.boards import Board
from levada.core.cluster import Card, Cluster, Host
from levada.core.hookspecs import hookimpl
from levada.core.interfaces import Network, Topology, WeightStore
from levada_example.board import HALF_U280
from levada_example.network import Cable
from levada_example.store import Bram36
from levada_example.topology import Back

CABLED = Cluster(
    name="cabled",
    network="cable",
    hosts=tuple(Host(name=f"bench{n}", address=f"tcp://127.0.0.1:{7390 + n}") for n in (1, 2, 3)),
    cards=tuple(
        Card(name=f"half-{n}", host=f"bench{n}", board="half-u280", driver="emulated", ports=(f"192.168.40.{n + 1}",))
        for n in (1, 2, 3)
    ),
)


@hookimpl
def levada_register_board() -> list[Board]:
    """Return half a U280."""
    return [HALF_U280]


@hookimpl
def levada_register_cluster() -> list[Cluster]:
    """Return three of them on cables."""
    return [CABLED]


@hookimpl
def levada_register_weight_store() -> list[type[WeightStore]]:
    """Return whole BRAM36 tiles."""
    return [Bram36]


@hookimpl
def levada_register_topology() -> list[type[Topology]]:
    """Return the way back."""
    return [Back]


@hookimpl
def levada_register_network() -> list[type[Network]]:
    """Return the cable."""
    return [Cable]
