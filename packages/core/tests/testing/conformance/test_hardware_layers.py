# SPDX-License-Identifier: Apache-2.0
"""The kit for hardware layers: passed by an adder, failed by each kind of bad layer."""

import itertools

import msgspec
import pytest

from levada.core.interfaces import HardwareLayer, HardwareNode, NodeTensor
from levada.core.manifests import Folding, Lanes, Origins
from levada.core.resources import Resources
from levada.core.testing.conformance import HardwareLayerConformance, failures
from levada.core.testing.conformance.hardware_layers import RecordedGraph

NODE = HardwareNode(
    name="Add_0",
    op="Add",
    attributes={"NumChannels": 4},
    inputs=(
        NodeTensor(name="a", shape=(1, 8, 8, 4), datatype="UINT4"),
        NodeTensor(name="b", shape=(1, 8, 8, 4), datatype="UINT4"),
    ),
    outputs=(NodeTensor(name="c", shape=(1, 8, 8, 4), datatype="UINT5"),),
)
ORIGINS = Origins(lut="test", ff="unknown", bram18="test", uram="test", dsp="test")


class Add(HardwareLayer):
    """A sum of two streams, lane by lane."""

    op = "Add"

    def foldings(self, node, board):
        return tuple(
            Folding(
                implementation="hls", pe=pe, cycles=256 // pe, resources=Resources(lut=8 * pe, ff=None), origins=ORIGINS
            )
            for pe in (1, 2, 4)
        )

    def default(self, foldings):
        return 0

    def lanes(self):
        return Lanes.PE, Lanes.PE

    def finn_attributes(self, node, folding):
        return {"PE": folding.pe}

    def emulate(self, node, constants, graph):
        wide = [graph.add("Cast", [tensor.name], to=3) for tensor in node.inputs]
        total = graph.add("Add", wide)
        graph.add("Sub", [total, graph.constant(0)], node.outputs[0].name)


class TestAdd(HardwareLayerConformance):
    layer = Add
    node = NODE


def bad(**named):
    return type("Bad", (Add,), named)


def folded(**fields):
    """Return an adder whose first folding is changed."""

    class Bad(Add):
        def foldings(self, node, board):
            first, *others = super().foldings(node, board)
            return (msgspec.structs.replace(first, **fields), *others)

    return Bad


COUNTER = itertools.count(1)


class Restless(Add):
    def foldings(self, node, board):
        return tuple(msgspec.structs.replace(f, cycles=next(COUNTER)) for f in super().foldings(node, board))


SURE = Origins(lut="test", ff="test", bram18="test", uram="test", dsp="test")
TIME = "test_every_folding_takes_time"
COUNTS = "test_every_count_says_who_says_so_and_what_nobody_says_is_unknown"
ANOTHER = "test_there_is_a_folding_and_each_is_another"
WORDS = "test_its_attributes_are_words_and_numbers"
BAD = {
    "another op": (bad(op="Mul"), "test_the_node_is_of_its_op"),
    "no folding": (bad(foldings=lambda self, node, board: ()), ANOTHER),
    "a folding twice": (folded(pe=2), ANOTHER),
    "no cycles": (folded(cycles=0), TIME),
    "no lanes": (folded(simd=0), TIME),
    "a sure count that nobody knows": (folded(origins=SURE), COUNTS),
    "a count that nobody says": (folded(resources=Resources(lut=8)), COUNTS),
    "a negative count": (folded(resources=Resources(lut=-8, ff=None)), COUNTS),
    "other foldings each time": (Restless, "test_its_foldings_are_pure"),
    "a default that is not there": (bad(default=lambda self, foldings: 3), "test_its_default_is_a_folding"),
    "lanes that are none": (bad(lanes=lambda self: ("pe", "pe")), "test_its_lanes_are_two"),
    "one lane": (bad(lanes=lambda self: (Lanes.PE,)), "test_its_lanes_are_two"),
    "an attribute that is a list": (bad(finn_attributes=lambda self, node, folding: {"PE": [1]}), WORDS),
    "no emulation": (
        bad(emulate=lambda self, node, constants, graph: None), "test_its_emulation_writes_the_tensors_of_the_node",
    ),
    "an emulation of something else": (
        bad(emulate=lambda self, node, constants, graph: graph.add("Add", ["x", "y"], "c")),
        "test_its_emulation_reads_what_is_there",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_layer_fails(tmp_path, fault):
    layer, test = BAD[fault]
    assert test in failures(type("Kit", (HardwareLayerConformance,), {"layer": layer, "node": NODE}), tmp_path)


def test_constants_reach_the_emulation(tmp_path):
    seen = []

    class Biased(Add):
        def emulate(self, node, constants, graph):
            seen.append(dict(constants))
            super().emulate(node, constants, graph)

    class Kit(HardwareLayerConformance):
        layer, node = Biased, NODE

        def constants(self):
            return {"bias": [1, 2]}

    assert failures(Kit, tmp_path) == {}
    assert seen[0] == {"bias": [1, 2]}


def test_a_recorded_graph_gives_every_tensor_a_name():
    graph = RecordedGraph()
    names = [graph.constant(0), graph.add("Neg", ["x"]), *graph.add_all("Split", ["x"], ("left", None))]
    assert len(set(names)) == 4
    assert "left" in names


def test_a_recorded_graph_knows_what_was_read():
    graph = RecordedGraph()
    graph.add("Add", ["x", "y"], "z")
    assert (graph.read, graph.made) == ({"x", "y"}, {"z"})
