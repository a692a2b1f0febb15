# SPDX-License-Identifier: Apache-2.0
"""How senders are held back: credits in framed mode, a slower ingress in plain mode."""

from collections.abc import Sequence

from levada.core.manifests import CardDeployment, FlowControl, Hop, Part
from levada.netstack.planning.packets import Mode

RX_BUFFER_BYTES = 48 * 1024
"""32 KiB in the CMAC and 16 KiB in the UDP block; beyond, VNx loses what comes (derived from VNx's sources)."""
RESERVE_BYTES = 4 * 1024
"""Room for what no credit governs: 16 probes of 128 bytes, and ARP."""
HEADERS_BYTES = 42
BEAT_BYTES = 64
CREDIT_BYTES = 64
TOLERANCE = 200e-6
"""How much two cards' clocks may differ: 100 ppm each."""
MARGIN = 1e-3


def flow_control(mode: Mode, hops: Sequence[Hop], cards: Sequence[CardDeployment], clock_mhz: float) -> FlowControl:
    """Return the mode, with as many credits per hop as the receive buffers allow, or the rate that plain mode needs."""
    if mode == "framed":
        return FlowControl(mode="framed", credits=_credits(hops), rx_buffer_bytes=RX_BUFFER_BYTES)
    rate = _throttle(hops, [part for card in cards for part in card.parts], clock_mhz)
    return FlowControl(mode="plain", credits=0, rx_buffer_bytes=RX_BUFFER_BYTES, ingress_images_per_s=rate)


def _credits(hops: Sequence[Hop]) -> int:
    """Return the largest number at which no port can overflow, all hops at their limit and all credits on their way back."""
    demand: dict[str, int] = {}
    for hop in hops:
        cut = hop.packetisation
        largest = cut.header_bytes + cut.payload_bytes if cut.packets > 1 else cut.last_padded_bytes
        demand[hop.sink_port] = demand.get(hop.sink_port, 0) + _in_buffer(largest)
        demand[hop.source_port] = demand.get(hop.source_port, 0) + _in_buffer(CREDIT_BYTES)
    return (RX_BUFFER_BYTES - RESERVE_BYTES) // max(demand.values()) if demand else 0


def _in_buffer(payload_bytes: int) -> int:
    """Return what a packet occupies in a receive buffer: its frame in whole beats."""
    return -(-(payload_bytes + HEADERS_BYTES) // BEAT_BYTES) * BEAT_BYTES


def _throttle(hops: Sequence[Hop], parts: Sequence[Part], clock_mhz: float) -> float | None:
    """Return a rate that every part keeps up with, or None where each hop's source is slower than its sink anyway."""
    intervals = {stream: part.interval_cycles for part in parts for stream in part.outputs}
    sinks = {stream: part.interval_cycles for part in parts for stream in part.inputs}
    if all(intervals[hop.stream] >= sinks[hop.stream] * (1 + TOLERANCE) for hop in hops):
        return None
    slowest = max(part.interval_cycles for part in parts)
    return clock_mhz * 1e6 / slowest * (1 - MARGIN)
