# SPDX-License-Identifier: Apache-2.0
"""The rules of the network ``cable``: written from what a deployment must be, not from how it is planned."""

from levada.core.manifests import Check, Verdict


def verdict(deployment):
    """Return what each rule found."""
    rules = (frames_hold_an_inference, what_crosses_has_one_hop, hops_end_at_ports, macs_differ)
    checks = (
        Check(rule=rule.__name__.replace("_", " "), passed=rule(deployment), detail=rule.__doc__) for rule in rules
    )
    return Verdict(checker="cable", checks=tuple(checks))


def frames_hold_an_inference(deployment):
    """One frame of at most 32 KiB per inference."""
    return all(hop.packetisation.packets == 1 for hop in deployment.hops)


def what_crosses_has_one_hop(deployment):
    """Each stream between two cards has one hop, from the one to the other; no other stream has any."""
    cards = {layer: card.index for card in deployment.cards for part in card.parts for layer in part.layers}
    ends = [(s.name, cards[s.source], cards[s.sink]) for s in deployment.streams if s.source and s.sink]
    crossing = [(name, source, sink) for name, source, sink in ends if source != sink]
    return sorted(crossing) == sorted((hop.stream, hop.source_card, hop.sink_card) for hop in deployment.hops)


def hops_end_at_ports(deployment):
    """Both ends of a hop are ports of its cards."""
    ports = {(card.index, port.name) for card in deployment.cards for port in card.ports}
    ends = [((hop.source_card, hop.source_port), (hop.sink_card, hop.sink_port)) for hop in deployment.hops]
    return all(end in ports for both in ends for end in both)


def macs_differ(deployment):
    """No MAC is that of two ports."""
    macs = [port.mac for card in deployment.cards for port in card.ports]
    return len(macs) == len(set(macs))
