# SPDX-License-Identifier: Apache-2.0
"""The layers of a plan beside the nodes of its FINN graph, checked against each other before anything is built."""

from collections.abc import Sequence

from levada.core.errors import ManifestError
from levada.core.interfaces import HardwareLayer, HardwareNode
from levada.core.manifests import PlacedLayer, Plan
from levada.core.manifests.common import Record
from levada.core.plugins import Registry


class Site(Record, frozen=True, kw_only=True):
    """One layer as the plan places it, and its node in the FINN graph."""

    layer: PlacedLayer
    node: HardwareNode

    def hardware(self, registry: Registry) -> HardwareLayer:
        """Return the layer class of its operation."""
        return registry.layers()[self.layer.op]()

    @property
    def detaches(self) -> bool:
        """Say whether its thresholds are fused in the graph and stand alone in the plan."""
        return self.layer.folding.thresholds == "standalone" and self.node.attributes.get("noActivation") == 0


def sites(plan: Plan, nodes: Sequence[HardwareNode]) -> tuple[Site, ...]:
    """Return a site for each layer of the plan. Raise ManifestError where plan and graph are not of the same network."""
    found = {node.name: node for node in nodes}
    planned = {layer.node for layer in plan.layers}
    differ = sorted(planned ^ found.keys())
    if differ:
        msg = (
            f"plan {plan.name!r} and its FINN graph should have the same layers; only one of them has "
            f"{', '.join(repr(name) for name in differ)}: plan the dataflow again"
        )
        raise ManifestError(msg)
    return tuple(Site(layer=layer, node=found[layer.node]) for layer in plan.layers)


def check(plan: Plan, placed: Sequence[Site], registry: Registry) -> None:
    """Raise ManifestError for foldings that FINN would build into hardware that computes something else."""
    for site in placed:
        _check_row(site)
    rigid = {end.name for site in placed if site.hardware(registry).rigid(site.node) for end in site.node.outputs}
    for stream in plan.streams:
        if stream.tensor in rigid and stream.source_lanes != stream.sink_lanes:
            msg = (
                f"stream {stream.name!r} must have the same lanes at both ends, because their number orders its elements; "
                f"the plan has {stream.source_lanes} and {stream.sink_lanes}: fold {stream.source!r} and {stream.sink!r} alike"
            )
            raise ManifestError(msg)


def _check_row(site: Site) -> None:
    folding = site.layer.folding
    if site.layer.op == "MVAU" and folding.implementation == "rtl" and folding.simd == site.node.attributes.get("MW"):
        msg = (
            f"layer {site.layer.name!r} should have SIMD under its {folding.simd} inputs as an RTL unit, got all of them: "
            f"FINN's output queue then loses results; take a smaller SIMD, or the HLS form"
        )
        raise ManifestError(msg)
