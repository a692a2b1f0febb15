# SPDX-License-Identifier: Apache-2.0
"""Random small questions of five families, each drawn from a seed; the fewer layers, the more stops there are along the route.

Besides graph and costs a seed draws boards that need not be alike, shell, DMAs and network, limits, streams that cannot be cut or need
equal lanes, FIFOs, a demanded rate, steps of utilisation, weights from outside and what memories deliver, how many streams a cut, or a card, may
have, and where a layer or two must lie.
"""

import random
from itertools import pairwise

import msgspec
from partition_questions import STORES, question, settings
from partition_toys import FREE_NETWORK, TOPOLOGIES, fold, network, stream, toy

from levada.core.boards import Delivery, Overhead
from levada.core.manifests import Fifo, Lanes, LayerAnchor
from levada.core.resources import Fractions, Resources
from levada.partition.stores import External
from levada.partition.wishes import Weights, any_folding, default_folding

FEWER_LAYERS = {8: 7, 9: 7, 10: 6, 11: 6}
"""For so many stops along the route; eight for less."""
CLOCK_MHZ = 100.0


class Streamed(External):
    """Weights from outside, by a DMA that a small board can hold."""

    name = "external"

    def cost(self, memory, layer, board):
        """Return a small cost."""
        return msgspec.structs.replace(super().cost(memory, layer, board), resources=Resources(lut=40, bram18=1))


def drawn(family, seed):
    """Return a question and the number of cards it is asked for; ``family``: series-parallel, general, loop, variants, or anchored."""
    draw = random.Random(f"{family} {seed}")
    anchored = family == "anchored"
    several = family == "variants" or (anchored and draw.random() < 0.3)
    cards = draw.randint(2, 3) if family == "loop" or anchored else draw.randint(1, 3)
    loops = {"loop": 1.0, "variants": 0.2, "anchored": 0.5}.get(family, 0.0)
    topology = TOPOLOGIES["loop" if draw.random() < loops else "chain"]()
    slrs = [draw.choice((1, 2, 2, 3) if cards < 3 else (1, 2, 2)) for _ in range(cards)]
    bare = [toy(slrs=count) for count in slrs]
    stops = sum(len(segment.slrs) for segment in topology.route(bare).segments)
    nodes = min(FEWER_LAYERS.get(stops, 8), 6 if several else 8)
    graph = _general if family == "general" or draw.random() < 0.1 else _series_parallel
    dataflow = _network(draw, draw.randint(4, max(4, nodes)), graph, several=several)
    boards = _boards(draw, slrs, dataflow, ease={"loop": 1.4, "anchored": 2.0}.get(family, 1.0))
    asked = _asked(draw, dataflow, boards, topology, several=several)
    anchors = _anchors(draw, dataflow, topology.route(boards)) if anchored or draw.random() < 0.3 else ()
    anchored_so = msgspec.structs.replace(asked, settings=msgspec.structs.replace(asked.settings, anchors=anchors))
    return _fed(random.Random(f"memory {family} {seed}"), anchored_so), cards


