# SPDX-License-Identifier: Apache-2.0
"""Rules on what is built: the network's layers, each in a folding and a store of its own, at what these cost."""

from collections.abc import Iterator

from levada.core.manifests import Layer, PlacedLayer
from levada.core.resources import Name, Resources
from levada.partition.rules.case import Case, added


def network(case: Case) -> Iterator[str]:
    """Find what makes the plan one of another network."""
    for field in ("name", "input", "output", "labels", "golden_count"):
        mine, theirs = getattr(case.plan, field), getattr(case.dataflow, field)
        if mine != theirs:
            yield f"the plan's {field} is {mine!r}, the dataflow's {theirs!r}"


def layers(case: Case) -> Iterator[str]:
    """Find layers that are missing, twice there, foreign or renamed."""
    names = [layer.name for layer in case.plan.layers]
    wanted = {layer.name: layer for layer in case.dataflow.layers}
    yield from (f"layer {name!r} is placed {names.count(name)} times" for name in wanted if names.count(name) != 1)
    yield from (f"layer {name!r} is not in the dataflow" for name in names if name not in wanted)
    for layer in case.plan.layers:
        original = wanted.get(layer.name)
        if original is not None and (layer.op, layer.node) != (original.op, original.node):
            yield f"layer {layer.name!r} is called a {layer.op} {layer.node!r}"


def foldings(case: Case) -> Iterator[str]:
    """Find foldings that a layer does not offer, and stores that do not go with its weights or cost something else."""
    originals = {layer.name: layer for layer in case.dataflow.layers}
    for layer in case.plan.layers:
        if layer.name in originals:
            yield from _folding_faults(case, layer, originals[layer.name])


def _folding_faults(case: Case, layer: PlacedLayer, original: Layer) -> Iterator[str]:
    if layer.folding not in original.foldings:
        yield f"layer {layer.name!r} has a folding that its layer does not offer"
    weights, stores = layer.folding.weights, case.ground.stores
    if (layer.store == "none") != (weights is None):
        yield f"layer {layer.name!r} has store {layer.store!r}, which does not go with its weights"
        return
    if weights is not None and layer.store not in stores:
        yield f"layer {layer.name!r} has store {layer.store!r}, which nobody knows"
        return
    kept = None if weights is None else stores[layer.store].cost(weights, original, case.ground.board)
    whole = added([layer.folding.resources, kept.resources if kept else Resources()])
    if layer.resources != whole:
        yield f"layer {layer.name!r} counts {layer.resources}, its folding and store take {whole}"
    read = kept.external_bytes if kept else 0
    if layer.external_bytes != read:
        yield f"layer {layer.name!r} is said to read {layer.external_bytes} bytes of weights from outside, it reads {read}"


def demands(case: Case) -> Iterator[str]:
    """Find weight words wider than was asked for, and unknown counts that nobody accepted."""
    asked = case.plan.asked
    for layer in case.plan.layers:
        bits = layer.folding.weights.bits if layer.folding.weights is not None else 0
        if asked.weight_stream_bits is not None and bits > asked.weight_stream_bits:
            yield f"layer {layer.name!r} streams {bits} bits of weights at once, at most {asked.weight_stream_bits} were asked for"
        for name in layer.resources.unknown():
            if asked.may_be_unknown is not None and name not in asked.may_be_unknown and _limited(case, name):
                yield f"nobody knows the {name} of layer {layer.name!r}, and the plan was not to leave that open"


def _limited(case: Case, name: Name) -> bool:
    return any(slr.get(name) is not None for card in case.plan.cards for slr in card.capacity)
