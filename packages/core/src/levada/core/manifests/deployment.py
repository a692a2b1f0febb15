# SPDX-License-Identifier: Apache-2.0
"""What netstack writes: everything a cluster needs to run a plan."""

from typing import ClassVar, Literal

from levada.core.manifests.common import Count, Digest, Manifest, Record
from levada.core.manifests.model import Tensor
from levada.core.manifests.plan import Performance, Plan, PlannedStream


class ArpEntry(Record, frozen=True, kw_only=True):
    """A neighbour: IPv4 address in dotted form, MAC in colon form."""

    ip: str
    mac: str


class Socket(Record, frozen=True, kw_only=True):
    """One entry of a socket table."""

    index: Count
    their_ip: str
    their_port: int
    my_port: int
    valid: bool = True


class RegisterWrite(Record, frozen=True, kw_only=True):
    """One register by its name in the network's register map, ``index`` within an array, and the value as an integer."""

    register: str
    value: Count
    index: int | None = None


class RegisterWindow(Record, frozen=True, kw_only=True):
    """Where the registers of a compute unit lie in its port's register window; ``kernel`` and ``unit`` as in the link."""

    kernel: str
    unit: str
    offset: Count
    size_bytes: Count


class NetworkPort(Record, frozen=True, kw_only=True):
    """One network port of a card (a QSFP) with all that must be configured in it, as addresses and as register writes.

    ``windows`` says which compute units' registers a driver maps where, to make one window of a port.
    """

    name: str
    card: int
    ip: str
    mac: str
    gateway: str
    arp: tuple[ArpEntry, ...]
    sockets: tuple[Socket, ...]
    registers: tuple[RegisterWrite, ...]
    windows: tuple[RegisterWindow, ...] = ()


class Packetisation(Record, frozen=True, kw_only=True):
    """How one inference of a cut becomes packets: full packets carry ``payload_bytes`` of stream (headers apart).

    The last packet carries ``last_bytes`` of stream and is sent, header included, as ``last_padded_bytes``.
    ``header_bytes`` is 0 in plain mode.
    """

    stream_bytes: Count
    payload_bytes: Count
    header_bytes: Count
    packets: Count
    last_bytes: Count
    last_padded_bytes: Count


class Hop(Record, frozen=True, kw_only=True):
    """A cut stream on its way: from this socket of this port to that one. ``stream_id`` is the number in frame headers."""

    stream: str
    stream_id: Count
    source_card: int
    sink_card: int
    source_port: str
    sink_port: str
    source_socket: Count
    sink_socket: Count
    packetisation: Packetisation
    wire_bytes: Count


class FlowControl(Record, frozen=True, kw_only=True):
    """``framed``: numbered frames with CRC and credits; ``plain``: the paper's wire, without guarantee.

    ``credits`` counts the packets that may be unacknowledged per hop; ``rx_buffer_bytes`` is what a receiving port holds.
    ``ingress_images_per_s`` is the rate that images may not be submitted above, None where nothing needs a throttle.
    """

    mode: Literal["framed", "plain"]
    credits: Count
    rx_buffer_bytes: Count
    ingress_images_per_s: float | None = None


class ComputeUnit(Record, frozen=True, kw_only=True):
    """A kernel instance in one SLR; ``memory`` names the bank of a DMA's port, None for a streaming kernel."""

    name: str
    kernel: str
    slr: int
    memory: str | None = None


class StreamLink(Record, frozen=True, kw_only=True):
    """An AXI-Stream connection between two compute units' ports, written ``unit.port``."""

    source: str
    sink: str


class LinkSpec(Record, frozen=True, kw_only=True):
    """What one card's link step must put together."""

    units: tuple[ComputeUnit, ...]
    streams: tuple[StreamLink, ...]


class Part(Record, frozen=True, kw_only=True):
    """One segment's share of the network on a card; ``inputs`` and ``outputs`` name streams (cuts, or the outside).

    ``interval_cycles`` are those of its slowest layer: no inference leaves sooner after the one before it.
    """

    segment: int
    layers: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    interval_cycles: Count = 0


class WeightFeed(Record, frozen=True, kw_only=True):
    """Weights that a card's host streams into a layer: the DMA ``unit`` reads its buffer ``readings`` times per inference.

    The buffer is the deployment's payload ``payload`` of ``payload_bytes``: the whole matrix, in beats of ``pe`` × ``simd`` elements
    (:func:`levada.core.interfaces.weight_beats`), each padded to whole bytes as any stream's. ``tensor`` names the weights in the
    emulation graph, where the streamed ones take their place.
    """

    layer: str
    unit: str
    tensor: str
    payload: str
    payload_bytes: Count
    readings: Count
    pe: int
    simd: int

    @property
    def inference_bytes(self) -> int:
        """Return the bytes that the DMA reads for one inference."""
        return self.payload_bytes * self.readings


class CardDeployment(Record, frozen=True, kw_only=True):
    """One card: whose host, which driver, its parts in order (in a loop card 1 has head and tail), its ports and link.

    ``weights`` lists what its host streams into layers whose weights lie outside the card.
    """

    index: int
    name: str
    host: str
    board: str
    driver: str
    pcie: str | None
    parts: tuple[Part, ...]
    ports: tuple[NetworkPort, ...]
    link: LinkSpec
    weights: tuple[WeightFeed, ...] = ()


class Check(Record, frozen=True, kw_only=True):
    """One rule that the checker tried, and what it found."""

    rule: str
    passed: bool
    detail: str


class Verdict(Record, frozen=True, kw_only=True):
    """What the network's checker says of a deployment."""

    checker: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Say whether every rule held."""
        return all(check.passed for check in self.checks)


class Deployment(Manifest, frozen=True, kw_only=True, tag="deployment/1.0"):
    """Everything a cluster needs to run the plan.

    Payloads: those of its Plan, ``plan`` (its manifest, byte for byte), and one for every WeightFeed, named by it.
    """

    name: str
    cluster: str
    cluster_digest: Digest
    network: str
    clock_mhz: float
    cards: tuple[CardDeployment, ...]
    hops: tuple[Hop, ...]
    streams: tuple[PlannedStream, ...]
    flow: FlowControl
    ingress_card: int
    egress_card: int
    weight_cards: tuple[int, ...]
    performance: Performance
    verdict: Verdict
    input: Tensor
    output: Tensor
    labels: tuple[str, ...]
    golden_count: Count

    PAYLOADS: ClassVar[tuple[str, ...]] = ("plan", *Plan.PAYLOADS)
