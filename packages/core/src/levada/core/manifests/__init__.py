# SPDX-License-Identifier: Apache-2.0
"""The seven manifests that pass between stages: what each stage must say, and nothing else.

A manifest is a directory with ``manifest.json`` and payload files (:mod:`levada.core.artefact` reads and writes them).
In the order of the flow: :class:`Model` and :class:`Images`, :class:`Dataflow`, :class:`Plan`, :class:`Deployment`,
:class:`Build`, :class:`Run`. Paths are relative to the manifest, digests are lower-case hex sha256, ``_bytes`` and ``_bits`` are
per inference (one image) unless a docstring says otherwise. Cards count from 1; frames, segments and SLRs from 0.
"""

from levada.core.manifests.build import (
    Build,
    BuiltCard,
)
from levada.core.manifests.common import (
    Basis,
    Blob,
    Count,
    Digest,
    Manifest,
    Record,
)
from levada.core.manifests.dataflow import (
    Dataflow,
    Fifo,
    FlipRate,
    Folding,
    Lanes,
    Layer,
    Memory,
    Origins,
    Stream,
)
from levada.core.manifests.deployment import (
    ArpEntry,
    CardDeployment,
    Check,
    ComputeUnit,
    Deployment,
    FlowControl,
    Hop,
    LinkSpec,
    NetworkPort,
    Packetisation,
    Part,
    RegisterWindow,
    RegisterWrite,
    Socket,
    StreamLink,
    Verdict,
    WeightFeed,
)
from levada.core.manifests.model import (
    Bits,
    Course,
    Images,
    Model,
    Preprocessing,
    Recipe,
    Score,
    Tensor,
)
from levada.core.manifests.plan import (
    Anchor,
    Asked,
    CardUse,
    Copies,
    Cut,
    LayerAnchor,
    Objective,
    Outlook,
    Performance,
    PlacedLayer,
    Plan,
    PlannedStream,
    Proof,
    Route,
    Scaling,
    Segment,
    Utilisation,
)
from levada.core.manifests.run import (
    AgentUse,
    Event,
    Failure,
    HopTraffic,
    Latency,
    Run,
    WeightTraffic,
)

KINDS: tuple[type[Manifest], ...] = (Model, Images, Dataflow, Plan, Deployment, Build, Run)


def kind_of(manifest: type[Manifest] | Manifest) -> str:
    """Return a manifest's kind without its version, e.g. ``"plan"``."""
    tag = manifest.__struct_config__.tag
    return str(tag).partition("/")[0]


__all__ = [
    "KINDS",
    "AgentUse",
    "Anchor",
    "ArpEntry",
    "Asked",
    "Basis",
    "Bits",
    "Blob",
    "Build",
    "BuiltCard",
    "CardDeployment",
    "CardUse",
    "Check",
    "ComputeUnit",
    "Copies",
    "Count",
    "Course",
    "Cut",
    "Dataflow",
    "Deployment",
    "Digest",
    "Event",
    "Failure",
    "Fifo",
    "FlipRate",
    "FlowControl",
    "Folding",
    "Hop",
    "HopTraffic",
    "Images",
    "Lanes",
    "Latency",
    "Layer",
    "LayerAnchor",
    "LinkSpec",
    "Manifest",
    "Memory",
    "Model",
    "NetworkPort",
    "Objective",
    "Origins",
    "Outlook",
    "Packetisation",
    "Part",
    "Performance",
    "PlacedLayer",
    "Plan",
    "PlannedStream",
    "Preprocessing",
    "Proof",
    "Recipe",
    "Record",
    "RegisterWindow",
    "RegisterWrite",
    "Route",
    "Run",
    "Scaling",
    "Score",
    "Segment",
    "Socket",
    "Stream",
    "StreamLink",
    "Tensor",
    "Utilisation",
    "Verdict",
    "WeightFeed",
    "WeightTraffic",
    "kind_of",
]
