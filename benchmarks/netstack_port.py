# SPDX-License-Identifier: Apache-2.0
"""How fast the emulated port is: packets per second each way, beside the bare cost of a packet's header and checksums.

The peer is what no implementation of framed mode in Python can do without: slicing a packet out of the inference, packing its header,
and the CRC-32 of header and body, once per packet and direction. Run it with any Python that has levada-netstack installed.
"""

import sys
import time
from struct import Struct
from zlib import crc32

import msgspec

from levada.core import testing
from levada.core.manifests import Deployment, Hop
from levada.core.networks import VNX
from levada.netstack import Vnx
from levada.netstack.stage import deployment

STREAM_BYTES = 501_760
"""The largest cut of ResNet-50: 56 × 56 × 256 elements of 5 bits."""
FRAMES = 40
BODY_BYTES = VNX.payload_bytes - VNX.header_bytes
HEADER = Struct("<2sBBHHIIIIII")


def main() -> None:
    """Measure both directions and the peer, three times each, and print the best."""
    sent, received = min((port_seconds() for _ in range(3)), key=sum)
    bare = min(bare_seconds() for _ in range(3))
    packets = FRAMES * VNX.packets(STREAM_BYTES)
    print(f"{packets} packets of {VNX.payload_bytes} bytes, {FRAMES} inferences of {STREAM_BYTES} bytes")
    for what, seconds in (("sending", sent), ("receiving", received), ("header and CRC alone", bare)):
        print(f"{what:>22}: {packets / seconds:>9,.0f} packets/s")
    print(f"{'ratio to the peer':>22}: sending {sent / bare:.1f}, receiving {received / bare:.1f} times its cost")


def port_seconds() -> tuple[float, float]:
    """Return the seconds spent in the sending and in the receiving port; credits count for the side that handles them."""
    whole = big_deployment()
    network = Vnx()
    source, sink = (network.emulate(card.ports[0], whole) for card in whole.cards)
    for card, port in zip(whole.cards, (source, sink), strict=True):
        network.configure(port.registers, card.ports[0])
    stream = whole.hops[0].stream
    payload = bytes(range(256)) * (STREAM_BYTES // 256)
    sending = receiving = 0.0
    for frame in range(FRAMES):
        source.offer(stream, frame, payload)
        while source.pending():
            start = time.perf_counter()
            frames = source.transmit()
            middle = time.perf_counter()
            for wire in frames:
                sink.receive(wire)
            credits_back = sink.transmit()
            end = time.perf_counter()
            for wire in credits_back:
                source.receive(wire)
            sending += middle - start + time.perf_counter() - end
            receiving += end - middle
        if sink.take(stream) is None or sink.faults():
            sys.exit("the port lost an inference")
    return sending, receiving


def bare_seconds() -> float:
    """Return the seconds for slicing, one header and its CRCs per packet."""
    payload = bytes(range(256)) * (STREAM_BYTES // 256)
    packets = VNX.packets(STREAM_BYTES)
    start = time.perf_counter()
    for frame in range(FRAMES):
        for packet in range(packets):
            body = payload[packet * BODY_BYTES : (packet + 1) * BODY_BYTES]
            header = HEADER.pack(b"Lv", 1, 1, 0, len(body), frame, packet, packets, packet, crc32(body), 0)
            crc32(header)
    return time.perf_counter() - start


def big_deployment() -> Deployment:
    """Return two cards with the largest cut of ResNet-50 between them."""
    plan = testing.plan(cards=2)
    planned = Vnx().plan(plan, testing.cluster(2), [testing.u280()] * 2, "framed")
    whole = deployment(plan, testing.cluster(2), Vnx(), planned)
    hop: Hop = msgspec.structs.replace(whole.hops[0], packetisation=VNX.packetisation(STREAM_BYTES))
    flow = msgspec.structs.replace(whole.flow, credits=28)
    return msgspec.structs.replace(whole, hops=(hop, *whole.hops[1:]), flow=flow)


if __name__ == "__main__":
    main()
