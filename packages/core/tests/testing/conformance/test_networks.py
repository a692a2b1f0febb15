# SPDX-License-Identifier: Apache-2.0
"""The kit for networks: passed by a wire with checksums, failed by each kind of bad network."""

import itertools
import zlib
from collections import Counter, defaultdict, deque

import msgspec
import pytest

from levada.core import testing
from levada.core.interfaces import (
    Carried,
    Counters,
    Delivered,
    EmulatedPort,
    Health,
    Network,
    NetworkPlan,
    PortFault,
)
from levada.core.manifests import Check, FlowControl, Hop, NetworkPort, Verdict
from levada.core.networks import NetworkModel
from levada.core.parts import bare_cards
from levada.core.resources import Resources
from levada.core.testing.conformance import NetworkConformance, failures

MODEL = NetworkModel(
    name="wire", line_gbps=1.0, payload_bytes=4096, header_bytes=24, wire_overhead_bytes=38, minimum_bytes=46,
    hop_latency_us=1.0, overhead=Resources(lut=100), overhead_origin="test", max_streams=8,
)  # fmt: skip
HEADER = 14 + 9


class Wire(Network):
    """One inference per frame: MACs, type, stream, frame number, checksum, payload. Register 0 switches a port on."""

    name, model = "wire", MODEL

    def plan(self, plan, cluster, boards, flow):
        hops = tuple(hop(number, cut) for number, cut in enumerate(plan.cuts))
        cards = tuple(
            msgspec.structs.replace(card, ports=(port(card.index),) if hops else ())
            for card in bare_cards(plan, cluster)
        )
        return NetworkPlan(cards=cards, hops=hops, flow=FlowControl(mode=flow, credits=0, rx_buffer_bytes=0))

    def check(self, deployment):
        parts = [part for card in deployment.cards for part in card.parts]
        crossing = {name for part in parts for name in part.outputs} & {name for part in parts for name in part.inputs}
        found = Counter(hop.stream for hop in deployment.hops)
        ports = {(card.index, port.name) for card in deployment.cards for port in card.ports}
        ends = {(h.source_card, h.source_port) for h in deployment.hops} | {
            (h.sink_card, h.sink_port) for h in deployment.hops
        }
        macs = [port.mac for card in deployment.cards for port in card.ports]
        return verdict(
            hops=set(found) == crossing and set(found.values()) <= {1},
            ports=ends <= ports,
            macs=len(set(macs)) == len(macs),
        )

    def configure(self, registers, port):
        registers.write32(0, 1)

    def health(self, registers, port):
        ready = registers.read32(0) == 1
        return Health(port=port.name, ready=ready, problems=() if ready else ("not switched on: configure the port",))

    def emulate(self, port, deployment):
        return WirePort(port, deployment)


def verdict(**rules):
    checks = tuple(Check(rule=rule, passed=passed, detail="as it should be") for rule, passed in rules.items())
    return Verdict(checker="wire", checks=checks)


def port(card):
    return NetworkPort(
        name="p0", card=card, ip="", mac=f"02:00:00:00:00:{card:02x}", gateway="", arp=(), sockets=(), registers=()
    )


def hop(number, cut):
    return Hop(
        stream=cut.stream, stream_id=number, source_card=cut.source_card, sink_card=cut.sink_card, source_port="p0",
        sink_port="p0", source_socket=0, sink_socket=0, packetisation=MODEL.packetisation(cut.stream_bytes),
        wire_bytes=MODEL.wire_bytes(cut.stream_bytes),
    )  # fmt: skip


class Words(defaultdict):
    """Registers that remember what was written, 0 before."""

    read32, write32 = defaultdict.__getitem__, defaultdict.__setitem__


