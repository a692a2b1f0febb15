# SPDX-License-Identifier: Apache-2.0
"""Which exact product is chosen."""

import numpy as np
import pytest

from levada.compile.emulation.builder import Builder
from levada.compile.emulation.product import Weights, product
from levada.core.errors import GraphError
from levada.core.interfaces import NodeTensor


def kept(builder, matrix):
    """Keep weights in the graph as a layer would."""
    canonical = matrix.astype(np.int8 if np.abs(matrix).max() <= 127 else np.int16)
    return Weights(builder.weights("MVAU_0", canonical, f"INT{8 * canonical.itemsize}"), canonical)


def written(kind, largest):
    """Write a product by weights of this size; return the operators on the values, and those on the weights."""
    builder = Builder("product")
    source = NodeTensor(name="in", shape=(1, 4), datatype=kind)
    sums, _ = product(builder, source, kept(builder, np.array([[largest, -largest]] * 4)))
    builder.add("Cast", [sums], "out", to=7)
    graph = builder.finish([source], [NodeTensor(name="out", shape=(1, 2), datatype="INT64")], []).graph
    return along(graph, "in"), along(graph, "MVAU_0_weights")


def along(graph, tensor):
    """Return the operators from a tensor up to the product, and from there on."""
    found = []
    while node := next((each for each in graph.node if tensor in each.input), None):
        found.append(node.op_type)
        tensor = node.output[0]
    return found


PLAIN, RAISED = ["MatMulInteger", "Cast"], ["Cast", "Add", "Cast", "MatMulInteger", "Cast"]


@pytest.mark.parametrize("kind", ["UINT2", "UINT5", "UINT7"])
def test_few_bits_take_the_fast_kernel_of_unsigned_times_signed(kind):
    assert written(kind, 7) == (PLAIN, PLAIN)


def test_products_that_could_saturate_in_16_bits_take_unsigned_weights():
    assert written("UINT8", 127) == (PLAIN, RAISED)


def test_the_border_between_both_kernels_is_exact():
    assert written("UINT8", 64)[1] == PLAIN
    assert written("UINT8", 65)[1] == RAISED


def test_signed_values_are_made_unsigned_first():
    assert written("INT8", 7) == (RAISED, PLAIN)


@pytest.mark.parametrize(("kind", "largest"), [("UINT9", 7), ("INT16", 7), ("UINT5", 128)])
def test_more_than_bytes_are_multiplied_in_double_precision(kind, largest):
    assert written(kind, largest) == (["Cast", "MatMul", "Cast", "Cast"],) * 2


def test_weights_kept_wider_than_they_are_become_bytes():
    builder, source = Builder("product"), NodeTensor(name="in", shape=(1, 2), datatype="UINT4")
    matrix = np.array([[3], [-2]], np.int16)
    product(builder, source, Weights(builder.weights("MVAU_0", matrix, "INT16"), matrix))
    assert [node.op_type for node in builder._nodes] == ["Cast", "MatMulInteger"]


def test_the_range_of_the_sums_is_returned():
    builder, source = Builder("product"), NodeTensor(name="in", shape=(1, 2), datatype="UINT4")
    _, sums = product(builder, source, kept(builder, np.array([[3, -1], [-2, -1]])))
    assert (sums.low, sums.high) == (-30, 45)


def test_sums_that_32_bits_do_not_hold_are_refused_with_their_range():
    builder, source = Builder("product"), NodeTensor(name="wide", shape=(1, 2), datatype="UINT16")
    with pytest.raises(
        GraphError, match=r"sums of the layer fed by 'wide' reach 0…4294836225, which 32 bits do not hold"
    ):
        product(builder, source, kept(builder, np.array([[32767, 0], [32767, 0], [1, 0]])))
