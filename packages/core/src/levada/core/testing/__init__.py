# SPDX-License-Identifier: Apache-2.0
"""For tests of Levada and of its plug-ins: small manifests, artefacts made of them, and a conformance kit per interface.

Nothing here needs pytest, numpy or a card. Builders return valid manifests and take any field as a keyword::

    plan = testing.plan(cards=3, topology="loop", clock_mhz=100.0)
    artefact = testing.saved(tmp_path / "plan", plan)

A kit is a class of tests: subclass it, name what it shall try, and pytest runs it (:mod:`levada.core.testing.conformance`)::

    class TestRing(TopologyConformance):
        topology = Ring
"""

from levada.core.testing.clusters import board, cluster, u280
from levada.core.testing.dataflows import dataflow, folding, layer, stream, tensor
from levada.core.testing.deployments import build, deployed, deployment, run, traffic
from levada.core.testing.folders import manifest_bytes, npy, payloads_of, saved
from levada.core.testing.models import images, model
from levada.core.testing.plans import plan, route
from levada.core.testing.registries import registry
from levada.core.testing.requests import request

__all__ = [
    "board",
    "build",
    "cluster",
    "dataflow",
    "deployed",
    "deployment",
    "folding",
    "images",
    "layer",
    "manifest_bytes",
    "model",
    "npy",
    "payloads_of",
    "plan",
    "registry",
    "request",
    "route",
    "run",
    "saved",
    "stream",
    "tensor",
    "traffic",
    "u280",
]
