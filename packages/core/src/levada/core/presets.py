# SPDX-License-Identifier: Apache-2.0
"""Cluster presets: emulated U280 cards on this host, and three real ones in the Open Cloud Testbed."""

from levada.core.cluster import Card, Cluster, Host

AGENT_PORT = 7280


def emulated(count: int) -> Cluster:
    """Return ``count`` emulated U280 cards, each in a host of its own on the loopback."""
    numbers = range(1, count + 1)
    return Cluster(
        name=f"u280x{count}",
        hosts=tuple(Host(name=f"fpga{n}", address=f"tcp://127.0.0.1:{AGENT_PORT + n}") for n in numbers),
        cards=tuple(
            Card(name=f"u280-{n}", host=f"fpga{n}", board="u280", driver="emulated", ports=(f"192.168.40.{9 + n}",))
            for n in numbers
        ),
    )


def oct_u280(count: int) -> Cluster:
    """Return ``count`` real U280 cards as the CloudLab profile ``oct-u280`` lays out their network.

    Node i of the profile (from 0) has its host at 192.168.40.(30+i) and its card's QSFPs at 192.168.40.(10+i) and .(20+i).
    """
    nodes = range(count)
    return Cluster(
        name=f"oct-u280-{count}",
        hosts=tuple(Host(name=f"node{i}", address=f"tcp://192.168.40.{30 + i}:{AGENT_PORT}") for i in nodes),
        cards=tuple(
            Card(
                name=f"u280-{i + 1}",
                host=f"node{i}",
                board="u280",
                driver="xrt",
                ports=(f"192.168.40.{10 + i}", f"192.168.40.{20 + i}"),
                pcie="0000:3b:00.1",
            )
            for i in nodes
        ),
    )


ALL = (emulated(1), emulated(2), emulated(3), oct_u280(3))