class WirePort(EmulatedPort):
    """One end of the wires; it knows a lost inference by the gap in the numbers."""

    def __init__(self, port, deployment):
        self.registers = Words(int)
        self.leaving = {hop.stream: hop for hop in deployment.hops if hop.source_card == port.card}
        self.entering = {hop.stream_id: hop for hop in deployment.hops if hop.sink_card == port.card}
        self.waiting, self.arrived, self.lost = [], defaultdict(deque), []
        self.counted, self.expected = Counter(), Counter()

    def offer(self, stream, frame, payload):
        hop = self.leaving[stream]
        macs = bytes((2, 0, 0, 0, 0, hop.sink_card, 2, 0, 0, 0, 0, hop.source_card))
        body = bytes([hop.stream_id]) + frame.to_bytes(4, "big") + payload
        self.waiting.append(macs + b"\x88\xb5" + zlib.crc32(body).to_bytes(4, "big") + body)

    def pending(self):
        return len(self.waiting)

    def transmit(self):
        if not self.registers.read32(0):
            return []
        leaving, self.waiting = self.waiting, []
        return leaving

    def receive(self, wire):
        body = wire[18:]
        if zlib.crc32(body).to_bytes(4, "big") != wire[14:18]:
            return
        hop, frame = self.entering[body[0]], int.from_bytes(body[1:5], "big")
        for gone in range(self.expected[hop.stream], frame):
            self.lost.append(PortFault(stream=hop.stream, frame=gone, reason="never came"))
        self.expected[hop.stream] = frame + 1
        self.counted[hop.stream] += 1
        self.arrived[hop.stream].append(Delivered(stream=hop.stream, frame=frame, payload=body[5:]))

    def carried(self, wire):
        hop = next((hop for hop in self.leaving.values() if hop.stream_id == wire[18]), None)
        frame = int.from_bytes(wire[19:23], "big")
        return hop and Carried(stream=hop.stream, frame=frame, offset=HEADER, size=len(wire) - HEADER)

    def take(self, stream):
        return self.arrived[stream].popleft() if self.arrived[stream] else None

    def faults(self):
        found, self.lost = tuple(self.lost), []
        return found

    def counters(self):
        return tuple(
            Counters(
                stream=hop.stream, frames=n, packets=n * hop.packetisation.packets,
                stream_bytes=n * hop.packetisation.stream_bytes, wire_bytes=n * hop.wire_bytes,
            )
            for hop in self.entering.values()
            for n in [self.counted[hop.stream]]
        )  # fmt: skip


class TestWire(NetworkConformance):
    network = Wire


def bad(**named):
    return type("Bad", (Wire,), named)


def planned(change):
    """Return a network whose plan is changed."""
    return bad(plan=lambda self, plan, *rest: change(Wire.plan(self, plan, *rest)))


def hops(edit):
    return planned(lambda found: msgspec.structs.replace(found, hops=tuple(map(edit, found.hops))))


def cards(**fields):
    return planned(
        lambda found: msgspec.structs.replace(
            found, cards=tuple(msgspec.structs.replace(card, **fields) for card in found.cards)
        )
    )


def ported(**named):
    """Return a network whose ports are changed."""
    kind = type("BadPort", (WirePort,), named)
    return bad(emulate=lambda self, port, deployment: kind(port, deployment))


class Boastful(NetworkModel, frozen=True, kw_only=True):
    """A model that says less than it does."""

    def packets(self, stream_bytes):
        return 1


COUNTER = itertools.count()


def restless(self, registers, port):
    registers.write32(0, 1)
    registers.write32(4, next(COUNTER))


def altered(self, stream):
    found = WirePort.take(self, stream)
    return found and msgspec.structs.replace(found, payload=found.payload[:-1] + b"\xff")


def unordered(self, stream):
    return self.arrived[stream].pop() if self.arrived[stream] else None


def blind(self, wire):
    """Take a frame without looking at its checksum or its number."""
    body = wire[18:]
    stream = self.entering[body[0]].stream
    self.counted[stream] += 1
    found = Delivered(stream=stream, frame=int.from_bytes(body[1:5], "big"), payload=body[5:])
    self.arrived[stream].append(found)


