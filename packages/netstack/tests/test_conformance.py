# SPDX-License-Identifier: Apache-2.0
"""The kits that core offers to every network and every stage."""

import msgspec

from levada.core import testing
from levada.core.testing.conformance import NetworkConformance, StageConformance
from levada.netstack import Vnx
from levada.netstack.stage import Netstack, NetstackOptions


class TestVnx(NetworkConformance):
    network = Vnx

    def plans(self):
        return [*super().plans(), testing.plan(3), testing.plan(2, "loop")]

    def corruptions(self, whole):
        fewer = msgspec.structs.replace(whole.flow, credits=10_000)
        return {**super().corruptions(whole), "more credits than buffer": msgspec.structs.replace(whole, flow=fewer)}


class TestNetstack(StageConformance):
    stage = Netstack

    def options(self):
        return NetstackOptions(cluster="u280x2")

    def registry(self):
        return testing.registry(Netstack, Vnx)
