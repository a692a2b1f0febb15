# SPDX-License-Identifier: Apache-2.0
"""Rules on what a card is linked from: every connection has two ends, every unit is needed, the network is joined once."""

from collections.abc import Iterator

from levada.core.manifests import CardDeployment, Deployment
from levada.netstack.checking.finding import Finding, finding, repeated

NETWORK_KERNEL = "networklayer"
MAC_KERNEL = "cmac_0"
BRIDGES = {"framed": "framed_bridge", "plain": "plain_bridge"}
NETWORK_PORTS = {"S_AXIS_sk2nl", "M_AXIS_nl2sk", "S_AXIS_eth2nl", "M_AXIS_nl2eth"}
"""The application's two streams and the wire's two: all that VNx's network layer has, for all sockets together."""
DMAS = ("idma", "odma", "wdma")


def links_join_existing_units(deployment: Deployment) -> Finding:
    """Both ends of a connection name a unit of the card, and each unit is an end of one."""
    problems = []
    for card in deployment.cards:
        names = [unit.name for unit in card.link.units]
        ends = [end for link in card.link.streams for end in (link.source, link.sink)]
        problems += [f"card {card.name}: two units are named {name}" for name in repeated(names)]
        problems += [
            f"card {card.name}: {end} is a port of no unit" for end in ends if end.partition(".")[0] not in names
        ]
        touched = {end.partition(".")[0] for end in ends}
        problems += [f"card {card.name}: unit {name} is joined to nothing" for name in names if name not in touched]
    count = sum(len(card.link.streams) for card in deployment.cards)
    return finding(problems, f"{count} connections between units that exist")


def link_ports_are_used_once(deployment: Deployment) -> Finding:
    """An AXI-Stream port has one other end."""
    problems = [
        f"card {card.name}: port {end} is joined twice"
        for card in deployment.cards
        for end in repeated(end for link in card.link.streams for end in (link.source, link.sink))
    ]
    return finding(problems, "each stream port has one other end")


def links_lead_from_outputs_to_inputs(deployment: Deployment) -> Finding:
    """A stream leaves an output (m_axis…) and enters an input (s_axis…)."""
    problems = []
    for card in deployment.cards:
        for link in card.link.streams:
            if not _is_port(link.source, "m"):
                problems.append(f"card {card.name}: {link.source} gives a stream and is an input")
            if not _is_port(link.sink, "s"):
                problems.append(f"card {card.name}: {link.sink} takes a stream and is an output")
    return finding(problems, "every connection leads from an output to an input")


def network_is_joined_once(deployment: Deployment) -> Finding:
    """A card with a port has one network layer, one CMAC and one bridge of the right mode, all four streams joined; others have none."""
    problems = [text for card in deployment.cards for text in _network_problems(card, deployment.flow.mode)]
    networked = sum(bool(card.ports) for card in deployment.cards)
    return finding(problems, f"{networked} cards with one network layer, its four streams joined")


def links_carry_every_stream(deployment: Deployment) -> Finding:
    """Hops pass the bridge, images and answers and outside weights their DMAs: as many connections as the parts' streams ask for."""
    problems = [text for card in deployment.cards for text in _missing(card, deployment)]
    return finding(problems, "every hop has its way through the bridge, every outside stream its DMA")


def units_have_their_place(deployment: Deployment) -> Finding:
    """A DMA needs a memory bank, a streaming kernel has none."""
    problems = [
        f"card {card.name}: unit {unit.name} ({unit.kernel}) has memory {unit.memory!r}"
        for card in deployment.cards
        for unit in card.link.units
        if (unit.kernel in DMAS) != (unit.memory is not None) or unit.slr < 0
    ]
    return finding(problems, "each DMA has its memory bank")


def _is_port(end: str, direction: str) -> bool:
    return end.partition(".")[2].lower().startswith(f"{direction}_axis")


def _network_problems(card: CardDeployment, mode: str) -> Iterator[str]:
    kernels = [unit.kernel for unit in card.link.units]
    needed = (NETWORK_KERNEL, MAC_KERNEL, BRIDGES[mode])
    for kernel in needed:
        if kernels.count(kernel) != len(card.ports):
            yield f"card {card.name} has {len(card.ports)} ports and {kernels.count(kernel)} units of {kernel}"
    names = [unit.name for unit in card.link.units if unit.kernel == NETWORK_KERNEL]
    ends = [end for link in card.link.streams for end in (link.source, link.sink)]
    for name in names:
        joined = {end.partition(".")[2] for end in ends if end.partition(".")[0] == name}
        if joined != NETWORK_PORTS:
            yield f"card {card.name}: {name} has the streams {', '.join(sorted(joined))} joined"


def _missing(card: CardDeployment, deployment: Deployment) -> Iterator[str]:
    for what, (found, needed) in _tallies(card, deployment).items():
        if found != needed:
            yield f"card {card.name} has {found} {what}, its streams need {needed}"


def _tallies(card: CardDeployment, deployment: Deployment) -> dict[str, tuple[int, int]]:
    """Return, for each kind of connection, how many there are and how many there must be."""
    kernels = {unit.name: unit.kernel for unit in card.link.units}
    bridge = BRIDGES[deployment.flow.mode]
    sources = [kernels.get(link.source.partition(".")[0]) for link in card.link.streams]
    sinks = [kernels.get(link.sink.partition(".")[0]) for link in card.link.streams]
    outside = {stream.name for stream in deployment.streams if stream.source is None}
    answers = {stream.name for stream in deployment.streams if stream.sink is None}
    entering = sum(name in outside for part in card.parts for name in part.inputs)
    leaving = sum(name in answers for part in card.parts for name in part.outputs)
    # The bridge has one more stream in each direction: to and from the network layer.
    ports = len(card.ports)
    out = sum(hop.source_card == card.index for hop in deployment.hops)
    into = sum(hop.sink_card == card.index for hop in deployment.hops)
    return {
        "streams into the bridge": (sinks.count(bridge), out + ports),
        "streams out of the bridge": (sources.count(bridge), into + ports),
        "input DMAs": (sources.count("idma"), entering),
        "output DMAs": (sinks.count("odma"), leaving),
        "cards with weight DMAs": (int("wdma" in sources), int(card.index in deployment.weight_cards)),
    }
