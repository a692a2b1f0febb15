# SPDX-License-Identifier: Apache-2.0
"""What runtime writes: what a cluster answered, and what crossed it on the way."""

from typing import ClassVar

from levada.core.manifests.common import Count, Digest, Manifest, Record


class Failure(Record, frozen=True, kw_only=True):
    """An image that got no answer, or a wrong one, and where it was lost."""

    image: Count
    place: str
    reason: str


class HopTraffic(Record, frozen=True, kw_only=True):
    """What crossed one hop in the whole run, as its receiver counted it, beside the plan's prediction.

    The counts are None where nobody told them: a card that cannot see its streams, or an agent that ended first.
    ``sha256`` digests the stream's tensors (canonical form, see Dataflow) of all images in order, None where the card cannot see them;
    ``golden_sha256`` is what it must be where the run's images are the golden ones.
    """

    stream: str
    source_card: int
    sink_card: int
    frames: Count | None
    packets: Count | None
    stream_bytes: Count | None
    wire_bytes: Count | None
    predicted_packets: Count
    predicted_stream_bytes: Count
    predicted_wire_bytes: Count
    sha256: Digest | None
    golden_sha256: Digest | None


class WeightTraffic(Record, frozen=True, kw_only=True):
    """What a card's host streamed into a layer whose weights lie outside, in the whole run, beside the prediction.

    ``inferences`` and ``bytes_read`` are None where nobody told them: a card that cannot count them, or an agent that ended first.
    """

    layer: str
    card: int
    unit: str
    inferences: Count | None
    bytes_read: Count | None
    predicted_bytes: Count


class AgentUse(Record, frozen=True, kw_only=True):
    """One host's agent: its process and the driver of each of its cards."""

    host: str
    pid: Count
    drivers: tuple[str, ...]


class Latency(Record, frozen=True, kw_only=True):
    """Quantiles over the images, submission to answer, wall clock."""

    p50_ms: float
    p90_ms: float
    p99_ms: float


class Event(Record, frozen=True, kw_only=True):
    """Something that happened at a place (``card 2 port 0``, ``host fpga1``, …) ``at_ms`` after the start."""

    at_ms: float
    place: str
    text: str


class Run(Manifest, frozen=True, kw_only=True, tag="run/1.0"):
    """What a cluster answered. Payload: ``answers`` (``.npy`` int64, images × k, best first, -1 where an image failed).

    ``images_per_s`` is wall clock of the drivers named in ``agents``: emulated cards say nothing of a card's rate.
    ``mismatches`` counts images whose answers differ from the golden ones, None where there are none to compare with.
    ``correct`` counts answers whose first is the true label, None where labels are unknown.
    """

    name: str
    images: Count
    answered: Count
    failures: tuple[Failure, ...]
    images_per_s: float
    latency: Latency
    hops: tuple[HopTraffic, ...]
    agents: tuple[AgentUse, ...]
    events: tuple[Event, ...]
    mismatches: int | None
    stream_mismatches: int | None
    correct: int | None
    weights: tuple[WeightTraffic, ...] = ()

    PAYLOADS: ClassVar[tuple[str, ...]] = ("answers",)
