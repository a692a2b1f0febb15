# SPDX-License-Identifier: Apache-2.0
"""Plans drawn by hand, deployments of them, ports on a wire, and registers that remember what was done to them."""

from functools import lru_cache
from random import Random

import msgspec
import pytest
from hypothesis import settings

from levada.core import testing
from levada.core.clusters import digest_of
from levada.core.manifests import Anchor, Cut, Fifo, PlannedStream, Route, Segment
from levada.core.networks import VNX
from levada.netstack import Vnx
from levada.netstack.registers import LAYOUT_E
from levada.netstack.stage import deployment as put_together

settings.register_profile("levada", deadline=None, max_examples=100)
settings.load_profile("levada")


def draw(segments, placed, edges, cycles=None, external=()):
    """Return a plan: the card of each segment, the segment of each layer, edges (source, sink, bytes per inference)."""
    count = max(segments)
    base = _base()
    uses = tuple(
        msgspec.structs.replace(base.cards[0], index=n, name=f"u280-{n}", host=f"fpga{n}") for n in range(1, count + 1)
    )
    layers = tuple(
        _layer(base, n, segment, segments[segment], (cycles or {}).get(n, 1000), n in external)
        for n, segment in enumerate(placed)
    )
    inside = [_stream(edge) for edge in edges]
    ends = [_stream((None, 0, 64)), _stream((len(placed) - 1, None, 8))]
    place = {f"L{n}": (segment, segments[segment]) for n, segment in enumerate(placed)}
    cuts = tuple(_cut(stream, place) for stream in inside if place[stream.source][1] != place[stream.sink][1])
    last = len(segments) - 1
    route = Route(
        topology="drawn",
        segments=tuple(Segment(card=card, slrs=(2, 1, 0)) for card in segments),
        ingress=0,
        egress=last,
        anchors=(Anchor(role="input", segment=0), Anchor(role="output", segment=last)),
    )
    return msgspec.structs.replace(
        base, cluster=f"u280x{count}", cluster_digest=digest_of(testing.cluster(count), count), cards=uses, route=route,
        layers=layers, streams=tuple(inside + ends), cuts=cuts, utilisation=(),
    )  # fmt: skip


@lru_cache
def _base():
    return testing.plan(cards=1)


def _layer(base, number, segment, card, cycles, external):
    folding = msgspec.structs.replace(base.layers[0].folding, cycles=cycles)
    return msgspec.structs.replace(
        base.layers[0], name=f"L{number}", node=f"L{number}", segment=segment, card=card, slr=2 - number % 3,
        folding=folding, store="external" if external else "none", external_bytes=4096 if external else 0,
    )  # fmt: skip


def _stream(edge):
    source, sink, size = edge
    ends = ["" if end is None else f"L{end}" for end in (source, sink)]
    return PlannedStream(
        name=f"{ends[0] or 'image'}->{ends[1] or 'answer'}", source=ends[0] or None, sink=ends[1] or None, tensor=f"t{edge}",
        shape=(size,), datatype="UINT8", element_bits=8, source_lanes=1, sink_lanes=1, beats=size,
        fifo=Fifo(depth=2, status="rule"),
    )  # fmt: skip


def _cut(stream, place):
    size = stream.shape[0]
    return Cut(
        stream=stream.name, source_segment=place[stream.source][0], sink_segment=place[stream.sink][0],
        source_card=place[stream.source][1], sink_card=place[stream.sink][1], payload_bytes=size, stream_bytes=size,
        wire_bytes=VNX.wire_bytes(size), packets=VNX.packets(size), gbps=1.0,
    )  # fmt: skip


def deploy(plan, flow="framed", cluster=None, board=None):
    """Return a plan's deployment on VNx, with the checker's verdict."""
    chosen = cluster or testing.cluster(len(plan.cards))
    boards = [board or testing.u280()] * len(plan.cards)
    network = Vnx()
    unchecked = put_together(plan, chosen, network, network.plan(plan, chosen, boards, flow))
    return msgspec.structs.replace(unchecked, verdict=network.check(unchecked))


SIZES = (1, 31, 32, 33, 100, 1375, 1376, 1377, 1408, 1409, 4096, 501_760)


