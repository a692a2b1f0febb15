# SPDX-License-Identifier: Apache-2.0
"""A small network as compile would write it: six layers, a branch, a join, and golden answers for two images.

::

    input ─► MVAU_0 ─► DuplicateStreams_0 ─┬─► MVAU_1 ─┬─► AddStreams_0 ─► MVAU_2 ─► LabelSelect_0 ─► output
                                           └───────────┘
"""

import hashlib
from functools import lru_cache
from typing import Any

import msgspec

from levada.core.datatypes import datatype
from levada.core.manifests import (
    Dataflow,
    Fifo,
    FlipRate,
    Folding,
    Lanes,
    Layer,
    Memory,
    Origins,
    Record,
    Score,
    Stream,
    Tensor,
)  # fmt: skip
from levada.core.resources import Resources

IMAGES = 2
CLASSES = tuple(str(digit) for digit in range(10))
ORIGINS = Origins(lut="finn", ff="unknown", bram18="finn", uram="finn", dsp="finn")
SCORE = Score(dataset="digits", split="test", metric="top1", value=0.975, samples=360)


class Matrix(Record, frozen=True, kw_only=True):
    """A matrix layer: columns and rows of its weights, how many vectors an inference has, and bits of a weight."""

    width: int
    height: int
    vectors: int
    bits: int


MATRICES = {
    "MVAU_0": Matrix(width=1, height=4, vectors=64, bits=8),
    "MVAU_1": Matrix(width=4, height=4, vectors=64, bits=4),
    "MVAU_2": Matrix(width=256, height=10, vectors=1, bits=8),
}
PICTURE, MAP = (8, 8, 1), (8, 8, 4)
EDGES: tuple[tuple[str | None, str | None, tuple[int, ...], str], ...] = (
    (None, "MVAU_0", PICTURE, "UINT8"),
    ("MVAU_0", "DuplicateStreams_0", MAP, "UINT4"),
    ("DuplicateStreams_0", "MVAU_1", MAP, "UINT4"),
    ("DuplicateStreams_0", "AddStreams_0", MAP, "UINT4"),
    ("MVAU_1", "AddStreams_0", MAP, "UINT4"),
    ("AddStreams_0", "MVAU_2", MAP, "UINT5"),
    ("MVAU_2", "LabelSelect_0", (10,), "INT16"),
    ("LabelSelect_0", None, (5,), "UINT4"),
)


def tensor(**overrides: Any) -> Tensor:
    """Return the network's input: 8 × 8 grey pixels of 8 bits."""
    return msgspec.structs.replace(Tensor(name="input", shape=PICTURE, datatype="UINT8", layout="NHWC"), **overrides)


def folding(**overrides: Any) -> Folding:
    """Return one folding: a lane each way, 64 cycles, 100 LUT, flip-flops unknown as FINN leaves them."""
    small = Folding(implementation="hls", cycles=64, resources=Resources(lut=100, ff=None), origins=ORIGINS)
    return msgspec.structs.replace(small, **overrides)


def layer(name: str = "MVAU_1", **overrides: Any) -> Layer:
    """Return a layer of the small network, all its foldings included; the default is the smallest."""
    op = name.rpartition("_")[0]
    matrix = MATRICES.get(name)
    plain = Layer(name=name, op=op, node=name, foldings=_foldings(op, matrix))
    if matrix is not None:
        weights = matrix.width * matrix.height
        plain = msgspec.structs.replace(plain, weight_bits=weights * matrix.bits, macs=weights * matrix.vectors)
    return msgspec.structs.replace(plain, **overrides)


def stream(source: str | None = "MVAU_1", sink: str | None = "AddStreams_0", **overrides: Any) -> Stream:
    """Return a stream of the small network between these layers; None stands for the outside."""
    number, (_, _, shape, kind) = next((i, edge) for i, edge in enumerate(EDGES) if edge[:2] == (source, sink))
    name = f"{source or 'input'}->{sink or 'output'}"
    plain = Stream(
        name=name,
        source=source,
        sink=sink,
        tensor={0: "input", len(EDGES) - 1: "output"}.get(number, f"tensor_{number}"),
        shape=shape,
        datatype=kind,
        element_bits=datatype(kind).bits,
        payload_bits=elements(shape) * datatype(kind).bits,
        source_lanes=Lanes.PE if source in MATRICES else Lanes.ONE,
        sink_lanes=Lanes.SIMD if sink in MATRICES else Lanes.ONE,
        fifo=Fifo(depth=2, status="rule"),
        cuttable=None not in (source, sink),
        sha256=hashlib.sha256(b"".join(golden(number, image) for image in range(IMAGES))).hexdigest(),
    )
    return msgspec.structs.replace(plain, **overrides)


def dataflow(**overrides: Any) -> Dataflow:
    """Return the small network, compiled for a U280."""
    whole = Dataflow(
        name="digits-small",
        board="u280",
        part="xcu280-fsvh2892-2L-e",
        layers=_layers(),
        streams=_streams(),
        input=tensor(),
        output=tensor(name="output", shape=(5,), datatype="UINT4", layout="NC"),
        labels=CLASSES,
        scores=(SCORE,),
        flips=(FlipRate(tensor="tensor_1", elements=512, flipped=1),),
        golden_count=IMAGES,
    )
    return msgspec.structs.replace(whole, **overrides)


@lru_cache
def golden(number: int, image: int) -> bytes:
    """Return the golden tensor of stream ``number`` (in the order of the streams) for one image, in canonical form."""
    _, _, shape, name = EDGES[number]
    kind = datatype(name)
    span = len(CLASSES) if number == len(EDGES) - 1 else min(kind.maximum + 1, 251)
    count = elements(shape)
    values = ((7 * number + 13 * image + place) % span for place in range(count))
    return b"".join(value.to_bytes(kind.canonical_bytes, "little") for value in values)


def elements(shape: tuple[int, ...]) -> int:
    """Return how many elements a tensor of this shape has."""
    count = 1
    for size in shape:
        count *= size
    return count


@lru_cache
def _layers() -> tuple[Layer, ...]:
    return tuple(layer(name) for name in dict.fromkeys(edge[0] for edge in EDGES if edge[0]))


@lru_cache
def _streams() -> tuple[Stream, ...]:
    return tuple(stream(source, sink) for source, sink, *_ in EDGES)


def _foldings(op: str, matrix: Matrix | None) -> tuple[Folding, ...]:
    if matrix is None:
        return (folding(cycles=10 if op == "LabelSelect" else 256),)
    return tuple(
        _matrix_folding(matrix, pe, simd)
        for pe in (1, 2)
        for simd in (1, 2, 4)
        if matrix.height % pe == 0 and matrix.width % simd == 0
    )


def _matrix_folding(matrix: Matrix, pe: int, simd: int) -> Folding:
    words = matrix.width * matrix.height // (pe * simd)
    return folding(
        pe=pe,
        simd=simd,
        cycles=words * matrix.vectors,
        resources=Resources(lut=100 + 40 * pe * simd, ff=None),
        multiplier="lut",
        weights=Memory(words=words, bits=pe * simd * matrix.bits),
    )
