# SPDX-License-Identifier: Apache-2.0
"""What a partitioner is asked: the small network and emulated U280 cards."""

from typing import Any

import msgspec

from levada.core.interfaces import Candidate, CardBudget, LayerOptions, Request
from levada.core.manifests import CardUse, Folding, Layer
from levada.core.networks import VNX
from levada.core.resources import Fractions, Resources
from levada.core.testing.clusters import u280
from levada.core.testing.dataflows import dataflow
from levada.core.testing.plans import CLOCK_MHZ, card_uses, route


def request(cards: int = 2, topology: str = "chain", **overrides: Any) -> Request:
    """Return the problem of placing the small network: every folding, weights in BRAM or URAM, room enough."""
    source = dataflow()
    whole = Request(
        dataflow=source,
        options=tuple(options(layer) for layer in source.layers),
        cards=tuple(_budget(use) for use in card_uses(cards, VNX if cards > 1 else None)),
        route=route(cards, topology),
        limits=Fractions(),
        slr_limits=Fractions(lut=1.0, ff=1.0, bram18=1.0, uram=1.0, dsp=1.0),
        clock_mhz=CLOCK_MHZ,
        network=VNX,
    )
    return msgspec.structs.replace(whole, **overrides)


def options(layer: Layer) -> LayerOptions:
    """Return a layer's candidates: each folding with its weights, if it has any, in BRAM and in URAM."""
    candidates = (
        Candidate(folding=index, store=store, cycles=folding.cycles, resources=folding.resources + weights)
        for index, folding in enumerate(layer.foldings)
        for store, weights in _stores(folding)
    )
    return LayerOptions(layer=layer.name, candidates=tuple(candidates))


def _stores(folding: Folding) -> list[tuple[str, Resources]]:
    memory = folding.weights
    if memory is None:
        return [("none", Resources())]
    halves = -(-memory.words // 1024) * -(-memory.bits // 18)
    rams = -(-memory.words // 4096) * -(-memory.bits // 72)
    return [("bram", Resources(bram18=halves)), ("uram", Resources(uram=rams))]


def _budget(use: CardUse) -> CardBudget:
    return CardBudget(index=use.index, name=use.name, board=u280(), capacity=use.capacity, overhead=use.overhead)
