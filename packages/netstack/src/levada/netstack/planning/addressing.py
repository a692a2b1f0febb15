# SPDX-License-Identifier: Apache-2.0
"""Which IPv4 address each networked port has: the cluster's, or the next free one of its /24."""

from ipaddress import IPv4Network

from levada.core.cluster import Card, Cluster
from levada.core.errors import NetworkError
from levada.core.manifests import CardUse, Plan

FIRST_HOST = 10
"""The first address given out, as in the CloudLab profile for the Open Cloud Testbed (card i at .10 + i)."""
LAST_HOST = 254


def addresses(plan: Plan, cluster: Cluster) -> dict[int, str]:
    """Return the address of the first QSFP of each card, by the card's number (from 1).

    Raise NetworkError where the cluster lacks a card, where its subnet is no /24 (VNx finds a neighbour by the last byte of its
    address), or where that is full.
    """
    subnet = IPv4Network(cluster.subnet)
    if subnet.prefixlen != 24:
        msg = f"VNx needs all ports in one /24, cluster {cluster.name!r} has the subnet {cluster.subnet}; name a /24"
        raise NetworkError(msg)
    given = {text for card in cluster.cards for text in card.ports}
    taken = given | {str(cluster.gateway_address())}
    free = iter(str(subnet[host]) for host in range(FIRST_HOST, LAST_HOST + 1) if str(subnet[host]) not in taken)
    found: dict[int, str] = {}
    for use in plan.cards:
        card = _card(use, cluster)
        address = card.ports[0] if card.ports else next(free, None)
        if address is None:
            msg = f"subnet {cluster.subnet} of cluster {cluster.name!r} has no address left for card {card.name!r}"
            raise NetworkError(msg)
        found[use.index] = address
    return found


def _card(use: CardUse, cluster: Cluster) -> Card:
    card = next((card for card in cluster.cards if card.name == use.name), None)
    if card is None:
        known = ", ".join(card.name for card in cluster.cards)
        msg = f"the plan uses card {use.name!r}, cluster {cluster.name!r} has {known}; plan again for this cluster"
        raise NetworkError(msg)
    return card
