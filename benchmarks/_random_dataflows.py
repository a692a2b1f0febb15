# SPDX-License-Identifier: Apache-2.0
"""Networks made by chance, as compile would write them: residual chains and nested series-parallel graphs that fill a number of cards.

What is drawn depends on the seed alone. Costs are drawn, not estimated: layers with weights share the block RAM unevenly (log-normal),
forks and joins take logic only, and maps shrink with depth as those of a ResNet do. Every layer has one folding, and no stream a cost
of its own, so that all planners see the same instance.
"""

from enum import Enum
from math import exp
from random import Random

from levada.core import testing
from levada.core.boards_alveo import U280
from levada.core.datatypes import datatype
from levada.core.manifests import Dataflow, Fifo, Folding, Lanes, Layer, Origins, Record, Stream
from levada.core.networks import VNX
from levada.core.resources import NAMES, Fractions, Resources, total
from levada.core.testing.dataflows import elements

FORK, JOIN, MATRIX, LAST = "DuplicateStreams", "AddStreams", "MVAU", "LabelSelect"
DRAWN = Origins(lut="drawn", ff="drawn", bram18="drawn", uram="drawn", dsp="drawn")
CYCLES = 900_000
LARGEST = 400
"""RAMB18 of one layer: larger ones make small instances impossible by chance."""
UNEVEN = 0.7
"""Standard deviation of the logarithm of a layer's share."""
SIDE, CHANNELS, STAGES = 56, 64, 4
DATATYPES = ("UINT4", "UINT5", "UINT8")
MOST_PARALLEL = 24
"""Layers in one series-parallel block: networks are long and narrow."""
DEEPEST = 2


class Form(Enum):
    """How layers follow each other."""

    RESIDUAL = "residual"
    SERIES_PARALLEL = "series-parallel"


class Size(Record, frozen=True, kw_only=True):
    """How many layers, for how many U280, filled up to which share of what the limits leave for layers."""

    nodes: int
    cards: int
    seed: int = 0
    form: Form = Form.RESIDUAL
    fill: float = 0.85

    @property
    def name(self) -> str:
        """Return what tables call it."""
        return f"{self.form.value}-{self.nodes}n-{self.cards}c-s{self.seed}"


def random_dataflow(size: Size) -> Dataflow:
    """Return the network of this size and seed."""
    chance = Random(f"{size.name}-{size.fill}")
    sketch = Sketch(chance)
    GROWN[size.form](sketch, size.nodes - 1)
    sketch.add(LAST, sketch.end)
    return testing.dataflow(name=size.name, layers=_layers(sketch, size), streams=_streams(sketch))


