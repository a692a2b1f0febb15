# SPDX-License-Identifier: Apache-2.0
"""From a Plan to a Build: configure, specialise, join up, estimate. Call it inside a FINN session."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from levada.compile import adapt
from levada.compile._finn import (
    GiveReadableTensorNames,
    GiveUniqueNodeNames,
    InsertDWC,
    InsertFIFO,
    ModelWrapper,
    SpecializeLayers,
)
from levada.compile.build.configuring import configure, set_fifo_depths, set_late
from levada.compile.build.estimating import estimates
from levada.compile.build.owning import Owners
from levada.compile.build.sites import Site, check, sites
from levada.core.artefact import Artefact
from levada.core.errors import InternalFault
from levada.core.manifests import Build, Plan
from levada.core.plugins import Registry
from levada.core.stages import Work


def estimate(plan: Artefact[Plan], work: Work) -> Build:
    """Return the build of ``plan`` up to its estimates; the specialised graph goes to ``work``."""
    manifest = plan.manifest
    model = ModelWrapper(str(plan.payload("finn_graph")))
    placed = sites(manifest, adapt.hardware_nodes(model))
    check(manifest, placed, work.registry)
    parts = _parts(manifest, work.registry)
    with work.progress.task("specialising, converters and FIFOs"):
        model, owners = build(model, manifest, placed, work.registry)
    with work.progress.task("estimating"):
        cards = estimates(model, owners, manifest, parts)
    named = model.transform(GiveUniqueNodeNames()).transform(GiveReadableTensorNames())
    work.add_bytes("specialised_graph", "specialised_graph.onnx", named.model.SerializeToString(deterministic=True))
    return Build(name=manifest.name, reached="estimate", tool=f"finn-plus {version('finn-plus')}", cards=cards)


def build(model: ModelWrapper, plan: Plan, placed: Sequence[Site], registry: Registry) -> tuple[ModelWrapper, Owners]:
    """Return the specialised graph with width converters and FIFOs, and whose each tensor is."""
    part = _parts(plan, registry)[plan.cards[0].index]
    late = configure(model, placed, registry)
    owners = Owners.of(model, placed)
    set_fifo_depths(model, plan.streams)
    model = model.transform(SpecializeLayers(part))
    set_late(model, late)
    _check_forms(model, owners)
    model = model.transform(InsertDWC()).transform(InsertFIFO())
    return model.transform(SpecializeLayers(part)), owners


def _parts(plan: Plan, registry: Registry) -> Mapping[int, str]:
    return {card.index: registry.board(card.board).part for card in plan.cards}


def _check_forms(model: ModelWrapper, owners: Owners) -> None:
    """Raise InternalFault where FINN chose another form than the plan's: it falls back without an error."""
    for node in model.graph.node:
        layer = owners.layer(node.output[0])
        op, _, form = node.op_type.rpartition("_")
        if layer is not None and op == layer.op and form != layer.folding.implementation:
            msg = (
                f"layer {layer.name!r} should become {layer.op}_{layer.folding.implementation}, but FINN makes it "
                f"{node.op_type}; its folding is none that FINN can build"
            )
            raise InternalFault(msg)
