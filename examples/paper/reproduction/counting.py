# SPDX-License-Identifier: Apache-2.0
"""Counts of a plan's resources: the whole, and what each kind of part takes of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from levada.core.manifests import Basis, PlacedLayer, Plan
from levada.core.manifests.common import Record
from levada.core.plugins import Registry
from levada.core.resources import Resources, total
from levada.core.stream_costs import converter

SHELL = "shell, network, and DMA of images and answers"
CONVERTERS, FIFOS = "width converters", "FIFOs"
THRESHOLDS = "thresholds of MVAU"


class Share(Record, frozen=True, kw_only=True):
    """What one kind of part takes; ``parts`` counts them."""

    kind: str
    parts: int
    resources: Resources


def accelerator(plan: Plan) -> Resources:
    """Return what the layers, their weights and streams take on all cards; shell, network and DMA of images apart."""
    return total(share.resources for share in shares(plan) if share.kind != SHELL)


def shares(plan: Plan) -> tuple[Share, ...]:
    """Return what each kind of part takes on all cards, layers by operation, weights by store; shell and network last."""
    found: dict[str, list[Resources]] = defaultdict(list)
    for layer in plan.layers:
        thresholds = layer.folding.threshold_resources
        found[layer.op].append(minus(layer.folding.resources, thresholds))
        if thresholds != Resources():
            found[THRESHOLDS].append(thresholds)
        if layer.store != "none":
            found[f"weights in {layer.store}"].append(weights_of(layer))
    for stream in plan.streams:
        widths = [lanes * stream.element_bits for lanes in (stream.source_lanes, stream.sink_lanes)]
        for kind, part in ((CONVERTERS, converter(*widths)), (FIFOS, minus(stream.resources, converter(*widths)))):
            found[kind] += [part] if part != Resources() else []
    found[SHELL] = [overhead for card in plan.cards for overhead in card.overhead if overhead != Resources()]
    return tuple(Share(kind=kind, parts=len(each), resources=total(each)) for kind, each in found.items())


def whole(plan: Plan, basis: Basis, shells: Mapping[Basis, Resources]) -> Resources:
    """Return all that the design takes on a basis; ``shells`` says what the shell of one card takes on each."""
    found = total(share.resources for share in shares(plan))
    for _ in plan.cards:
        found = minus(found, shells[plan.basis]) + shells[basis]
    return found


def weights_of(layer: PlacedLayer) -> Resources:
    """Return what keeping a layer's weights takes: the layer with them, less its folding without."""
    return minus(layer.resources, layer.folding.resources)


def minus(more: Resources, less: Resources) -> Resources:
    """Return the difference, unknown where one of the two is."""
    pairs = zip(more.counts(), less.counts(), strict=True)
    return Resources(*(None if whole is None or part is None else whole - part for whole, part in pairs))


def weights_uram(layers: Iterable[PlacedLayer]) -> int | None:
    """Return the URAM that the weights of these layers take; None where a layer's is unknown."""
    return total(weights_of(layer) for layer in layers if layer.store != "none").uram


def capacity(plan: Plan, basis: Basis, registry: Registry) -> Resources:
    """Return what one card of the plan holds on a basis."""
    return total(registry.board(plan.cards[0].board).capacity(basis))


def shell(plan: Plan, basis: Basis, registry: Registry) -> Resources:
    """Return what the shell takes of one card of the plan on a basis."""
    return total(registry.board(plan.cards[0].board).overhead(basis))


def share_of(count: float | None, whole: float | None) -> float | None:
    """Return a percentage, None where one of the two is unknown."""
    return None if count is None or not whole else 100 * count / whole
