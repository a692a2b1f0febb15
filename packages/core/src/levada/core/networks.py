# SPDX-License-Identifier: Apache-2.0
"""What a planner must know of a network without having it installed: a frozen value per network."""

from typing import Literal

from levada.core.manifests.common import Record
from levada.core.manifests.deployment import Packetisation
from levada.core.resources import Resources


class NetworkModel(Record, frozen=True, kw_only=True):
    """Costs and rates of a network, per card and per packet.

    ``payload_bytes`` per full packet (headers of framed mode included); ``header_bytes`` of framed mode;
    ``wire_overhead_bytes`` per packet for everything else on the wire (UDP to inter-frame gap); ``minimum_bytes`` is the
    shortest payload that is not padded. ``overhead`` is charged once per networked card in its QSFPs' SLR.
    """

    name: str
    line_gbps: float
    payload_bytes: int
    header_bytes: int
    wire_overhead_bytes: int
    minimum_bytes: int
    hop_latency_us: float
    overhead: Resources
    overhead_origin: str
    max_streams: int

    def packets(self, stream_bytes: int) -> int:
        """Return how many packets carry one inference of ``stream_bytes`` in framed mode."""
        return max(1, -(-stream_bytes // (self.payload_bytes - self.header_bytes)))

    def wire_bytes(self, stream_bytes: int) -> int:
        """Return the bytes on the wire for one inference in framed mode, headers, padding to 64 B flits and gaps included."""
        room = self.payload_bytes - self.header_bytes
        full, last = divmod(stream_bytes, room)
        sizes = [self.payload_bytes] * full + ([self.header_bytes + last] if last or not full else [])
        return sum(self.padded(size) + self.wire_overhead_bytes for size in sizes)

    def packetisation(self, stream_bytes: int, mode: Literal["framed", "plain"] = "framed") -> Packetisation:
        """Return how one inference of ``stream_bytes`` becomes packets."""
        header = self.header_bytes if mode == "framed" else 0
        room = self.payload_bytes - header
        packets = max(1, -(-stream_bytes // room))
        last = stream_bytes - (packets - 1) * room
        return Packetisation(
            stream_bytes=stream_bytes,
            payload_bytes=room,
            header_bytes=header,
            packets=packets,
            last_bytes=last,
            last_padded_bytes=self.padded(header + last),
        )

    def padded(self, payload_bytes: int) -> int:
        """Return what a packet's payload is sent as: whole 64-byte flits (keep all ones), and never under the minimum."""
        return max(self.minimum_bytes, -(-payload_bytes // 64) * 64)


VNX = NetworkModel(
    name="vnx",
    line_gbps=100.0,
    payload_bytes=1408,
    header_bytes=32,
    wire_overhead_bytes=66,
    minimum_bytes=18,
    hop_latency_us=1.38,
    overhead=Resources(lut=35_219, ff=86_269, bram18=183, uram=0, dsp=0),
    overhead_origin="finn platforms (VNx with CMAC, charged to the SLR of the QSFPs)",
    max_streams=16,
)
"""VNx: 1408-byte packets of 22 flits, 66 bytes of UDP, IP, Ethernet, FCS, preamble and gap; one switch hop is half of the 2.759 µs round trip of its notebooks."""
