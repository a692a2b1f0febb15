# SPDX-License-Identifier: Apache-2.0
"""What the plug-in registers, how lightly, and core's conformance kits on all of it."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from partition_questions import small_cluster

from levada.core import testing
from levada.core.boards_alveo import U50, U55C, U250
from levada.core.plugins import Registry
from levada.core.testing.conformance import (
    PartitionerConformance,
    StageConformance,
    TopologyConformance,
    WeightStoreConformance,
)
from levada.partition import plugin
from levada.partition.ilp import Ilp
from levada.partition.stage import Partition, PartitionOptions
from levada.partition.stores import Bram, External, Lutram, Uram
from levada.partition.topologies import Chain, Loop

HEAVY = ("mip", "numpy", "torch", "zmq", "onnx", "onnxruntime", "finn", "brevitas", "sklearn")


@pytest.fixture(scope="module")
def installed():
    return Registry(entry_points(group="levada", name="partition"))


def test_the_stage_is_found_by_its_name(installed):
    assert installed.stages() == {"partition": Partition}


def test_the_solver_is_found_by_its_name(installed):
    assert installed.partitioner("ilp") is Ilp


@pytest.mark.parametrize("topology", [Loop, Chain])
def test_topologies_are_found_by_their_names(installed, topology):
    assert installed.topology(topology.name) is topology


def test_weight_stores_are_found_by_their_names(installed):
    assert installed.weight_stores() == {"bram": Bram, "uram": Uram, "lutram": Lutram, "external": External}


def test_the_plug_in_loads_no_solver_and_nothing_else_that_is_heavy():
    script = f"import sys, levada.partition.plugin; print([n for n in {HEAVY!r} if n in sys.modules])"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


class TestIlp(PartitionerConformance):
    partitioner = Ilp


class TestChain(TopologyConformance):
    topology = Chain


class TestLoop(TopologyConformance):
    topology, cards = Loop, (1, 2, 3, 5)


class TestChainOfU250(TopologyConformance):
    topology = Chain

    def board(self):
        return U250


class TestLoopOfU55C(TopologyConformance):
    topology = Loop

    def board(self):
        return U55C


class TestLoopOfU50(TopologyConformance):
    topology = Loop

    def board(self):
        return U50


class TestBram(WeightStoreConformance):
    store = Bram


class TestUram(WeightStoreConformance):
    store = Uram


class TestLutram(WeightStoreConformance):
    store = Lutram


class TestExternal(WeightStoreConformance):
    store = External


class TestPartition(StageConformance):
    stage = Partition

    def options(self):
        return PartitionOptions(cluster="u280x2", weights="bram")

    def registry(self):
        made = testing.registry()
        made.add(plugin, "partition")
        return made


def test_the_clusters_of_the_tests_conform_to_their_board():
    assert {card.board for card in small_cluster(3).cards} == {"toy"}
