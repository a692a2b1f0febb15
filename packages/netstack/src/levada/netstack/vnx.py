# SPDX-License-Identifier: Apache-2.0
"""The network ``vnx``: UDP over 100 GbE by VNx in every card."""

from collections.abc import Sequence
from typing import Literal

from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.interfaces import EmulatedPort, Health, Network, NetworkPlan, Registers
from levada.core.manifests import Deployment, NetworkPort, Plan, Verdict
from levada.core.networks import VNX
from levada.netstack.checking import verdict
from levada.netstack.configuring import configure
from levada.netstack.emulation.port import VnxPort
from levada.netstack.planning.network_plan import network_plan
from levada.netstack.probing import health


class Vnx(Network):
    """Addresses and sockets for VNx, a proof that they work, and a port without card that behaves like one with."""

    name = "vnx"
    model = VNX

    def plan(
        self, plan: Plan, cluster: Cluster, boards: Sequence[Board], flow: Literal["framed", "plain"]
    ) -> NetworkPlan:
        """Give every port its addresses and tables, every cut its sockets and packets, every card its link."""
        return network_plan(plan, cluster, boards, flow, self.model)

    def check(self, deployment: Deployment) -> Verdict:
        """Try every rule of :mod:`levada.netstack.checking`."""
        return verdict(deployment)

    def configure(self, registers: Registers, port: NetworkPort) -> None:
        """Write addresses, sockets and ARP entries."""
        configure(registers, port)

    def health(self, registers: Registers, port: NetworkPort) -> Health:
        """Say whether the port has a link and the tables it should have."""
        return health(registers, port)

    def emulate(self, port: NetworkPort, deployment: Deployment) -> EmulatedPort:
        """Return a model of the port in reset."""
        return VnxPort(port, deployment)
