# SPDX-License-Identifier: Apache-2.0
"""Strategies of small questions: a series-parallel or a general graph, costs, boards, and how many cards of them."""

from itertools import pairwise

from hypothesis import strategies as some
from partition_toys import TOPOLOGIES, fold, network, request_for, stream, toy

from levada.core.manifests import LayerAnchor

NAMES = "abcdef"


@some.composite
def graphs(draw):
    """Draw a row of layers with skips, or any graph in which each layer but the first has sources; nearly all streams can be cut."""
    names = NAMES[: draw(some.integers(3, len(NAMES)))]
    if draw(some.booleans()):
        pairs = dict.fromkeys(pairwise(names))
        for _ in range(draw(some.integers(0, 2))):
            start = draw(some.integers(0, len(names) - 3))
            pairs[names[start], names[draw(some.integers(start + 2, len(names) - 1))]] = None
    else:
        sources = [
            draw(some.sets(some.sampled_from(names[:end]), min_size=1, max_size=3)) for end in range(1, len(names))
        ]
        pairs = {(each, names[end]): None for end, mine in enumerate(sources, 1) for each in sorted(mine)}
    return names, list(pairs)


@some.composite
def foldings(draw, most=2):
    """Draw a folding, or a quick one and others that take less and longer."""
    lut, bram18, cycles = draw(some.integers(20, 600)), draw(some.integers(0, 30)), draw(some.integers(400, 900))
    return [
        fold(lut=lut // each, bram18=bram18 // each, cycles=cycles * each, pe=4 // each)
        for each in range(1, draw(some.integers(1, most)) + 1)
    ]


@some.composite
def requests(draw, *, several=False):
    """Draw a request; with ``several``, layers may leave a choice."""
    names, pairs = draw(graphs())
    shapes = some.sampled_from([(1, 4, 8), (4, 4, 8), (10, 10, 8)])
    streams = [stream(*pair, shape=draw(shapes), cuttable=draw(some.integers(0, 14)) > 0) for pair in pairs]
    dataflow = network({name: draw(foldings(2 if several else 1)) for name in names}, *streams)
    cards, slrs = draw(some.integers(1, 3)), draw(some.integers(1, 2))
    board = toy(slrs=slrs, lut=draw(some.integers(800, 4000)), bram18=draw(some.integers(40, 200)))
    held = LayerAnchor(layer=draw(some.sampled_from(names)), card=draw(some.integers(1, cards)))
    anchors = (held,) if draw(some.integers(0, 3)) == 0 else ()
    topology = draw(some.sampled_from(sorted(TOPOLOGIES)))
    return request_for(dataflow, [board] * cards, topology, anchors=anchors)
