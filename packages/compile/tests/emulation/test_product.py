# SPDX-License-Identifier: Apache-2.0
"""Which exact product is chosen."""

import numpy as np
import pytest
from onnx import numpy_helper

from levada.compile.emulation.builder import Builder
from levada.compile.emulation.product import product
from levada.core.errors import GraphError
from levada.core.interfaces import NodeTensor


def written(kind, largest):
    """Write a product by weights of this size; return its operators and the type of its weights."""
    builder = Builder("product")
    source = NodeTensor(name="in", shape=(1, 4), datatype=kind)
    sums, _ = product(builder, source, np.array([[largest, -largest]] * 4))
    builder.add("Cast", [sums], "out", to=7)
    result = NodeTensor(name="out", shape=(1, 2), datatype="INT64")
    graph = builder.finish([source], [result], []).graph
    weights = next(numpy_helper.to_array(each) for each in graph.initializer if each.dims)
    return [node.op_type for node in graph.node], weights.dtype


@pytest.mark.parametrize("kind", ["UINT2", "UINT5", "UINT7"])
def test_few_bits_take_the_fast_kernel_of_unsigned_times_signed(kind):
    assert written(kind, 7) == (["MatMulInteger", "Cast"], np.int8)


def test_products_that_could_saturate_in_16_bits_take_unsigned_weights():
    assert written("UINT8", 127) == (["MatMulInteger", "Cast"], np.uint8)


def test_the_border_between_both_kernels_is_exact():
    assert written("UINT8", 64)[1] == np.int8
    assert written("UINT8", 65)[1] == np.uint8


def test_signed_values_are_made_unsigned_first():
    assert written("INT8", 7) == (["Cast", "Add", "Cast", "MatMulInteger", "Cast"], np.int8)


@pytest.mark.parametrize(("kind", "largest"), [("UINT9", 7), ("INT16", 7), ("UINT5", 128)])
def test_more_than_bytes_are_multiplied_in_double_precision(kind, largest):
    assert written(kind, largest) == (["Cast", "MatMul", "Cast", "Cast"], np.float64)


def test_the_range_of_the_sums_is_returned():
    builder, source = Builder("product"), NodeTensor(name="in", shape=(1, 2), datatype="UINT4")
    _, sums = product(builder, source, np.array([[3, -1], [-2, -1]]))
    assert (sums.low, sums.high) == (-30, 45)


def test_sums_that_32_bits_do_not_hold_are_refused_with_their_range():
    source = NodeTensor(name="wide", shape=(1, 2), datatype="UINT16")
    with pytest.raises(
        GraphError, match=r"sums of the layer fed by 'wide' reach 0…4294836225, which 32 bits do not hold"
    ):
        product(Builder("product"), source, np.array([[32767, 0], [32768, 0]]))
