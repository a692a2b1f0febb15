# SPDX-License-Identifier: Apache-2.0
"""What is done about counts that nobody estimates: they are never taken for 0 where they could decide.

* Where a layer has candidates whose count of a resource is known, only those are considered: an unknown is no free lunch.
* A layer without any is refused by name and resource, unless the user accepts that resource's unknowns (``may_be_unknown``). Flip-flops
  are accepted by default: FINN estimates none, and the fabric of these boards has two for each LUT, so LUTs run out first.
* An accepted unknown is not limited; the known counts beside it still are, and the plan's sum says *unknown*.
* A capacity that a board's basis does not give limits nothing.
"""

from levada.core.errors import UnknownCostError
from levada.core.interfaces import Candidate, LayerOptions, Request
from levada.core.resources import NAMES, Name


def limited(request: Request) -> tuple[Name, ...]:
    """Return the resources of which some card's capacity is known.

    Raise UnknownCostError where nobody knows what shell or network take of one, unless that is accepted.
    """
    slrs = [slr for card in request.cards for slr in card.capacity]
    names = tuple(name for name in NAMES if any(slr.get(name) is not None for slr in slrs))
    for card in request.cards:
        unknown = {name for overhead in card.overhead for name in overhead.unknown()}
        for name in (name for name in names if name in unknown and name not in request.may_be_unknown):
            msg = (
                f"card {card.index} {card.name!r}: nobody estimates the {name} of its shell or of network {request.network.name!r}; "
                f"use another network, or accept the unknown with --limit {name}=none"
            )
            raise UnknownCostError(msg)
    return names


def usable(request: Request, names: tuple[Name, ...]) -> tuple[tuple[int, ...], ...]:
    """Return, per layer, the indices of the candidates to consider. Raise UnknownCostError for a layer without any."""
    return tuple(_usable(options, names, request) for options in request.options)


def _usable(options: LayerOptions, names: tuple[Name, ...], request: Request) -> tuple[int, ...]:
    pool = tuple(range(len(options.candidates)))
    for name in sorted(names, key=lambda name: name in request.may_be_unknown):
        known = tuple(index for index in pool if options.candidates[index].resources.get(name) is not None)
        if not known and name not in request.may_be_unknown:
            raise UnknownCostError(_refusal(options, options.candidates[pool[0]], name, request))
        pool = known or pool
    return pool


def _refusal(options: LayerOptions, candidate: Candidate, name: Name, request: Request) -> str:
    layer = next(layer for layer in request.dataflow.layers if layer.name == options.layer)
    folding = layer.foldings[candidate.folding]
    built = f"{layer.op} {folding.implementation}, PE {folding.pe}, SIMD {folding.simd}, weights {candidate.store!r}"
    return (
        f"layer {options.layer!r}: nobody estimates its {name} ({built}), which is limited to {request.limits.get(name) * 100:g}% of each "
        f"card; choose another folding or weight store, install a plug-in that estimates it, or accept the unknown with "
        f"--limit {name}=none"
    )