def _anchors(draw, dataflow, route):
    """Return an anchor for one or two layers, near the stop that lies as far along the route as they do in the network."""
    stops = [(segment.card, slr) for segment in route.segments for slr in segment.slrs]
    count = len(dataflow.layers)
    found = []
    for number in draw.sample(range(count), draw.choice((1, 1, 2))):
        near = (number * len(stops) // count) + draw.choice((-2, -1, 0, 1, 2))
        card, slr = stops[min(max(near, 0), len(stops) - 1)]
        found.append(LayerAnchor(layer=dataflow.layers[number].name, card=card, slr=draw.choice((None, slr))))
    return tuple(found)


def _fed(draw, asked):
    """Return a question, now and then with weights outside, allowed or asked for, and with memories that may be too few or too slow."""
    weighty = [layer.name for layer in asked.dataflow.layers if layer.foldings[0].weights]
    if not weighty or draw.random() < 0.3:
        return asked
    boards = tuple(_with_delivery(draw, board) for board in asked.boards)
    if asked.weights.store == "auto":
        last = Weights(store="auto", layers=dict.fromkeys(weighty[-1:] if draw.random() < 0.5 else (), "external"))
        return msgspec.structs.replace(asked, boards=boards, streamed=tuple(weighty), weights=last)
    outside = weighty[-draw.randint(1, 2) :] if draw.random() < 0.7 else weighty
    weights = Weights(store=asked.weights.store, layers=dict.fromkeys(outside, "external"))
    return msgspec.structs.replace(asked, boards=boards, weights=weights)


def _with_delivery(draw, board):
    """Return a board whose memory has one port to four, often slow ones: a layer reads 0.1 or 0.3 GB/s at most."""
    ports = draw.choice((1, 2, 3, 3, 4))
    told = Delivery(gbytes_per_s=ports * draw.choice((0.03, 0.07, 0.2, 0.25, 1.0)), ports=ports, origin="test")
    memory = msgspec.structs.replace(board.memories[0], delivery=draw.choice((None, *[told] * 5)))
    return msgspec.structs.replace(board, memories=(memory,))


def _asked(draw, dataflow, boards, topology, *, several):
    rate = draw.random() < 0.25
    slowest = max(min(folding.cycles for folding in layer.foldings) for layer in dataflow.layers)
    weighty = [layer.name for layer in dataflow.layers if layer.foldings[0].weights]
    outside = {name: "external" for name in weighty[:1] if draw.random() < 0.2}
    asked = question(
        dataflow,
        cards=len(boards),
        boards=tuple(boards),
        topology=topology,
        stores={**STORES, "external": Streamed()},
        weights=Weights(store="auto" if several else "bram", layers=outside),
        folding=any_folding if several else default_folding,
        settings=settings(
            clock_mhz=CLOCK_MHZ,
            fps=CLOCK_MHZ * 1e6 / (slowest * draw.choice((1, 1.5, 2))) if rate else None,
            limits=_limits(draw),
            slr_limits=_limits(draw),
            streams_per_cut=draw.choice((None,) * 5 + (1, 2, 2)),
            utilisation_step=draw.choice((0.0,) * 5 + (0.01, 0.05, 0.1)),
        ),
    )
    overhead = Resources(lut=draw.choice((0, 30, 90)), bram18=draw.choice((0, 3)))
    lines = msgspec.structs.replace(FREE_NETWORK, overhead=overhead, max_streams=draw.choice((16,) * 6 + (3, 4)))
    return msgspec.structs.replace(asked, network=lines)


def _limits(draw):
    return Fractions(*(draw.choice((1.0, 1.0, 0.9, 0.83, 0.77)) for _ in range(5)))


# ------------------------------------------------------------------------------------------------- boards


def _boards(draw, slrs, dataflow, ease):
    """Return boards of so many SLRs that together hold all layers with some room, times ``ease``, or not quite."""
    needs = {name: _need(dataflow, name) for name in ("lut", "bram18", "uram", "dsp")}
    scarce = draw.choice(tuple(needs))
    room = {name: ease * (draw.uniform(1.2, 2.5) if name == scarce else draw.uniform(2, 6)) for name in needs}
    return [
        _board(
            draw,
            count,
            {name: 4 + int(needs[name] * room[name] / sum(slrs) * draw.choice((1, 1, 1.3))) for name in needs},
        )
        for count in slrs
    ]


def _need(dataflow, name):
    """Return what all layers take of a resource in their first foldings, with something for their weights."""
    counts = [layer.foldings[0].resources.get(name) for layer in dataflow.layers]
    weights = [layer.foldings[0].weights for layer in dataflow.layers if layer.foldings[0].weights]
    kept, linked = {"lut": (60, 90), "bram18": (3, 0), "uram": (1, 0), "dsp": (0, 0)}[name]
    return sum(counts) + kept * len(weights) + linked * len(dataflow.streams)


def _board(draw, slrs, counts):
    plain = toy(slrs=slrs, ff=4000, **counts)
    shell = [Resources(lut=draw.choice((0, 0, 40)), bram18=draw.choice((0, 0, 2))) for _ in range(slrs)]
    memory = msgspec.structs.replace(plain.memories[0], slr=draw.choice((0, 0, slrs - 1)))
    return msgspec.structs.replace(
        plain,
        memories=(memory,),
        qsfp_slrs=(draw.choice((slrs - 1, slrs - 1, 0)),),
        shell=tuple(
            Overhead(function="shell", slr=slr, resources=each, origin="test") for slr, each in enumerate(shell)
        ),
        dma=Resources(lut=draw.choice((0, 25))),
    )


# ----------------------------------------------------------------------------------------------- networks


def _network(draw, nodes, graph, *, several):
    names = "abcdefgh"[:nodes]
    choosing = set(draw.sample(names, min(3, nodes))) if several else set()
    foldings = {name: _foldings(draw, several=name in choosing) for name in names}
    return network(foldings, *(_stream(draw, *pair, several=several) for pair in graph(draw, names)))


def _series_parallel(draw, names):
    """Return a row of layers, some of them bridged by a skip, or side by side."""
    pairs = dict.fromkeys(pairwise(names))
    if draw.random() < 0.7:
        start = draw.randrange(len(names) - 2)
        pairs[names[start], names[draw.randrange(start + 2, len(names))]] = None
    if draw.random() < 0.4:
        pairs.pop((names[1], names[2]), None)
        pairs |= {(names[0], names[2]): None, (names[1], names[3]): None}
    return pairs


def _general(draw, names):
    """Return any graph: each layer has up to three sources among those before it, now and then none."""
    return [
        (source, name)
        for number, name in enumerate(names)
        for source in draw.sample(names[:number], min(number, draw.choice((0, 1, 1, 1, 1, 2, 3))))
    ]


def _foldings(draw, *, several):
    """Return one folding, or up to three that trade cycles for hardware; now and then with weights."""
    cycles, pe = draw.randrange(400, 900), draw.choice((2, 4, 8))
    counts = {
        "lut": draw.randrange(50, 600),
        "bram18": draw.choice((0, draw.randrange(20))),
        "dsp": draw.choice((0, draw.randrange(30))),
        "uram": draw.choice((0, 0, draw.randrange(5))),
    }
    words = draw.choice((None, None, (draw.choice((100, 600, 5000)), draw.choice((4, 24)))))
    found = []
    for step in range(draw.randint(1, 3) if several else 1):
        folded = {name: max(1, count >> step) if count else 0 for name, count in counts.items()}
        found.append(
            fold(cycles=cycles << step, pe=max(1, pe >> step), simd=draw.choice((1, 2, 4)), weights=words, **folded)
        )
    return found


def _stream(draw, source, sink, *, several):
    rigid = several and draw.random() < 0.1
    return stream(
        source,
        sink,
        shape=(draw.choice((1, 4, 10)), draw.choice((4, 10)), 8),
        bits=draw.choice((3, 4, 9)),
        cuttable=not rigid and draw.random() < 0.95,
        rigid=rigid,
        fifo=Fifo(depth=draw.choice((2, 2, 40, 400)), status="rule", side=draw.choice(("source", "sink"))),
        source_lanes=Lanes.PE if rigid else draw.choice(tuple(Lanes)),
        sink_lanes=Lanes.PE if rigid else draw.choice(tuple(Lanes)),
    )
