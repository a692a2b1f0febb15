# SPDX-License-Identifier: Apache-2.0
"""Counts of a plan's resources: the whole accelerator, and what each kind of part takes of it."""

from collections import defaultdict
from collections.abc import Iterable

from levada.core.manifests import Basis, PlacedLayer, Plan
from levada.core.manifests.common import Record
from levada.core.plugins import Registry
from levada.core.resources import Resources, total

SHELL = "shell and network"
STREAMS = "width converters and FIFOs"


class Share(Record, frozen=True, kw_only=True):
    """What one kind of part takes; ``parts`` counts them."""

    kind: str
    parts: int
    resources: Resources


def accelerator(plan: Plan) -> Resources:
    """Return what the layers, their weights and streams take on all cards; shell and network apart."""
    return total(share.resources for share in shares(plan) if share.kind != SHELL)


def shares(plan: Plan) -> tuple[Share, ...]:
    """Return what each kind of part takes on all cards, layers by operation, weights by store; shell and network last."""
    found: dict[str, list[Resources]] = defaultdict(list)
    for layer in plan.layers:
        found[layer.op].append(layer.folding.resources)
        if layer.store != "none":
            found[f"weights in {layer.store}"].append(weights_of(layer))
    found[STREAMS] = [stream.resources for stream in plan.streams]
    found[SHELL] = [overhead for card in plan.cards for overhead in card.overhead if overhead != Resources()]
    return tuple(Share(kind=kind, parts=len(each), resources=total(each)) for kind, each in found.items())


def weights_of(layer: PlacedLayer) -> Resources:
    """Return what keeping a layer's weights takes: the layer with them, less its folding without."""
    pairs = zip(layer.resources.counts(), layer.folding.resources.counts(), strict=True)
    return Resources(*(None if whole is None or own is None else whole - own for whole, own in pairs))


def weights_uram(layers: Iterable[PlacedLayer]) -> int | None:
    """Return the URAM that the weights of these layers take; None where a layer's is unknown."""
    return total(weights_of(layer) for layer in layers if layer.store != "none").uram


def capacity(plan: Plan, basis: Basis, registry: Registry) -> Resources:
    """Return what one card of the plan holds on a basis."""
    return total(registry.board(plan.cards[0].board).capacity(basis))


def share_of(count: float | None, whole: float | None) -> float | None:
    """Return a percentage, None where one of the two is unknown."""
    return None if count is None or not whole else 100 * count / whole
