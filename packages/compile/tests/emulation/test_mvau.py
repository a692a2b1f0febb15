# SPDX-License-Identifier: Apache-2.0
"""MVAU's emulation form against FINN's execution: products, and products with thresholds."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from levada.compile.emulation.network import emulation_graph
from levada.compile.layers import MatrixVector
from levada.core.datatypes import datatype
from levada.core.errors import GraphError
from levada.core.interfaces import weight_beats, weights_name

INPUTS = st.sampled_from(["UINT1", "UINT5", "UINT8", "INT4", "INT8", "INT12", "BIPOLAR"])
WEIGHTS = st.sampled_from(["INT2", "INT4", "INT8", "TERNARY"])


def drawn(random, kind, shape):
    low, high = datatype(kind).minimum, datatype(kind).maximum
    low = -1 if kind == "TERNARY" else low
    values = random.integers(low, high, shape, endpoint=True)
    return np.where(values > 0, 1, -1) if kind == "BIPOLAR" else values


def rising(random, mh, steps, spread=600):
    return np.sort(random.integers(-spread, spread, (mh, steps)), axis=1)


@settings(max_examples=20, deadline=None)
@given(inputs=INPUTS, weights=WEIGHTS, mw=st.integers(1, 40), mh=st.integers(1, 9), seed=st.integers(0, 99))
def test_any_product_is_as_finn_computes_it(agreement, nodes, inputs, weights, mw, mh, seed):
    constants = {"w": drawn(np.random.default_rng(seed), weights, (mw, mh))}
    agreement.check(nodes.mvau(inputs, weights, (mw, mh)), constants, seed)


@settings(max_examples=20, deadline=None)
@given(inputs=INPUTS, weights=WEIGHTS, steps=st.sampled_from([1, 3, 15, 31]), seed=st.integers(0, 99))
def test_any_thresholds_behind_a_product_count_as_finn_counts(agreement, nodes, inputs, weights, steps, seed):
    random = np.random.default_rng(seed)
    constants = {"w": drawn(random, weights, (12, 5)), "t": rising(random, 5, steps)}
    agreement.check(nodes.mvau(inputs, weights, (12, 5), steps=steps, output="UINT5"), constants, seed)


def test_a_signed_activation_is_offset(agreement, nodes):
    random = np.random.default_rng(0)
    constants = {"w": drawn(random, "INT4", (9, 4)), "t": rising(random, 4, 15)}
    (out,) = agreement.check(nodes.mvau("UINT5", "INT4", (9, 4), steps=15, output="INT4", offset=-8), constants)
    assert out.min() < 0


def test_one_threshold_can_give_bipolar_values(agreement, nodes):
    random = np.random.default_rng(0)
    constants = {"w": drawn(random, "INT4", (9, 4)), "t": rising(random, 4, 1, 5)}
    (out,) = agreement.check(nodes.mvau("UINT5", "INT4", (9, 4), steps=1, output="BIPOLAR"), constants)
    assert set(np.unique(out)) == {-1, 1}


def test_bipolar_weights_multiply_like_any_others(agreement, nodes):
    constants = {"w": drawn(np.random.default_rng(0), "BIPOLAR", (33, 6))}
    agreement.check(nodes.mvau("UINT2", "BIPOLAR", (33, 6)), constants)


@pytest.mark.parametrize(("inputs", "value"), [("UINT8", 255), ("INT8", -128)])
@pytest.mark.parametrize("weight", [-128, -127, 127])
def test_the_largest_bytes_do_not_saturate(agreement, nodes, inputs, value, weight):
    node = nodes.mvau(inputs, "INT8", (64, 4))
    batch = [np.full((1, 2, 2, 64), value)]
    (out,) = agreement.emulated(node, {"w": np.full((64, 4), weight)}, batch)
    assert (out == 64 * value * weight).all()


def test_a_result_of_fewer_dimensions_keeps_only_the_channels(agreement, nodes):
    node = nodes.mvau("UINT5", "INT4", (8, 3))
    flat = type(node.outputs[0])(name="out", shape=(1, 12), datatype="INT32")
    changed = type(node)(name=node.name, op=node.op, attributes=node.attributes, inputs=node.inputs, outputs=(flat,))
    (out,) = agreement.emulated(changed, {"w": np.ones((8, 3))}, [np.ones((2, 2, 2, 8))])
    assert out.shape == (2, 12)


def test_sums_beyond_32_bits_are_refused(agreement, nodes):
    node = nodes.mvau("INT16", "INT16", (4, 2), output="INT40")
    with pytest.raises(GraphError, match="which 32 bits do not hold"):
        agreement.emulated(node, {"w": np.full((4, 2), 32767)}, [np.ones((1, 2, 2, 4))])


def test_bipolar_times_bipolar_is_refused_by_the_layers_name(agreement, nodes):
    node = nodes.mvau("BIPOLAR", "BIPOLAR", (4, 2))
    with pytest.raises(GraphError, match="layer 'MVAU_0' multiplies bipolar values by bipolar weights"):
        agreement.emulated(node, {"w": np.ones((4, 2))}, [np.ones((1, 2, 2, 4))])


def test_an_input_may_take_the_place_of_the_weights(nodes):
    node, matrix = nodes.mvau("UINT8", "INT8", (6, 3)), np.arange(-9, 9).reshape(6, 3)
    graph = emulation_graph("one", [node], {"w": np.zeros((6, 3))}, {"MVAU": MatrixVector})
    (initialiser,) = [each for each in graph.graph.initializer if each.name == weights_name("MVAU_0")]
    graph.graph.initializer.remove(initialiser)
    graph.graph.input.append(helper.make_tensor_value_info(initialiser.name, initialiser.data_type, initialiser.dims))
    values = np.random.default_rng(0).integers(0, 256, (2, 2, 2, 6)).astype(np.uint8)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    (sums,) = session.run(["out"], {"in": values, "MVAU_0_weights": matrix.astype(np.int8)})
    np.testing.assert_array_equal(sums, values.astype(np.int64) @ matrix)


@pytest.mark.parametrize("fold", [(1, 4), (3, 2), (6, 8)])
def test_weights_are_streamed_in_the_order_of_finns_own_dma(finn, fold):
    from finn.transformation.fpgadataflow.insert_iodma import InsertIODMA

    matrix = drawn(np.random.default_rng(0), "INT8", (8, 6))
    highest_first = InsertIODMA(64).get_mem_init(matrix.astype(np.float32), *fold)
    np.testing.assert_array_equal(weight_beats(matrix, *fold), highest_first[:, ::-1])
