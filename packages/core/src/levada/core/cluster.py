# SPDX-License-Identifier: Apache-2.0
"""The user's cluster: hosts, cards, addresses. A file or a registered preset; never an artefact, never holds keys."""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from msgspec import Meta

from levada.core.manifests.common import Record

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class Host(Record, frozen=True, kw_only=True):
    """A machine with cards and one agent; ``address`` is what the agent listens on (``tcp://host:port``)."""

    name: Name
    address: str


class Card(Record, frozen=True, kw_only=True):
    """A card in a host. ``driver`` has no default: nobody gets emulated cards by accident.

    ``ports`` lists the IPv4 addresses of its QSFPs, in order; ``pcie`` is its address (``0000:3b:00.1``), None where emulated.
    """

    name: Name
    host: Name
    board: Name
    driver: Name
    ports: tuple[str, ...] = ()
    pcie: str | None = None


class Cluster(Record, frozen=True, kw_only=True):
    """Hosts and cards, in the order of the route; ``subnet`` holds every port (VNx: one /24)."""

    name: Name
    network: Name = "vnx"
    subnet: str = "192.168.40.0/24"
    gateway: str | None = None
    hosts: tuple[Host, ...]
    cards: tuple[Card, ...]

    def host(self, name: str) -> Host | None:
        """Return the host of this name, if there is one."""
        return next((host for host in self.hosts if host.name == name), None)

    def gateway_address(self) -> IPv4Address:
        """Return the gateway, by default the subnet's first address."""
        return IPv4Address(self.gateway) if self.gateway else IPv4Network(self.subnet)[1]
