# SPDX-License-Identifier: Apache-2.0
"""Small networks, boards and requests to plan."""

import random
from itertools import pairwise
from math import prod

import msgspec

from levada.core import testing
from levada.core.boards import BoardMemory, Capacity, Delivery, Slr
from levada.core.interfaces import Candidate, CardBudget, LayerOptions, Request
from levada.core.manifests import Fifo, Folding, Lanes, Layer, Memory, Origins, Stream
from levada.core.networks import VNX
from levada.core.resources import Fractions, Resources
from levada.partition.topologies import Chain, Loop

ORIGINS = Origins(lut="test", ff="test", bram18="test", uram="test", dsp="test")
WHOLE = Fractions(lut=1.0, ff=1.0, bram18=1.0, uram=1.0, dsp=1.0)
TOPOLOGIES = {"chain": Chain, "loop": Loop}
FREE_NETWORK = msgspec.structs.replace(VNX, overhead=Resources())
"""VNx without what it takes of a card, so that small boards can be networked."""


def fold(lut=100, cycles=100, pe=1, weights=None, **counts):
    """Return a folding with these counts, all others 0."""
    simd = counts.pop("simd", 1)
    return Folding(
        implementation="hls",
        pe=pe,
        simd=simd,
        cycles=cycles,
        resources=Resources(lut=lut, **counts),
        origins=ORIGINS,
        weights=Memory(words=weights[0], bits=weights[1]) if weights else None,
    )


def stream(source, sink, shape=(4, 4, 8), bits=4, **fields):
    """Return a stream of PE lanes at both ends."""
    return Stream(
        name=f"{source or 'input'}->{sink or 'output'}",
        source=source,
        sink=sink,
        tensor=f"{source or 'input'}_to_{sink or 'output'}",
        shape=shape,
        datatype=f"UINT{bits}",
        element_bits=bits,
        payload_bits=prod(shape) * bits,
        **{
            "cuttable": True,
            "source_lanes": Lanes.PE,
            "sink_lanes": Lanes.PE,
            "fifo": Fifo(depth=2, status="rule"),
            **fields,
        },
    )


def network(foldings, *streams):
    """Return a dataflow of layers (name → folding or foldings, in topological order); ends of the streams are added."""
    layers = tuple(
        Layer(name=name, op="Op", node=name, foldings=(each,) if isinstance(each, Folding) else tuple(each))
        for name, each in foldings.items()
    )
    fed, feeding = {s.sink for s in streams}, {s.source for s in streams}
    inputs = [stream(None, name) for name in foldings if name not in fed]
    outputs = [stream(name, None) for name in foldings if name not in feeding]
    return testing.dataflow(name="toy", board="toy", layers=layers, streams=(*inputs, *streams, *outputs))


def line(*foldings, **fields):
    """Return a dataflow of layers a, b, c … in a row."""
    names = "abcdefghijkl"[: len(foldings)]
    streams = [stream(source, sink, **fields) for source, sink in pairwise(names)]
    return network(dict(zip(names, foldings, strict=True)), *streams)


def toy(slrs=2, **counts):
    """Return a board without shell; each SLR holds these counts, DMA on the first, QSFP on the last."""
    capacity = Resources(**{"lut": 1000, "ff": 1000, "bram18": 100, "uram": 100, "dsp": 100, **counts})
    capacities = tuple(
        Capacity(basis=basis, resources=capacity, origin="test") for basis in ("paper", "device", "finn")
    )
    described = tuple(Slr(index=index, capacities=capacities) for index in range(slrs))
    memory = BoardMemory(bank="DDR[0]", size_bytes=1 << 30, slr=0)
    plain = testing.board(slr_count=slrs, memories=(memory,), shell=())
    return msgspec.structs.replace(plain, slrs=described)


def delivering(board, ports, gbytes_per_s):
    """Return a board whose memory has so many ports and delivers so much in bursts, all ports together."""
    told = Delivery(gbytes_per_s=gbytes_per_s / 0.9, ports=ports, origin="test")
    return msgspec.structs.replace(board, memories=(msgspec.structs.replace(board.memories[0], delivery=told),))


def request_for(dataflow, boards, topology="chain", **overrides):
    """Return a request to place ``dataflow``, each layer in any of its foldings, on these boards."""
    budgets = tuple(
        CardBudget(
            index=number,
            name=f"card-{number}",
            board=board,
            capacity=board.capacity("finn"),
            overhead=tuple(Resources() for _ in board.slrs),
        )
        for number, board in enumerate(boards, 1)
    )
    options = tuple(
        LayerOptions(
            layer=layer.name,
            candidates=tuple(
                Candidate(folding=number, store="none", cycles=each.cycles, resources=each.resources)
                for number, each in enumerate(layer.foldings)
            ),
        )
        for layer in dataflow.layers
    )
    whole = Request(
        dataflow=dataflow,
        options=options,
        cards=budgets,
        route=TOPOLOGIES[topology]().route(boards),
        limits=WHOLE,
        slr_limits=WHOLE,
        clock_mhz=100.0,
        network=FREE_NETWORK,
    )
    return msgspec.structs.replace(whole, **overrides)


def series_parallel(seed, nodes=5, *, lanes=False):
    """Return a random series-parallel dataflow: a row of layers, some of them bridged by a second branch or a skip.

    With ``lanes``, foldings of a layer differ in lanes too, and what a stream costs depends on both ends.
    """
    draw = random.Random(seed)
    names = "abcdefgh"[:nodes]
    foldings = {name: _drawn_foldings(draw, lanes=lanes) for name in names}
    pairs = dict.fromkeys(pairwise(names))
    start = draw.randrange(nodes - 2)
    pairs[names[start], names[draw.randrange(start + 2, nodes)]] = None
    if draw.random() < 0.5 and nodes > 3:  # two layers side by side instead of in a row
        pairs.pop((names[1], names[2]), None)
        pairs |= {(names[0], names[2]): None, (names[1], names[3]): None}
    return network(foldings, *(_drawn_stream(draw, *pair) for pair in pairs))


def general(seed, nodes=7):
    """Return a random graph with one folding per layer: each layer has up to three sources, any of those before it."""
    draw = random.Random(seed)
    names = "abcdefghijkl"[:nodes]
    foldings = {name: fold(lut=draw.randrange(50, 600), bram18=draw.randrange(40)) for name in names}
    sources = {name: draw.sample(names[:number], min(number, draw.randint(1, 3))) for number, name in enumerate(names)}
    return network(foldings, *(_drawn_stream(draw, source, name) for name in names for source in sources[name]))


def _drawn_foldings(draw, *, lanes):
    """Return one folding, or a large fast one and a small slow one."""
    lut, cycles, bram18 = draw.randrange(50, 600), draw.randrange(100, 400), draw.randrange(40)
    pe = draw.choice((2, 4))
    fast = fold(lut=lut, cycles=cycles, pe=pe, bram18=bram18)
    slow = fold(lut=lut // 3, cycles=cycles * 2, pe=1 if lanes else pe, bram18=bram18 // 2)
    return draw.choice(([fast], [slow], [fast, slow], [fast, slow]))


def _drawn_stream(draw, source, sink):
    shape = (draw.choice((1, 8, 30)), draw.choice((4, 20)), 8)
    return stream(source, sink, shape=shape, bits=draw.choice((3, 4, 9)), cuttable=draw.random() < 0.9)


def spare(resources, name):
    """Return resources with one count unknown."""
    return msgspec.structs.replace(resources, **{name: None})
