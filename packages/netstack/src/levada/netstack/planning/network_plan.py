# SPDX-License-Identifier: Apache-2.0
"""Put a network plan together: who talks to whom, then over which ports, then what each card must be linked from."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.interfaces import NetworkPlan
from levada.core.manifests import Plan
from levada.core.networks import NetworkModel
from levada.core.parts import bare_cards
from levada.netstack.planning.addressing import addresses
from levada.netstack.planning.flow_control import flow_control
from levada.netstack.planning.link import link
from levada.netstack.planning.packets import hops
from levada.netstack.planning.ports import network_port


def network_plan(
    plan: Plan, cluster: Cluster, boards: Sequence[Board], flow: Literal["framed", "plain"], model: NetworkModel
) -> NetworkPlan:
    """Return ports, hops, link specifications and flow control for every card of ``plan``.

    ``boards`` are those of ``plan.cards``, in order. Raise NetworkError where the cluster lacks a card, an address or a socket.
    """
    ips = addresses(plan, cluster) if plan.cuts else {}
    names = {use.index: f"{use.name}.qsfp0" for use in plan.cards}
    planned = hops(plan, names, model, flow)
    at = {names[card]: ip for card, ip in ips.items()}
    cards = tuple(
        msgspec.structs.replace(
            card,
            ports=network_port(card.index, planned, at, cluster),
            link=link(plan, card.index, board, planned, flow),
        )
        for card, board in zip(bare_cards(plan, cluster), boards, strict=True)
    )
    return NetworkPlan(cards=cards, hops=planned, flow=flow_control(flow, planned, cards, plan.clock_mhz))
