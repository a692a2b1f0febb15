# SPDX-License-Identifier: Apache-2.0
"""A network for tests, registered as ``toy``: numbered packets of four stream bytes with a checksum, nothing else.

Frame: destination and source MAC, EtherType 0x88B5 (local experiments), then stream, frame, packet, CRC-32, payload.
A packet number of 0xFFFF says that ``frame`` frames were sent, so that a lost last packet shows.
"""

import struct
import zlib
from collections import deque

from levada.core.hookspecs import hookimpl
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
from levada.core.manifests import Check, Deployment, Hop, NetworkPort, Packetisation, Verdict
from levada.core.networks import NetworkModel
from levada.core.resources import Resources

ETHERTYPE = b"\x88\xb5"
HEADER = struct.Struct("<HIHI")
START = 14 + HEADER.size
ROOM = 4
END = 0xFFFF
MODEL = NetworkModel(
    name="toy",
    line_gbps=1.0,
    payload_bytes=ROOM,
    header_bytes=0,
    wire_overhead_bytes=START,
    minimum_bytes=1,
    hop_latency_us=1.0,
    overhead=Resources(),
    overhead_origin="toy",
    max_streams=4,
)


def packetisation(stream_bytes: int) -> Packetisation:
    packets, last = -(-stream_bytes // ROOM), (stream_bytes - 1) % ROOM + 1
    return Packetisation(
        stream_bytes=stream_bytes,
        payload_bytes=ROOM,
        header_bytes=0,
        packets=packets,
        last_bytes=last,
        last_padded_bytes=last,
    )


def wire_bytes(stream_bytes: int) -> int:
    return stream_bytes + packetisation(stream_bytes).packets * START


class ToyRegisters:
    def __init__(self) -> None:
        self.words = {0: 0, 4: 0}

    def read32(self, offset: int) -> int:
        return self.words[offset]

    def write32(self, offset: int, value: int) -> None:
        self.words[offset] = value


class Receiver:
    def __init__(self, hop: Hop) -> None:
        self.hop, self.ready = hop, deque()
        self.frame, self.parts = -1, []
        self.expected = 0
        self.frames = self.packets = self.stream_bytes = self.wire_bytes = 0


class ToyPort(EmulatedPort):
    def __init__(self, port: NetworkPort, deployment: Deployment) -> None:
        self.registers = ToyRegisters()
        self._port, self._queue, self._faults = port, deque(), []
        macs = {entry.ip: bytes.fromhex(entry.mac.replace(":", "")) for entry in port.arp}
        self._mac = bytes.fromhex(port.mac.replace(":", ""))
        self._out = {h.stream: h for h in deployment.hops if h.source_card == port.card}
        self._peers = {h.stream: macs[f"10.0.0.{h.sink_card}"] for h in self._out.values()}
        self._in = {h.stream_id: Receiver(h) for h in deployment.hops if h.sink_card == port.card}
        self._sent = dict.fromkeys(self._out, 0)

    def offer(self, stream, frame, payload):
        for number in range(-(-len(payload) // ROOM)):
            self._queue.append(self._packet(stream, frame, number, payload[number * ROOM : (number + 1) * ROOM]))
        self._sent[stream] = frame + 1

    def _packet(self, stream, frame, number, part):
        hop = self._out[stream]
        head = HEADER.pack(hop.stream_id, frame, number, zlib.crc32(part))
        return self._peers[stream] + self._mac + ETHERTYPE + head + part

    def pending(self):
        return len(self._queue)

    def transmit(self):
        frames = list(self._queue) if self.registers.words[0] else []
        self._queue.clear()
        return frames

    def carried(self, wire):
        stream_id, frame, number, _ = HEADER.unpack_from(wire, 14)
        stream = next(hop.stream for hop in self._out.values() if hop.stream_id == stream_id)
        return None if number == END else Carried(stream=stream, frame=frame, offset=START, size=len(wire) - START)

    def receive(self, wire):
        stream_id, frame, number, crc = HEADER.unpack_from(wire, 14)
        receiver = self._in.get(stream_id)
        if receiver is None or wire[:6] != self._mac:
            return
        if number == END:
            self._miss(receiver, frame, "the sender is past it")
            return
        receiver.packets += 1
        receiver.stream_bytes += len(wire) - START
        receiver.wire_bytes += len(wire)
        self._collect(receiver, frame, number, wire[START:] if zlib.crc32(wire[START:]) == crc else None)

    def _collect(self, receiver, frame, number, part):
        self._miss(receiver, frame, "a packet is missing")
        if frame != receiver.expected:
            return
        if part is None or number != len(receiver.parts):
            self._miss(receiver, frame + 1, "checksum" if part is None else "a packet is missing")
            return
        receiver.parts.append(part)
        if len(receiver.parts) == receiver.hop.packetisation.packets:
            receiver.ready.append((frame, b"".join(receiver.parts)))
            receiver.frames += 1
            receiver.parts, receiver.expected = [], frame + 1

    def _miss(self, receiver, frame, reason):
        for lost in range(receiver.expected, frame):
            self._faults.append(PortFault(stream=receiver.hop.stream, frame=lost, reason=reason))
        if frame > receiver.expected:
            receiver.parts, receiver.expected = [], frame

    def take(self, stream):
        receiver = next(receiver for receiver in self._in.values() if receiver.hop.stream == stream)
        if not receiver.ready:
            return None
        frame, payload = receiver.ready.popleft()
        return Delivered(stream=stream, frame=frame, payload=payload)

    def faults(self):
        faults, self._faults = tuple(self._faults), []
        return faults

    def idle(self):
        for stream, sent in self._sent.items():
            self._queue.append(self._packet(stream, sent, END, b""))

    def counters(self):
        return tuple(
            Counters(
                stream=r.hop.stream,
                frames=r.frames,
                packets=r.packets,
                stream_bytes=r.stream_bytes,
                wire_bytes=r.wire_bytes,
            )
            for r in self._in.values()
        )


class Toy(Network):
    name = "toy"
    model = MODEL

    def plan(self, plan, cluster, boards, flow) -> NetworkPlan:
        raise NotImplementedError

    def check(self, deployment: Deployment) -> Verdict:
        return Verdict(checker="toy", checks=(Check(rule="none", passed=True, detail=""),))

    def configure(self, registers, port: NetworkPort) -> None:
        for write in port.registers:
            registers.write32(0, write.value)

    def health(self, registers, port: NetworkPort) -> Health:
        up = registers.read32(0) == 1
        return Health(port=port.name, ready=up, problems=() if up else ("not enabled",))

    def emulate(self, port: NetworkPort, deployment: Deployment) -> EmulatedPort:
        return ToyPort(port, deployment)


@hookimpl
def levada_register_network():
    return [Toy]
