# SPDX-License-Identifier: Apache-2.0
"""The writer of emulation graphs."""

import numpy as np
import onnx
import pytest

from levada.compile.emulation.builder import Builder
from levada.core.errors import InternalFault
from levada.core.interfaces import NodeTensor

SOURCE = NodeTensor(name="in", shape=(1, 2), datatype="UINT5")
RESULT = NodeTensor(name="out", shape=(1, 2), datatype="INT8")


@pytest.fixture
def identity():
    builder = Builder("small")
    builder.add("Cast", ["in"], "out", to=onnx.TensorProto.INT8)
    return builder.finish([SOURCE], [RESULT], [])


def test_the_graph_is_old_enough_for_every_onnxruntime(identity):
    assert identity.ir_version <= 10
    assert [(each.domain, each.version) for each in identity.opset_import] == [("", 21)]


def test_the_batch_is_left_open(identity):
    assert identity.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "N"


def test_streams_have_their_smallest_integer_type(identity):
    kinds = [value.type.tensor_type.elem_type for value in (identity.graph.input[0], identity.graph.output[0])]
    assert kinds == [onnx.TensorProto.UINT8, onnx.TensorProto.INT8]


def test_equal_constants_are_shared_and_others_are_not():
    builder = Builder("small")
    first, again = builder.constant(np.array([1, 2], np.int8)), builder.constant([np.int8(1), np.int8(2)])
    assert first == again
    assert builder.constant(np.array([1, 2], np.uint8)) != first
    assert builder.constant(np.array([[1, 2]], np.int8)) != first


def test_weights_keep_a_name_of_their_own_and_their_data_type():
    builder = Builder("small")
    for layer in ("MVAU_0", "MVAU_1"):
        assert builder.weights(layer, np.ones((2, 3), np.int8), "INT4") == f"{layer}_weights"
    builder.add("Cast", ["in"], "out", to=onnx.TensorProto.INT8)
    kept = builder.finish([SOURCE], [RESULT], []).graph.initializer
    assert [(each.name, each.doc_string, list(each.dims)) for each in kept] == [
        ("MVAU_0_weights", "INT4", [2, 3]), ("MVAU_1_weights", "INT4", [2, 3]),
    ]  # fmt: skip


def test_a_scalar_constant_keeps_its_rank():
    builder = Builder("small")
    scaled = builder.add("Mul", [builder.add("Cast", ["in"], to=onnx.TensorProto.INT32), builder.constant(np.int32(3))])
    builder.add("Cast", [scaled], "out", to=onnx.TensorProto.INT8)
    model = builder.finish([SOURCE], [RESULT], [])
    assert list(model.graph.initializer[0].dims) == []


def test_made_names_differ():
    builder = Builder("small")
    assert builder.add("Identity", ["in"]) != builder.add("Identity", ["in"])


def test_an_operator_outside_the_standard_set_is_our_fault():
    with pytest.raises(InternalFault, match="takes standard operators that need no newer opset than 21, got 'MVAU'"):
        Builder("small").add("MVAU", ["in"])
