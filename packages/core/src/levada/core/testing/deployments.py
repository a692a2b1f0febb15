# SPDX-License-Identifier: Apache-2.0
"""The planned network as netstack would deploy it, what a build reaches, and a run in which all went well."""

from typing import Any

import msgspec

from levada.core.interfaces import NetworkPlan
from levada.core.manifests import (
    AgentUse,
    ArpEntry,
    Build,
    BuiltCard,
    CardDeployment,
    Check,
    ComputeUnit,
    Cut,
    Deployment,
    FlowControl,
    Hop,
    HopTraffic,
    Latency,
    LinkSpec,
    NetworkPort,
    Part,
    Plan,
    RegisterWrite,
    Run,
    Socket,
    StreamLink,
    Verdict,
)  # fmt: skip
from levada.core.networks import VNX
from levada.core.parts import bare_cards
from levada.core.resources import Resources, total
from levada.core.testing.clusters import cluster
from levada.core.testing.dataflows import dataflow
from levada.core.testing.plans import plan

PORT = "qsfp0"
FIRST_UDP_PORT = 60_000


def deployment(of: Plan | None = None, **overrides: Any) -> Deployment:
    """Return the deployment of a plan (default: the builder's), addressed as VNx cards are, in framed mode."""
    source = plan() if of is None else of
    hops = tuple(_hop(number, cut) for number, cut in enumerate(source.cuts))
    cards = tuple(_card(bare, source, hops) for bare in bare_cards(source, cluster(len(source.cards))))
    flow = FlowControl(mode="framed", credits=32, rx_buffer_bytes=48 * 1024)
    verdict = Verdict(checker="builder", checks=(Check(rule="sockets", passed=True, detail="each has one peer"),))
    whole = deployed(source, NetworkPlan(cards=cards, hops=hops, flow=flow))
    return msgspec.structs.replace(whole, verdict=verdict, **overrides)


def deployed(source: Plan, network: NetworkPlan) -> Deployment:
    """Return what a plan and a network's plan say together, not checked yet."""
    segments = source.route.segments
    return Deployment(
        name=source.name,
        cluster=source.cluster,
        cluster_digest=source.cluster_digest,
        network=source.network,
        clock_mhz=source.clock_mhz,
        cards=network.cards,
        hops=network.hops,
        streams=source.streams,
        flow=network.flow,
        ingress_card=segments[source.route.ingress].card,
        egress_card=segments[source.route.egress].card,
        weight_cards=tuple(sorted({layer.card for layer in source.layers if layer.external_bytes})),
        performance=source.performance,
        verdict=Verdict(checker=source.network, checks=()),
        input=source.input,
        output=source.output,
        labels=source.labels,
        golden_count=source.golden_count,
    )


def build(of: Plan | None = None, **overrides: Any) -> Build:
    """Return what estimating the specialised graph of a plan finds: just what was planned."""
    source = plan() if of is None else of
    cards = tuple(
        BuiltCard(card=card.index, planned=used, estimated=used, finn=_without_ff(used), converters=1, fifos=4)
        for card in source.cards
        for used in [total(layer.resources for layer in source.layers if layer.card == card.index)]
    )
    whole = Build(name=source.name, reached="estimate", tool="finn-plus 1.6.1", cards=cards)
    return msgspec.structs.replace(whole, **overrides)


def _without_ff(used: Resources) -> Resources:
    """Return what FINN would say of it: it gives no FF."""
    return msgspec.structs.replace(used, ff=None)


