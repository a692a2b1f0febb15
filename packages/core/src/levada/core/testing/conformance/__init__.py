# SPDX-License-Identifier: Apache-2.0
"""Conformance kits: one class of tests per interface, for whoever implements it.

Subclass the kit under a name that pytest collects and say what to try; everything runs off line and needs no card::

    from levada.core.testing.conformance import TopologyConformance


    class TestRing(TopologyConformance):
        topology = Ring

Without pytest, :func:`failures` runs a kit and returns what failed.
"""

from levada.core.testing.conformance.architectures import ArchitectureConformance
from levada.core.testing.conformance.boards import BoardConformance
from levada.core.testing.conformance.datasets import DatasetConformance
from levada.core.testing.conformance.drivers import DriverConformance
from levada.core.testing.conformance.hardware_layers import HardwareLayerConformance
from levada.core.testing.conformance.networks import NetworkConformance
from levada.core.testing.conformance.partitioners import PartitionerConformance
from levada.core.testing.conformance.running import failures
from levada.core.testing.conformance.stages import StageConformance
from levada.core.testing.conformance.topologies import TopologyConformance
from levada.core.testing.conformance.weight_stores import WeightStoreConformance

__all__ = [
    "ArchitectureConformance",
    "BoardConformance",
    "DatasetConformance",
    "DriverConformance",
    "HardwareLayerConformance",
    "NetworkConformance",
    "PartitionerConformance",
    "StageConformance",
    "TopologyConformance",
    "WeightStoreConformance",
    "failures",
]
