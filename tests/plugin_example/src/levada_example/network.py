# SPDX-License-Identifier: Apache-2.0
"""Jumbo frames straight from card to card: one inference per Ethernet frame, no IP, no credits (a cable loses nothing)."""

from collections import Counter, defaultdict, deque

from msgspec.structs import replace

from levada.core.interfaces import Counters, Delivered, EmulatedPort, Health, Network, NetworkPlan
from levada.core.manifests import FlowControl, Hop, NetworkPort
from levada.core.networks import NetworkModel
from levada.core.parts import bare_cards
from levada.core.resources import Resources
from levada_example.checking import verdict

MODEL = NetworkModel(name="cable", line_gbps=100.0, payload_bytes=32768, header_bytes=6, wire_overhead_bytes=38,
                     minimum_bytes=46, hop_latency_us=0.5, overhead=Resources(lut=9_000, ff=18_000), max_streams=8,
                     overhead_origin="levada-example (a bare CMAC)")  # fmt: skip


class Cable(Network):
    """One port per card, which register 0 switches on. A MAC is all the address it has."""

    name, model = MODEL.name, MODEL

    def plan(self, plan, cluster, boards, flow):
        cards = tuple(replace(card, ports=(port(card.index),)) for card in bare_cards(plan, cluster))
        hops = [Hop(stream=cut.stream, stream_id=n, source_card=cut.source_card, sink_card=cut.sink_card, sink_socket=0,
                    source_port=f"cable{cut.source_card}", sink_port=f"cable{cut.sink_card}", source_socket=0,
                    packetisation=MODEL.packetisation(cut.stream_bytes), wire_bytes=cut.wire_bytes)
                for n, cut in enumerate(plan.cuts)]  # fmt: skip
        return NetworkPlan(cards=cards, hops=tuple(hops), flow=FlowControl(mode=flow, credits=0, rx_buffer_bytes=0))

    def check(self, deployment):
        return verdict(deployment)

    def configure(self, registers, port):
        registers.write32(0, 1)

    def health(self, registers, port):
        on = registers.read32(0) == 1
        return Health(port=port.name, ready=on, problems=() if on else ("it is off: write 1 to register 0",))

    def emulate(self, port, deployment):
        return CablePort(port, deployment)


def port(card):
    return NetworkPort(name=f"cable{card}", card=card, mac=f"02:00:00:00:00:{card:02x}", ip="", gateway="", arp=(),
                       sockets=(), registers=())  # fmt: skip


class Registers(defaultdict):
    """Registers that remember what was written, 0 before."""

    read32, write32 = defaultdict.__getitem__, defaultdict.__setitem__


class CablePort(EmulatedPort):
    """One end of the cables. A frame: MACs, type, 0, stream, frame number in four bytes, payload, padding."""

    def __init__(self, port, deployment):
        self.registers, self.waiting, self.arrived = Registers(int), [], Counter()
        self.hops = {hop.stream: hop for hop in deployment.hops}
        self.here = {hop.stream: deque() for hop in deployment.hops if hop.sink_port == port.name}

    def offer(self, stream, frame, payload):
        hop = self.hops[stream]
        to = bytes((2, 0, 0, 0, 0, hop.sink_card, 2, 0, 0, 0, 0, hop.source_card, 0x88, 0xB5, 0, hop.stream_id))
        self.waiting.append((to + frame.to_bytes(4, "big") + payload).ljust(14 + MODEL.padded(6 + len(payload)), b"\0"))

    def pending(self):
        return len(self.waiting)

    def transmit(self):
        return [self.waiting.pop(0) for _ in range(len(self.waiting)) if self.registers.read32(0)]

    def receive(self, wire):
        hop = next(hop for hop in self.hops.values() if hop.stream_id == wire[15])
        frame, end = int.from_bytes(wire[16:20], "big"), 20 + hop.packetisation.stream_bytes
        self.here[hop.stream].append(Delivered(stream=hop.stream, frame=frame, payload=wire[20:end]))
        self.arrived[hop.stream] += 1

    def take(self, stream):
        return self.here[stream].popleft() if self.here[stream] else None

    def faults(self):
        return ()

    def counters(self):
        return tuple(Counters(stream=name, frames=n, packets=n, stream_bytes=n * hop.packetisation.stream_bytes,
                              wire_bytes=n * hop.wire_bytes) for name, n in self.arrived.items() for hop in [self.hops[name]])  # fmt: skip
