# SPDX-License-Identifier: Apache-2.0
"""What compile writes: a network as logical layers and streams, with every way to build them."""

from enum import Enum
from typing import ClassVar, Literal

from levada.core.manifests.common import Count, Digest, Manifest, Record
from levada.core.manifests.model import Score, Tensor
from levada.core.resources import Resources


class Lanes(Enum):
    """Which folding parameter says how many elements of a stream pass in one beat."""

    PE = "pe"
    SIMD = "simd"
    ONE = "one"
    ALL = "all"


class Memory(Record, frozen=True, kw_only=True):
    """The shape of an on-chip memory: ``words`` deep, ``bits`` wide."""

    words: Count
    bits: Count


class Origins(Record, frozen=True, kw_only=True):
    """Who says each count of a cost: ``finn``, ``levada`` or a plug-in's name; ``unknown`` where the count is None."""

    lut: str
    ff: str
    bram18: str
    uram: str
    dsp: str


class Folding(Record, frozen=True, kw_only=True):
    """One way to build a layer, with what it costs *without* its weight memory.

    ``implementation`` names the FINN back end, ``multiplier`` the resource type of an MVAU, ``thresholds`` whether an
    activation is fused into the MVAU or stands alone. ``cycles`` per inference. ``weights`` is None where a layer has none.
    ``threshold_resources`` is the part of ``resources`` that the thresholds of an MVAU take, fused or standalone.
    """

    implementation: Literal["hls", "rtl"]
    pe: int = 1
    simd: int = 1
    cycles: Count
    resources: Resources
    origins: Origins
    multiplier: Literal["lut", "dsp"] | None = None
    thresholds: Literal["fused", "standalone"] | None = None
    weights: Memory | None = None
    threshold_memory: Memory | None = None
    threshold_resources: Resources = Resources()


class Layer(Record, frozen=True, kw_only=True):
    """A logical layer: a node of the FINN graph that computes, never a width converter or FIFO.

    ``foldings`` lists every way to build it; ``default`` indexes the one to take where nothing else is asked.
    ``named`` gives the folding that a published rule (``finn-examples``) takes for a layer in this role; a layer that the rule
    does not speak of is not in it. ``weight_bits`` is the whole weight memory, 0 where there is none. ``macs`` per inference.
    """

    name: str
    op: str
    node: str
    foldings: tuple[Folding, ...]
    default: Count = 0
    named: dict[str, Count] = {}
    weight_bits: Count = 0
    macs: Count = 0


class Fifo(Record, frozen=True, kw_only=True):
    """Depth of the stream's FIFO in elements (beats of one lane; with *n* lanes an *n*-th, rounded up), and how far to trust it.

    ``proven``: by simulation. ``rule``: enough that no join waits for ever (the rule is stated in levada.compile.fifos), not that
    the rate is full. ``unknown``: a guess. The FIFO stands before the stream's width converter and holds beats of its ``source``,
    or behind it and holds those of its ``sink``.
    """

    depth: Count
    status: Literal["proven", "rule", "unknown"]
    side: Literal["source", "sink"] = "source"


class Stream(Record, frozen=True, kw_only=True):
    """An edge between two layers, or between a layer and the outside (``source`` or ``sink`` None).

    ``tensor`` names it in the emulation graph where ``cuttable``; ``shape`` is per inference, innermost last.
    An element has ``element_bits``; a beat carries as many elements as ``source_lanes`` or ``sink_lanes`` of that end's
    folding say. ``payload_bits`` = elements × element_bits. ``sha256`` digests the golden tensor (see Dataflow).
    A ``rigid`` stream allows no width converter: its ends must be folded to the same lanes, because the order of its elements
    depends on them (a depthwise window generator and its pooling). It is never cuttable.
    """

    name: str
    source: str | None
    sink: str | None
    tensor: str
    shape: tuple[int, ...]
    datatype: str
    element_bits: int
    payload_bits: Count
    source_lanes: Lanes
    sink_lanes: Lanes
    fifo: Fifo
    cuttable: bool
    rigid: bool = False
    sha256: Digest | None = None

    @property
    def beside(self) -> str | None:
        """Return the layer beside which converter and FIFO lie: the sink, or else the source; None for one that joins nothing."""
        return self.sink or self.source


class FlipRate(Record, frozen=True, kw_only=True):
    """How many integers differ between the QONNX graph and the streamlined one at one quantised tensor."""

    tensor: str
    elements: Count
    flipped: Count


class Dataflow(Manifest, frozen=True, kw_only=True, tag="dataflow/1.0"):
    """A network as logical layers and streams, with every folding it can be built in.

    Payloads: ``finn_graph`` (hardware layers before specialisation), ``emulation_graph`` (standard ONNX, IR ≤ 10, opset ≤ 21),
    ``golden_inputs`` (``.npy``), ``golden_answers`` (``.npy`` int64, images × k, from FINN's own execution of the hardware graph),
    ``golden_digests`` (``.npy`` uint8, cuttable streams in the order of ``streams`` × images × 32: sha256 of one image's tensor in the
    canonical form: C-contiguous little-endian smallest integer type that holds the stream's data type). ``Stream.sha256`` digests the concatenation over all images.
    """

    name: str
    board: str
    part: str
    layers: tuple[Layer, ...]
    streams: tuple[Stream, ...]
    input: Tensor
    output: Tensor
    labels: tuple[str, ...]
    scores: tuple[Score, ...]
    flips: tuple[FlipRate, ...]
    golden_count: Count

    PAYLOADS: ClassVar[tuple[str, ...]] = (
        "finn_graph", "emulation_graph", "golden_inputs", "golden_answers", "golden_digests",
    )  # fmt: skip