def drawing(seed):
    """Return arguments of ``draw``: one to six cards in a chain or loop, residual branches, any sizes and speeds."""
    chance = Random(seed)
    cards = chance.randint(1, 6)
    segments = [*range(1, cards + 1), *([1] if cards > 1 and chance.random() < 0.5 else [])]
    placed = sorted([*range(len(segments)), *(chance.randrange(len(segments)) for _ in range(chance.randint(0, 4)))])
    last = len(placed)
    pairs = [(a, b) for a in range(last) for b in range(a + 2, last) if _may_join(segments, placed[a], placed[b])]
    branches = chance.sample(pairs, min(len(pairs), chance.randint(0, 4)))
    edges = [(a, b, chance.choice(SIZES)) for a, b in [(n, n + 1) for n in range(last - 1)] + branches]
    cycles = {n: chance.randint(100, 1_000_000) for n in range(last)}
    return segments, placed, edges, cycles, {n for n in range(last) if chance.random() < 0.1}


def _may_join(segments, source, sink):
    """Two segments of one card share no wires."""
    return source == sink or segments[source] != segments[sink]


class Wire:
    """A switch with the ports of a deployment on it; ``tamper`` sees each frame and says what becomes of it."""

    def __init__(self, deployment, configured=True):
        self.deployment = deployment
        self.network = Vnx()
        self.planned = {port.name: port for card in deployment.cards for port in card.ports}
        self.ports = {name: self.network.emulate(port, deployment) for name, port in self.planned.items()}
        self.by_mac = {bytes.fromhex(port.mac.replace(":", "")): name for name, port in self.planned.items()}
        self.tamper = lambda wire: [wire]
        self.seen = []
        if configured:
            for name, port in self.planned.items():
                self.network.configure(self.ports[name].registers, port)

    def source(self, hop):
        return self.ports[hop.source_port]

    def sink(self, hop):
        return self.ports[hop.sink_port]

    def step(self):
        """Move what may leave now; return whether anything did."""
        moved = False
        for name, port in self.ports.items():
            for sent in port.transmit():
                moved = True
                for wire in self.tamper(sent):
                    self.seen.append(wire)
                    self._switch(name, wire)
        return moved

    def settle(self):
        while self.step():
            pass

    def faults(self):
        return [fault for port in self.ports.values() for fault in port.faults()]

    def _switch(self, origin, wire):
        target = self.by_mac.get(wire[:6])
        for name, port in self.ports.items():
            if name == target or (wire[0] & 1 and name != origin):
                port.receive(wire)


class Recorder:
    """Registers of a plain memory that remember every access, in order."""

    def __init__(self, layout=LAYOUT_E, words=None):
        self.words = {0x7C: 0x5E771465, layout.address("udp_number_sockets"): layout.sockets, **(words or {})}
        self.log = []

    def read32(self, offset):
        self.log.append(("R", offset, self.words.get(offset, 0)))
        return self.words.get(offset, 0)

    def write32(self, offset, value):
        self.log.append(("W", offset, value))
        self.words[offset] = value

    @property
    def writes(self):
        return [(offset, value) for access, offset, value in self.log if access == "W"]


def body(size, salt=0):
    """Return bytes of a stream that differ from place to place."""
    return bytes((7 * n + 13 * salt + n // 251) % 256 for n in range(size))


@pytest.fixture(scope="session", name="draw")
def draw_plan():
    return draw


@pytest.fixture(scope="session", name="deploy")
def deploy_plan():
    return deploy


@pytest.fixture(scope="session", name="drawing")
def drawing_of_seed():
    return drawing


@pytest.fixture(scope="session", name="body")
def stream_body():
    return body


@pytest.fixture(scope="session")
def wire_of():
    return Wire


@pytest.fixture(scope="session")
def recorder():
    return Recorder


@pytest.fixture(scope="session")
def one_hop(draw, deploy):
    """Return a deployment of two cards with one stream of this size between them."""

    def made(size, flow="framed", allowed=None):
        whole = deploy(draw([1, 2], [0, 1], [(0, 1, size)]), flow)
        flow_control = whole.flow if allowed is None else msgspec.structs.replace(whole.flow, credits=allowed)
        return msgspec.structs.replace(whole, flow=flow_control)

    return made


@pytest.fixture
def looped(draw, deploy):
    """Return three cards in a loop with a residual branch and external weights in the tail: the paper's shape."""
    edges = [(0, 1, 300), (1, 2, 3000), (1, 3, 1376), (2, 3, 500), (3, 4, 100)]
    return deploy(draw([1, 2, 3, 1], [0, 0, 1, 2, 3], edges, external={4}))
