# SPDX-License-Identifier: Apache-2.0
"""Rules on packets: they carry just the stream, fit VNx's FIFOs and the switches, and cost the wire what is said."""

from collections.abc import Iterator
from math import ceil, prod

from levada.core.manifests import Deployment, Hop, PlannedStream
from levada.netstack.checking.finding import Finding, finding, hop_place

LARGEST = 1408
"""22 flits: what VNx's own data kernels send, and what an MTU of 1500 lets through with headers."""
TRANSMIT_FIFO = 16384
SMALLEST = 18
"""A shorter UDP payload is padded to the 60 bytes of the shortest Ethernet frame."""
FLIT = 64
ON_WIRE = 8 + 20 + 14 + 4 + 12 + 8
"""UDP, IPv4, Ethernet, FCS, inter-frame gap, preamble with start of frame."""
FRAME_HEADER = 32


def packets_fit(deployment: Deployment) -> Finding:
    """A packet over 1408 bytes may be dropped by a switch; one over 16384 never leaves and blocks all others."""
    problems = []
    for hop in deployment.hops:
        largest = max(_sizes(hop))
        if largest > LARGEST:
            problems.append(f"{hop_place(hop)} sends packets of {largest} bytes, {LARGEST} are allowed")
        if largest > TRANSMIT_FIFO:
            problems.append(
                f"{hop_place(hop)} sends packets of {largest} bytes, VNx's transmit FIFO holds {TRANSMIT_FIFO}"
            )
        if any(size % FLIT for size in _sizes(hop)):
            problems.append(f"{hop_place(hop)} sends packets that are no whole {FLIT}-byte flits")
    return finding(problems, f"no packet is longer than {LARGEST} bytes, all are whole flits")


def packets_carry_the_whole_stream(deployment: Deployment) -> Finding:
    """The packets of one inference hold its stream bytes exactly, and these are what the stream's beats make."""
    streams = {stream.name: stream for stream in deployment.streams}
    problems = [
        text for hop in deployment.hops for text in _miscounted(hop, streams.get(hop.stream), deployment.flow.mode)
    ]
    return finding(problems, "packets × bytes is the stream's packed size, for every hop")


def wire_bytes_are_what_packets_cost(deployment: Deployment) -> Finding:
    """Every packet costs 66 bytes of headers and gaps beside its payload."""
    problems = []
    for hop in deployment.hops:
        cost = sum(max(size, SMALLEST) + ON_WIRE for size in _sizes(hop))
        if cost != hop.wire_bytes:
            problems.append(f"{hop_place(hop)} costs {cost} bytes on the wire, {hop.wire_bytes} are given")
    total = sum(hop.wire_bytes for hop in deployment.hops)
    return finding(problems, f"{total} bytes on the wire per inference, over all hops")


def _sizes(hop: Hop) -> Iterator[int]:
    """Yield the UDP payload of every packet of one inference."""
    cut = hop.packetisation
    yield from (cut.header_bytes + cut.payload_bytes for _ in range(cut.packets - 1))
    yield cut.last_padded_bytes


def _miscounted(hop: Hop, stream: PlannedStream | None, mode: str) -> Iterator[str]:
    cut = hop.packetisation
    header = FRAME_HEADER if mode == "framed" else 0
    if cut.header_bytes != header:
        yield f"{hop_place(hop)} has headers of {cut.header_bytes} bytes, {mode} mode has {header}"
    carried = (cut.packets - 1) * cut.payload_bytes + cut.last_bytes
    if carried != cut.stream_bytes or not 0 <= cut.last_bytes <= cut.payload_bytes or cut.packets < 1:
        yield f"{hop_place(hop)}: {cut.packets} packets carry {carried} bytes of {cut.stream_bytes}"
    padded = max(SMALLEST, ceil((cut.header_bytes + cut.last_bytes) / FLIT) * FLIT)
    if cut.last_padded_bytes != padded:
        yield f"{hop_place(hop)}: its last packet is sent as {cut.last_padded_bytes} bytes, flits make it {padded}"
    if stream and cut.stream_bytes != _packed(stream):
        yield f"{hop_place(hop)} carries {cut.stream_bytes} bytes, its beats make {_packed(stream)}"


def _packed(stream: PlannedStream) -> int:
    """Return the bytes of one inference: every beat padded to whole bytes, as FINN packs it."""
    return prod(stream.shape) // stream.source_lanes * ceil(stream.source_lanes * stream.element_bits / 8)