NOTHING = Verdict(checker="none", checks=())
ORDER = "test_a_port_delivers_what_was_offered_in_order"
COUNT = "test_receivers_count_what_the_plan_said"
WAITS = "test_nothing_waits_and_nothing_is_lost_when_all_is_delivered"
PORTS = "test_every_hop_leaves_and_enters_by_ports_of_its_cards"
BAD = {
    "a model of another name": (bad(name="cable"), "test_its_model_bears_its_name"),
    "a model that disagrees": (
        bad(model=Boastful(**msgspec.structs.asdict(MODEL))), "test_its_model_agrees_with_itself",
    ),
    "a cut without hop": (
        planned(lambda found: msgspec.structs.replace(found, hops=found.hops[1:])),
        "test_every_cut_becomes_a_hop_in_order",
    ),
    "hops in disorder": (
        planned(lambda found: msgspec.structs.replace(found, hops=found.hops[::-1])),
        "test_every_cut_becomes_a_hop_in_order",
    ),
    "a hop from no port": (hops(lambda h: msgspec.structs.replace(h, source_port="x")), PORTS),
    "a hop to no port": (hops(lambda h: msgspec.structs.replace(h, sink_port="x")), PORTS),
    "a hop that weighs more": (
        hops(lambda h: msgspec.structs.replace(h, wire_bytes=h.wire_bytes + 1)), "test_every_hop_weighs_what_the_plan_said",
    ),
    "a card without parts": (cards(parts=()), "test_every_card_keeps_its_parts"),
    "a card of another driver": (cards(driver="xrt"), "test_every_card_keeps_its_parts"),
    "hops where there is one card": (
        planned(lambda found: msgspec.structs.replace(found, hops=found.hops or (hop(0, testing.plan().cuts[0]),))),
        "test_one_card_needs_no_hops",
    ),
    "another plan each time": (
        planned(lambda found: msgspec.structs.replace(
            found, flow=FlowControl(mode="framed", credits=next(COUNTER), rx_buffer_bytes=0)
        )),
        "test_it_plans_alike_each_time",
    ),
    "a checker that refuses all": (
        bad(check=lambda self, deployment: verdict(any=False)), "test_its_checker_accepts_its_own_plan",
    ),
    "a checker without rules": (bad(check=lambda self, deployment: NOTHING), "test_its_checker_accepts_its_own_plan"),
    "a checker that accepts all": (
        bad(check=lambda self, deployment: verdict(any=True)), "test_its_checker_refuses_a_corrupted_deployment",
    ),
    "a configuration that counts": (bad(configure=restless), "test_configuring_twice_is_configuring_once"),
    "ready in reset": (
        bad(health=lambda self, registers, port: Health(port=port.name, ready=True, problems=())),
        "test_a_port_in_reset_is_not_ready_and_says_why",
    ),
    "not ready without a reason": (
        bad(health=lambda self, registers, port: Health(port=port.name, ready=False, problems=())),
        "test_a_port_in_reset_is_not_ready_and_says_why",
    ),
    "never ready": (
        bad(health=lambda self, registers, port: Health(port=port.name, ready=False, problems=("tired",))),
        "test_a_configured_port_is_ready",
    ),
    "ready with problems": (
        bad(health=lambda self, registers, port: Health(port=port.name, ready=True, problems=("tired",))),
        "test_a_configured_port_is_ready",
    ),
    "a port that delivers nothing": (ported(take=lambda self, stream: None), ORDER),
    "a port that alters": (ported(take=altered), ORDER),
    "a port that delivers last first": (ported(take=unordered), ORDER),
    "a port that needs no configuration": (
        ported(transmit=lambda self: [self.waiting.pop(0) for _ in range(len(self.waiting))]),
        "test_a_port_in_reset_delivers_nothing",
    ),
    "a port that always waits": (ported(pending=lambda self: 1), WAITS),
    "a port that cries": (
        ported(faults=lambda self: (PortFault(stream=None, frame=None, reason="wolf"),)), WAITS,
    ),
    "a port that does not count": (
        ported(counters=lambda self: tuple(
            Counters(stream=h.stream, frames=0, packets=0, stream_bytes=0, wire_bytes=0) for h in self.entering.values()
        )),
        COUNT,
    ),
    "a port without counters": (ported(counters=lambda self: ()), COUNT),
    "a port that misses no loss": (ported(receive=blind), "test_a_lost_packet_is_reported_with_its_frame"),
    "a port that sees no damage": (ported(receive=blind), "test_an_altered_packet_is_reported_with_its_frame"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_network_fails(tmp_path, fault):
    network, test = BAD[fault]
    assert test in failures(type("Kit", (NetworkConformance,), {"network": network}), tmp_path)


def test_a_network_that_loses_nothing_may_say_so(tmp_path):
    kit = type("Kit", (NetworkConformance,), {"network": ported(receive=blind), "detects_loss": False})
    assert failures(kit, tmp_path) == {}


def test_further_corruptions_can_be_named(tmp_path):
    class Kit(NetworkConformance):
        network = Wire

        def corruptions(self, whole):
            return {"a colour that clashes": whole}

    text = failures(Kit, tmp_path)["test_its_checker_refuses_a_corrupted_deployment"]
    assert text == "AssertionError: its checker accepts a colour that clashes"


def test_each_corruption_is_a_corruption():
    kit = NetworkConformance()
    whole = testing.deployment()
    assert all(corrupted != whole for corrupted in kit.corruptions(whole).values())