def run(of: Deployment | None = None, **overrides: Any) -> Run:
    """Return a run of a deployment over its golden images in which every answer and every hop was as it should be."""
    source = deployment() if of is None else of
    count = source.golden_count
    hosts = dict.fromkeys(card.host for card in source.cards)
    whole = Run(
        name=source.name,
        images=count,
        answered=count,
        failures=(),
        images_per_s=250.0,
        latency=Latency(p50_ms=4.0, p90_ms=5.0, p99_ms=6.5),
        hops=tuple(traffic(hop, count) for hop in source.hops),
        agents=tuple(
            AgentUse(host=host, pid=4000 + number, drivers=tuple(c.driver for c in source.cards if c.host == host))
            for number, host in enumerate(hosts)
        ),
        events=(),
        mismatches=0,
        stream_mismatches=0,
        correct=count,
    )
    return msgspec.structs.replace(whole, **overrides)


def traffic(hop: Hop, images: int, **overrides: Any) -> HopTraffic:
    """Return what crosses a hop in a run of so many images in which nothing was lost."""
    packets, carried, wire = (
        images * count for count in (hop.packetisation.packets, hop.packetisation.stream_bytes, hop.wire_bytes)
    )
    golden = next((stream.sha256 for stream in dataflow().streams if stream.name == hop.stream), None)
    whole = HopTraffic(
        stream=hop.stream,
        source_card=hop.source_card,
        sink_card=hop.sink_card,
        frames=images,
        packets=packets,
        stream_bytes=carried,
        wire_bytes=wire,
        predicted_packets=packets,
        predicted_stream_bytes=carried,
        predicted_wire_bytes=wire,
        sha256=golden,
        golden_sha256=golden,
    )
    return msgspec.structs.replace(whole, **overrides)


def _hop(number: int, cut: Cut) -> Hop:
    return Hop(
        stream=cut.stream,
        stream_id=number,
        source_card=cut.source_card,
        sink_card=cut.sink_card,
        source_port=PORT,
        sink_port=PORT,
        source_socket=number,
        sink_socket=number,
        packetisation=VNX.packetisation(cut.stream_bytes),
        wire_bytes=cut.wire_bytes,
    )


def _card(bare: CardDeployment, source: Plan, hops: tuple[Hop, ...]) -> CardDeployment:
    if not hops:
        return bare
    return msgspec.structs.replace(bare, ports=(_port(bare.index, len(source.cards), hops),), link=_link(bare.parts))


def _port(card: int, cards: int, hops: tuple[Hop, ...]) -> NetworkPort:
    peers = {hop.stream_id: hop.sink_card if hop.source_card == card else hop.source_card for hop in hops}
    mine = [hop for hop in hops if card in (hop.source_card, hop.sink_card)]
    return NetworkPort(
        name=PORT,
        card=card,
        ip=_ip(card, cards),
        mac=_mac(card),
        gateway="192.168.40.1",
        arp=tuple(ArpEntry(ip=_ip(other, cards), mac=_mac(other)) for other in range(1, cards + 1) if other != card),
        sockets=tuple(
            Socket(
                index=hop.stream_id,
                their_ip=_ip(peers[hop.stream_id], cards),
                their_port=FIRST_UDP_PORT + hop.stream_id,
                my_port=FIRST_UDP_PORT + hop.stream_id,
            )
            for hop in mine
        ),
        registers=(
            RegisterWrite(
                register="ip_address", value=int.from_bytes(bytes(map(int, _ip(card, cards).split("."))), "big")
            ),
        ),
    )


def _ip(card: int, cards: int) -> str:
    return cluster(cards).cards[card - 1].ports[0]


def _mac(card: int) -> str:
    return f"00:0a:35:02:9d:{9 + card:02x}"


def _link(parts: tuple[Part, ...]) -> LinkSpec:
    units = tuple(ComputeUnit(name=f"part_{part.segment}", kernel=f"part_{part.segment}", slr=2) for part in parts)
    streams = [
        StreamLink(source=f"part_{part.segment}.out_{number}", sink=f"network_0.in_{number}")
        for part in parts
        for number, _ in enumerate(part.outputs)
    ]
    return LinkSpec(units=(*units, ComputeUnit(name="network_0", kernel="network", slr=2)), streams=tuple(streams))