class Sketch:
    """A graph that grows at its end: an operator for each layer, and edges."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.operators: list[str] = []
        self.edges: list[tuple[int | None, int]] = []

    @property
    def end(self) -> int | None:
        """Return the layer that was added last, None where there is none."""
        return len(self.operators) - 1 if self.operators else None

    def add(self, operator: str, *sources: int | None) -> int:
        """Add a layer behind ``sources`` (None: the network's input), and return its number."""
        self.operators.append(operator)
        number = len(self.operators) - 1
        self.edges.extend((source, number) for source in sources)
        return number

    def chain(self, source: int | None, length: int) -> int | None:
        """Add ``length`` layers one behind the other, and return the last one."""
        for _ in range(length):
            source = self.add(MATRIX, source)
        return source

    def names(self) -> list[str]:
        """Return the layers' names, numbered per operator."""
        counts = dict.fromkeys(self.operators, 0)
        found = []
        for operator in self.operators:
            found.append(f"{operator}_{counts[operator]}")
            counts[operator] += 1
        return found


def _residual(sketch: Sketch, nodes: int) -> None:
    """Grow blocks as ResNet's: an arm of two to six layers beside a shortcut, which holds a layer in every fourth block."""
    while (left := nodes - len(sketch.operators)) > 0:
        sketch.chain(sketch.end, min(left, sketch.chance.randint(1, 3)))
        arm, shortcut = sketch.chance.randint(2, 6), int(sketch.chance.random() < 0.25)
        if nodes - len(sketch.operators) >= arm + shortcut + 2:
            fork = sketch.add(FORK, sketch.end)
            sketch.add(JOIN, sketch.chain(fork, arm), sketch.chain(fork, shortcut))


def _series_parallel(sketch: Sketch, nodes: int) -> None:
    """Grow blocks of nested forks, chains between them."""
    while (left := nodes - len(sketch.operators)) > 0:
        sketch.chain(sketch.end, min(left, sketch.chance.randint(1, 4)))
        block = sketch.chance.randint(6, MOST_PARALLEL)
        if nodes - len(sketch.operators) >= block:
            _block(sketch, sketch.end, block, DEEPEST)


def _block(sketch: Sketch, source: int | None, nodes: int, depth: int) -> int | None:
    """Add ``nodes`` layers behind ``source``: a fork with two or three arms and a join, or a chain where that is all there is room for."""
    arms = sketch.chance.randint(2, 3)
    if depth == 0 or nodes < 2 + 2 * arms:
        return sketch.chain(source, nodes)
    fork, inner = sketch.add(FORK, source), nodes - 2
    marks = sorted(sketch.chance.sample(range(1, inner), arms - 1))
    sizes = [after - before for before, after in zip((0, *marks), (*marks, inner), strict=True)]
    return sketch.add(JOIN, *(_block(sketch, fork, size, depth - 1) for size in sizes))


GROWN = {Form.RESIDUAL: _residual, Form.SERIES_PARALLEL: _series_parallel}


def _layers(sketch: Sketch, size: Size) -> tuple[Layer, ...]:
    """Return the layers; those with weights share what the cards leave, the others take a little logic."""
    heavy = [number for number, operator in enumerate(sketch.operators) if operator == MATRIX]
    shares = [exp(sketch.chance.gauss(0, UNEVEN)) for _ in heavy]
    free, scale = _free(size.cards), sum(shares)
    costs = {
        number: Resources(
            lut=200 + round(0.6 * size.fill * (free.lut or 0) * sketch.chance.random() / len(heavy)),
            ff=0,
            bram18=min(LARGEST, round(size.fill * (free.bram18 or 0) * share / scale)),
            dsp=round(0.6 * size.fill * (free.dsp or 0) * sketch.chance.random() / len(heavy)),
        )
        for number, share in zip(heavy, shares, strict=True)
    }
    light = Resources(lut=150)
    return tuple(
        Layer(name=name, op=operator, node=name, foldings=(_folding(costs.get(number, light)),))
        for number, (name, operator) in enumerate(zip(sketch.names(), sketch.operators, strict=True))
    )


def _folding(resources: Resources) -> Folding:
    return Folding(implementation="rtl", cycles=CYCLES, resources=resources, origins=DRAWN)


def _free(cards: int) -> Resources:
    """Return what the limits leave for layers on a chain of cards, block RAM and all else."""
    taken = total([*U280.overhead("finn"), *([VNX.overhead] if cards > 1 else [])])
    whole, limits = total(U280.capacity("finn")), Fractions()
    counts = (
        cards * (int(limits.get(name) * (whole.get(name) or 0)) - (taken.get(name) or 0))
        - 2 * (U280.dma.get(name) or 0)
        for name in NAMES
    )
    return Resources(*counts)


def _streams(sketch: Sketch) -> tuple[Stream, ...]:
    """Return the edges as streams: all that leave one layer carry the same tensor."""
    names, kinds = sketch.names(), [_kind(sketch, number) for number in range(len(sketch.operators))]
    picture = ((224, 224, 3), "UINT8")
    inner = (
        _stream(None if source is None else names[source], names[sink], picture if source is None else kinds[source])
        for source, sink in sketch.edges
    )
    return (*inner, _stream(names[-1], None, ((5,), "UINT10")))


def _kind(sketch: Sketch, number: int) -> tuple[tuple[int, ...], str]:
    """Return shape and data type of what a layer gives: the deeper the smaller, by chance wider or narrower."""
    stage = min(STAGES - 1, STAGES * number // len(sketch.operators))
    side, channels = SIDE >> stage, CHANNELS << stage
    return (side, side, channels * sketch.chance.choice((1, 1, 2, 4)) // 2), sketch.chance.choice(DATATYPES)


def _stream(source: str | None, sink: str | None, kind: tuple[tuple[int, ...], str]) -> Stream:
    shape, name = kind
    bits = datatype(name).bits
    return Stream(
        name=f"{source or 'input'}->{sink or 'output'}",
        source=source,
        sink=sink,
        tensor=f"{source or 'input'}_{sink or 'output'}",
        shape=shape,
        datatype=name,
        element_bits=bits,
        payload_bits=elements(shape) * bits,
        source_lanes=Lanes.ONE,
        sink_lanes=Lanes.ONE,
        fifo=Fifo(depth=2, status="rule"),
        cuttable=None not in (source, sink),
    )
