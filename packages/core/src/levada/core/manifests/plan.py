# SPDX-License-Identifier: Apache-2.0
"""What partition writes: where every layer goes and what crosses between the cards."""

from typing import ClassVar, Literal

from levada.core.manifests.common import Basis, Count, Digest, Manifest, Record
from levada.core.manifests.dataflow import Dataflow, Fifo, Folding
from levada.core.manifests.model import Tensor
from levada.core.resources import Fractions, Name, Resources


class CardUse(Record, frozen=True, kw_only=True):
    """A card as the plan uses it; ``capacity`` per SLR on the plan's basis, before shell and network are taken off."""

    index: int
    name: str
    host: str
    board: str
    driver: str
    capacity: tuple[Resources, ...]
    overhead: tuple[Resources, ...]


class Segment(Record, frozen=True, kw_only=True):
    """A stretch of the route: one card, and the order in which its SLRs are visited (numbers as on the board)."""

    card: int
    slrs: tuple[int, ...]


class Anchor(Record, frozen=True, kw_only=True):
    """A rule of the topology: the layer in this role must lie in this segment (``external``: every layer with external weights)."""

    role: Literal["input", "output", "external"]
    segment: int


class Route(Record, frozen=True, kw_only=True):
    """The way of the data through the cluster: segments in order; neighbours on different cards meet over the network."""

    topology: str
    segments: tuple[Segment, ...]
    ingress: int
    egress: int
    anchors: tuple[Anchor, ...] = ()


class PlacedLayer(Record, frozen=True, kw_only=True):
    """A layer with its place and the one folding and weight store chosen for it; ``resources`` include its weights.

    ``store`` is ``none`` where there are no weights.
    ``external_bytes`` of weights are read from outside per inference (0 where the store is on chip): such a layer needs a DMA.
    """

    name: str
    op: str
    node: str
    segment: int
    card: int
    slr: int
    folding: Folding
    store: str
    resources: Resources
    external_bytes: Count = 0


class PlannedStream(Record, frozen=True, kw_only=True):
    """A stream with its beats: element lanes and beats per inference at both ends.

    ``resources`` are those of its width converter and its FIFO, which lie :attr:`beside` one of its layers.
    """

    name: str
    source: str | None
    sink: str | None
    tensor: str
    shape: tuple[int, ...]
    datatype: str
    element_bits: int
    source_lanes: int
    sink_lanes: int
    beats: Count
    fifo: Fifo
    resources: Resources = Resources()

    @property
    def beside(self) -> str | None:
        """Return the layer beside which converter and FIFO lie: the sink, or else the source; None for one that joins nothing."""
        return self.sink or self.source


class Cut(Record, frozen=True, kw_only=True):
    """A stream that crosses from one segment to another card's. Bytes and packets are per inference.

    ``payload_bytes``: the elements, packed without gaps, rounded up. ``stream_bytes``: beats padded to whole bytes, as
    FINN packs them. ``wire_bytes``: packets with every header and gap of the network's model.
    """

    stream: str
    source_segment: int
    sink_segment: int
    source_card: int
    sink_card: int
    payload_bytes: Count
    stream_bytes: Count
    wire_bytes: Count
    packets: Count
    gbps: float


class Utilisation(Record, frozen=True, kw_only=True):
    """Use of one card (``slr`` None) or of one SLR, shell and network overhead included."""

    card: int
    slr: int | None
    used: Resources
    capacity: Resources
    limit: Fractions


class Performance(Record, frozen=True, kw_only=True):
    """The predicted rate and latency, and what limits them (the name of a layer, which may wait for its weights, or of a cut)."""

    cycles: Count
    images_per_s: float
    latency_ms: float
    limited_by: str


class Objective(Record, frozen=True, kw_only=True):
    """One objective of the lexicographic order, with what was found and the proven bound."""

    name: str
    value: float
    bound: float


class Proof(Record, frozen=True, kw_only=True):
    """How good the plan is known to be: ``gap`` is the largest relative gap of the objectives.

    ``ruled_out``: where the fewest cards were asked for, why each smaller number does not do; where the planner took weights from
    outside, why none on chip would do, and how much of the memory they take.
    """

    method: str
    status: Literal["optimal", "feasible"]
    objectives: tuple[Objective, ...]
    gap: float
    ruled_out: tuple[str, ...] = ()


class LayerAnchor(Record, frozen=True, kw_only=True):
    """A wish of the user: the layer must lie on this card, in whichever of its segments, and in this SLR of it where one is given."""

    layer: str
    card: int
    slr: int | None = None


class Asked(Record, frozen=True, kw_only=True):
    """What a plan was to keep to beside its ``limits``, so that it can be held against it; None where nothing was asked.

    ``slr_limits`` for each SLR, shell and network included. ``may_be_unknown``: resources whose unknown counts are accepted.
    ``streams_per_cut``: the most streams from a segment or before it to one behind it. ``anchors``: layers whose place was given.
    """

    images_per_s: float | None = None
    slr_limits: Fractions | None = None
    weight_stream_bits: int | None = None
    streams_per_cut: int | None = None
    utilisation_step: float = 0.0
    may_be_unknown: tuple[Name, ...] | None = None
    anchors: tuple[LayerAnchor, ...] = ()


class Scaling(Record, frozen=True, kw_only=True):
    """What the same question comes to on ``cards`` cards. Rates are images per second.

    ``images_per_s``: a rate for which a placement was found in a short search, None where none was found or looked for. ``at_most``: the
    rate that is proven out of reach beyond, None where nothing is known. ``reason``: why nothing was looked for, or found.
    """

    cards: Count
    images_per_s: float | None = None
    at_most: float | None = None
    reason: str = ""


class Copies(Record, frozen=True, kw_only=True):
    """``copies`` of a pipeline over ``cards`` cards each, on no more cards than the plan has; rates are of all of them, images per second.

    ``images_per_s`` was found in a short search; no copies of any length that was looked at do more than ``at_most``. ``better``: they
    are as fast as the plan or faster; between equals they are, since each is a shorter pipeline.
    """

    copies: Count
    cards: Count
    images_per_s: float
    at_most: float | None = None
    better: bool


class Outlook(Record, frozen=True, kw_only=True):
    """What limits the plan's rate (a sentence), and what would not; empty where nobody looked.

    ``next_card``: one card more. ``copies``: the fastest copies of a shorter pipeline that were found, None where there are none;
    ``no_copies`` says why there are none, empty for a plan on one card.
    """

    limited: str = ""
    next_card: Scaling | None = None
    copies: Copies | None = None
    no_copies: str = ""


class Plan(Manifest, frozen=True, kw_only=True, tag="plan/1.0"):
    """Where every layer goes, how it is folded, and what crosses between the cards.

    Payloads: those of its Dataflow, carried forward, and ``dataflow`` (its manifest, byte for byte).
    """

    name: str
    cluster: str
    cluster_digest: Digest
    network: str
    clock_mhz: float
    basis: Basis
    limits: Fractions
    cards: tuple[CardUse, ...]
    route: Route
    layers: tuple[PlacedLayer, ...]
    streams: tuple[PlannedStream, ...]
    cuts: tuple[Cut, ...]
    utilisation: tuple[Utilisation, ...]
    performance: Performance
    proof: Proof
    input: Tensor
    output: Tensor
    labels: tuple[str, ...]
    golden_count: Count
    asked: Asked = Asked()
    outlook: Outlook = Outlook()

    PAYLOADS: ClassVar[tuple[str, ...]] = ("dataflow", *Dataflow.PAYLOADS)
