# SPDX-License-Identifier: Apache-2.0
"""Tidying has the same outcome as QONNX's own transformations."""

import copy
import random

import numpy as np
import pytest
from onnx import helper

from levada.core.errors import GraphError

FORMS = ("start", "clean up", "convert quantisers", "streamline", "cancel transposes", "narrow")
CLEANING = (
    "RemoveUnusedTensors", "RemoveStaticGraphInputs", "SortGraph", "SortCommutativeInputsInitializerLast",
    "GiveUniqueParameterTensors", "GiveReadableTensorNames", "InferShapes", "InferDataTypes",
)  # fmt: skip


@pytest.fixture
def outcomes(finn):
    """Return what QONNX and what Levada makes of a graph, and forget the order in which things are listed."""
    from levada.compile import _finn
    from levada.compile.indexed import IndexedModel

    def run(model, name, *, cleanup=False):
        transformation = getattr(_finn, name)
        plain = _finn.ModelWrapper(copy.deepcopy(model.model))
        theirs = plain.transform(transformation(), cleanup=cleanup)
        ours = IndexedModel.copy_of(plain).transform(transformation(), cleanup=cleanup)
        return content(ours.graph), content(theirs.graph)

    return run


def content(graph):
    lists = (graph.input, graph.output, graph.value_info, graph.initializer, graph.quantization_annotation)
    listed = [sorted(entry.SerializeToString() for entry in entries) for entries in lists]
    return [node.SerializeToString(deterministic=True) for node in graph.node], listed


def untidy(model, seed):
    """Return a copy with nodes out of order, things that nothing uses, and a shared constant."""
    model, dice = copy.deepcopy(model), random.Random(seed)
    nodes = list(model.graph.node)
    dice.shuffle(nodes)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.node.append(helper.make_node("Relu", ["nothing"], ["nowhere"]))
    model.set_initializer("unused", np.zeros(3, np.float32))
    static = dice.choice([entry for entry in model.graph.value_info if model.get_initializer(entry.name) is not None])
    model.graph.input.append(static)
    model.graph.value_info.remove(static)
    return model


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CLEANING[:4])
def test_an_untidy_graph_becomes_what_qonnx_makes_of_it(outcomes, forms, form, name):
    for seed in range(3):
        ours, theirs = outcomes(untidy(forms[form], seed), name)
        assert ours == theirs


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CLEANING[5:])
def test_a_tidy_graph_is_named_shaped_and_typed_as_by_qonnx(outcomes, forms, form, name):
    ours, theirs = outcomes(forms[form], name)
    assert ours == theirs


@pytest.mark.parametrize("form", FORMS[1:-1])
def test_shapes_that_are_missing_are_found_as_by_qonnx(outcomes, forms, form):
    model = copy.deepcopy(forms[form])
    made = {tensor for node in model.graph.node for tensor in node.output}
    for entry in [entry for entry in model.graph.value_info if entry.name in made][1::2]:
        model.graph.value_info.remove(entry)
    ours, theirs = outcomes(model, "InferShapes")
    assert ours == theirs


@pytest.mark.parametrize("form", FORMS[1:])
def test_types_that_are_missing_are_found_as_by_qonnx(outcomes, forms, form):
    model = copy.deepcopy(forms[form])
    made = {tensor for node in model.graph.node for tensor in node.output}
    for entry in [entry for entry in model.graph.quantization_annotation if entry.tensor_name in made]:
        model.graph.quantization_annotation.remove(entry)
    ours, theirs = outcomes(model, "InferDataTypes")
    assert ours == theirs


def test_types_that_settle_late_are_not_forgotten(finn, forms):
    from levada.compile._finn import DataType, InferDataTypes, ModelWrapper
    from levada.compile.indexed import IndexedModel

    ours, theirs = IndexedModel.copy_of(forms["narrow"]), ModelWrapper(copy.deepcopy(forms["narrow"].model))
    for kind in ("UINT8", "INT8", "UINT8", "UINT4"):
        for model in (ours, theirs):
            model.set_tensor_datatype(model.graph.input[0].name, DataType[kind])
        with ours.in_place():
            ours.transform(InferDataTypes())
        theirs = theirs.transform(InferDataTypes())
        assert content(ours.graph) == content(theirs.graph)


@pytest.mark.parametrize("form", ["clean up", "convert quantisers"])
def test_constants_are_folded_as_by_qonnx(outcomes, forms, form):
    ours, theirs = outcomes(forms[form], "FoldConstants")
    assert ours == theirs


def test_operators_left_out_are_not_folded(finn, forms):
    from levada.compile._finn import FoldConstants
    from levada.compile.indexed import IndexedModel

    def folded(kept):
        model = IndexedModel.copy_of(forms["start"]).transform(FoldConstants(exclude_op_types=kept))
        return sum(node.op_type == "Quant" for node in model.graph.node)

    assert folded([]) < folded(["Quant"])


def test_shared_constants_become_one_for_each_taker(finn, forms):
    from levada.compile.indexed import IndexedModel
    from levada.compile.tidying import unshare_constants

    model = IndexedModel.copy_of(forms["narrow"])
    takers = [node for node in model.graph.node if node.op_type == "MVAU"][:2]
    takers[1].input[1] = takers[0].input[1]
    unshare_constants(model)
    first, second = (model.get_initializer(node.input[1]) for node in takers)
    assert takers[0].input[1] != takers[1].input[1]
    np.testing.assert_array_equal(first, second)


def test_a_graph_that_bites_its_tail_is_refused(finn, forms):
    from levada.compile.tidying import sort

    model = copy.deepcopy(forms["narrow"])
    model.graph.node[0].input[0] = model.graph.node[2].output[0]
    with pytest.raises(GraphError, match="expected a network without loops, got .* nodes that wait for one another"):
        sort(model)


def test_a_clean_graph_is_not_cleaned_again(finn, forms, monkeypatch):
    from levada.compile import indexed

    model = indexed.IndexedModel.copy_of(forms["narrow"]).cleanup()
    monkeypatch.setattr(indexed, "clean", lambda model: pytest.fail("cleaned"))
    assert model.cleanup() is model


@pytest.mark.parametrize("part", ["node", "initializer", "value_info", "quantization_annotation"])
def test_whatever_tidiness_depends_on_is_seen_to_change(finn, forms, part):
    from levada.compile.tidying import fingerprint

    model = copy.deepcopy(forms["narrow"])
    before = fingerprint(model.graph)
    del getattr(model.graph, part)[0]
    assert fingerprint(model.graph) != before
