# SPDX-License-Identifier: Apache-2.0
"""The graph with quick look-ups answers as QONNX's own wrapper does, whatever happens to the graph behind its back."""

import copy
import random

import numpy as np
import pytest
from onnx import helper


@pytest.fixture
def wrappers(finn):
    """Return both wrappers of one and the same graph."""
    from levada.compile._finn import ModelWrapper
    from levada.compile.indexed import IndexedModel

    def wrap(model):
        indexed = IndexedModel.copy_of(model)
        return indexed, ModelWrapper(indexed.model)

    return wrap


@pytest.fixture
def both(wrappers, forms):
    return wrappers(forms["convert quantisers"])


@pytest.fixture
def indexed(both):
    return both[0]


def told(model, tensor):
    """Return everything that a wrapper tells of a tensor; nodes by their place, a constant's values as bytes."""
    places = {id(node): at for at, node in enumerate(model.graph.node)}
    maker = model.find_producer(tensor)
    value, kind = model.get_initializer(tensor, return_dtype=True)
    known = model.get_tensor_shape(tensor)
    entry = model.get_tensor_valueinfo(tensor)
    return (
        None if maker is None else places[id(maker)],
        [places[id(node)] for node in model.find_consumers(tensor)],
        (None if value is None else value.tobytes(), kind),
        known,
        None if entry is None else entry.SerializeToString(),
        model.get_tensor_datatype(tensor).name if known is not None else None,
        model.get_tensor_layout(tensor),
    )


def rewire(graph, dice):
    node = dice.choice(graph.node)
    node.input[dice.randrange(len(node.input))] = dice.choice(dice.choice(graph.node).output)


def drop_node(graph, dice):
    graph.node.remove(dice.choice(graph.node))


def insert_node(graph, dice):
    name = f"new{dice.random()}"
    node = helper.make_node("Relu", [dice.choice(graph.node).output[0]], [name])
    graph.node.insert(dice.randrange(len(graph.node)), node)
    graph.value_info.append(helper.make_tensor_value_info(name, 1, [1, dice.randrange(9)]))


def swap_nodes(graph, dice):
    node = graph.node.pop(dice.randrange(len(graph.node)))
    graph.node.insert(dice.randrange(len(graph.node)), node)


def rename_output(graph, dice):
    dice.choice(graph.node).output[0] = f"renamed{dice.random()}"


def swap_constants(graph, dice):
    first, second = dice.sample(list(graph.initializer), 2)
    first.name, second.name = second.name, first.name


def replace_constant(graph, dice):
    constant = graph.initializer.pop(dice.randrange(len(graph.initializer)))
    graph.initializer.append(constant)


def drop_shape(graph, dice):
    graph.value_info.remove(dice.choice(graph.value_info))


def drop_annotation(graph, dice):
    graph.quantization_annotation.remove(dice.choice(graph.quantization_annotation))


EDITS = (
    rewire, drop_node, insert_node, swap_nodes, rename_output, swap_constants, replace_constant, drop_shape, drop_annotation,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_look_ups_are_right_after_any_edit_behind_the_wrappers_back(both, seed):
    dice = random.Random(seed)
    for _ in range(60):
        dice.choice(EDITS)(both[0].graph, dice)
        node = dice.choice(both[0].graph.node)
        for tensor in (*node.input, *node.output, "none such"):
            if both[1].get_tensor_shape(tensor) is not None or not both[1].find_producer(tensor):
                assert told_or_error(both[0], tensor) == told_or_error(both[1], tensor)


def told_or_error(model, tensor):
    nodes = list(model.graph.node)  # kept, so that each stays one object
    return told(model, tensor) if nodes else None


SETS = (
    lambda model, tensor, dice: model.set_tensor_shape(tensor, [1, dice.randrange(9)]),
    lambda model, tensor, dice: model.set_initializer(tensor, np.array([dice.randrange(9)], np.float32)),
    lambda model, tensor, dice: model.set_tensor_layout(tensor, ["N", "C"]),
    lambda model, tensor, dice: model.set_tensor_sparsity(tensor, {"dw": dice.randrange(9)}),
    lambda model, tensor, dice: model.set_tensor_datatype(tensor, dice.choice(_kinds())),
    lambda model, tensor, dice: model.set_tensor_datatype(tensor, None),
)


def _kinds():
    from levada.compile._finn import DataType

    return [DataType[name] for name in ("INT4", "UINT9", "BIPOLAR", "FLOAT32")]


@pytest.mark.parametrize("change", SETS)
def test_what_is_written_down_is_what_qonnx_would_write_down(wrappers, forms, change):
    indexed, plain = (wrappers(forms["streamline"])[at] for at in (0, 1))
    for seed in range(10):
        tensor = random.Random(seed).choice([*plain.get_all_tensor_names(), "new"])
        for model in (indexed, plain):
            change(model, tensor, random.Random(seed))
        assert listed(indexed.graph) == listed(plain.graph)


def listed(graph):
    """Return what is listed of tensors, in whichever order."""
    lists = (graph.input, graph.output, graph.value_info, graph.initializer, graph.quantization_annotation)
    return [sorted(entry.SerializeToString() for entry in entries) for entries in lists]


def test_a_transformation_leaves_the_graph_it_is_asked_of(indexed):
    from levada.compile._finn import GiveUniqueNodeNames

    before = indexed.model.SerializeToString(deterministic=True)
    changed = indexed.transform(GiveUniqueNodeNames("x_"))
    assert changed.graph.node[0].name.startswith("x_")
    assert indexed.model.SerializeToString(deterministic=True) == before


def test_a_transformation_changes_the_graph_itself_where_it_may(indexed):
    from levada.compile._finn import GiveUniqueNodeNames

    with indexed.in_place():
        assert indexed.transform(GiveUniqueNodeNames("x_")) is indexed
    assert indexed.graph.node[0].name.startswith("x_")


def test_a_copy_does_not_change_with_its_original(indexed):
    copied = copy.deepcopy(indexed)
    indexed.set_tensor_shape(indexed.graph.input[0].name, [7])
    assert copied.get_tensor_shape(copied.graph.input[0].name) == [1, 2, 6, 6]


def test_a_graph_is_executed_with_room_for_all_its_tensors(indexed):
    assert set(indexed.make_empty_exec_context()) >= set(indexed.get_all_tensor_names())


def test_transformations_get_values_when_they_ask_for_them(both):
    indexed, plain = both
    with indexed.in_place():
        context, whole = indexed.make_empty_exec_context(), plain.make_empty_exec_context()
    assert all(np.array_equal(context[name], value) for name, value in whole.items() if value is not None)


def test_a_tensor_that_nobody_knows_has_no_value(indexed):
    with indexed.in_place(), pytest.raises(KeyError, match="none such"):
        indexed.make_empty_exec_context()["none such"]
