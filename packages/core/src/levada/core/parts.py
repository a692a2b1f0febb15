# SPDX-License-Identifier: Apache-2.0
"""A plan read card by card: what every network needs when it makes cards of segments."""

from math import ceil

from levada.core.cluster import Cluster
from levada.core.interfaces.hardware import weights_name
from levada.core.manifests import CardDeployment, LinkSpec, Part, PlacedLayer, Plan, WeightFeed


def bare_cards(plan: Plan, cluster: Cluster) -> tuple[CardDeployment, ...]:
    """Return the plan's cards with their parts, and no ports and links yet: those are the network's to add."""
    addresses = {card.name: card.pcie for card in cluster.cards}
    return tuple(
        CardDeployment(
            index=use.index,
            name=use.name,
            host=use.host,
            board=use.board,
            driver=use.driver,
            pcie=addresses.get(use.name),
            parts=parts_of(plan, use.index),
            ports=(),
            link=LinkSpec(units=(), streams=()),
            weights=weights_of(plan, use.index),
        )
        for use in plan.cards
    )


def parts_of(plan: Plan, card: int) -> tuple[Part, ...]:
    """Return a card's parts in the order of the route: one per segment, so two on card 1 of a loop."""
    segments = enumerate(plan.route.segments)
    return tuple(part_of(plan, number) for number, segment in segments if segment.card == card)


def part_of(plan: Plan, segment: int) -> Part:
    """Return one segment's layers, the streams that enter and leave it, and the cycles of its slowest layer."""
    layers = [layer for layer in plan.layers if layer.segment == segment]
    names = {layer.name for layer in layers}
    return Part(
        segment=segment,
        layers=tuple(layer.name for layer in layers),
        inputs=tuple(stream.name for stream in plan.streams if stream.sink in names and stream.source not in names),
        outputs=tuple(stream.name for stream in plan.streams if stream.source in names and stream.sink not in names),
        interval_cycles=max((layer.folding.cycles for layer in layers), default=0),
    )


def weights_of(plan: Plan, card: int) -> tuple[WeightFeed, ...]:
    """Return what a card's host streams into layers, in their order: from DMAs ``wdma_0``, ``wdma_1``, …"""
    outside = [layer for layer in plan.layers if layer.card == card and layer.external_bytes]
    return tuple(_feed(layer, f"wdma_{number}") for number, layer in enumerate(outside))


def _feed(layer: PlacedLayer, unit: str) -> WeightFeed:
    memory = layer.folding.weights
    once = memory.words * ceil(memory.bits / 8) if memory else layer.external_bytes
    return WeightFeed(
        layer=layer.name,
        unit=unit,
        tensor=weights_name(layer.node),
        payload=f"weights_{layer.card}_{unit}",
        payload_bytes=once,
        readings=ceil(layer.external_bytes / once),
        pe=layer.folding.pe,
        simd=layer.folding.simd,
    )
