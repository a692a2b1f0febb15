# SPDX-License-Identifier: Apache-2.0
"""Reading graphs and golden images, and what is said of bad ones."""

import numpy as np
import onnx
import pytest

from levada.core.errors import DatasetError, GraphError
from levada.core.manifests import Tensor

PIXELS = Tensor(name="pixels", shape=(6, 6, 2), datatype="UINT8", layout="NHWC")


@pytest.fixture
def read(finn, tmp_path):
    """Return a function that reads bytes as a graph."""
    from levada.compile.reading import read_graph

    def write_and_read(content, expected=PIXELS):
        (tmp_path / "graph.onnx").write_bytes(content)
        return read_graph(tmp_path / "graph.onnx", expected)

    return write_and_read


@pytest.fixture
def proto(residual_network):
    net, output = residual_network()
    return net.proto(output)


@pytest.fixture
def images(finn, tmp_path):
    from levada.compile.reading import read_images

    def write_and_read(array, tensor=PIXELS):
        np.save(tmp_path / "images.npy", array)
        return read_images(tmp_path / "images.npy", tensor)

    return write_and_read


def test_a_graph_is_read_with_the_type_of_its_pixels(read, proto):
    model = read(proto.SerializeToString())
    assert model.get_tensor_datatype("pixels").name == "UINT8"


def test_signed_pixels_are_taken_as_such(read, proto):
    signed = Tensor(name="pixels", shape=(6, 6, 2), datatype="INT8", layout="NHWC")
    assert read(proto.SerializeToString(), signed).get_tensor_datatype("pixels").name == "INT8"


def test_a_file_that_is_not_there_is_named(finn, tmp_path):
    from levada.compile.reading import read_graph

    with pytest.raises(GraphError, match=r"cannot read the network's graph .*none\.onnx: No such file"):
        read_graph(tmp_path / "none.onnx", PIXELS)


@pytest.mark.parametrize("content", [b"PK\x03\x04 not a graph", b"\x00" * 40])
def test_a_file_that_is_no_onnx_says_what_to_do(read, content):
    with pytest.raises(GraphError, match=r"expected an ONNX graph in .*; export the network as QONNX in one file"):
        read(content)


def test_an_empty_file_is_refused(read):
    with pytest.raises(GraphError, match="expected an ONNX graph in"):
        read(b"")


def test_a_graph_without_nodes_is_refused(read, proto):
    del proto.graph.node[:]
    proto.graph.output[0].name = "pixels"
    with pytest.raises(GraphError, match="expected an ONNX graph in"):
        read(proto.SerializeToString())


def test_weights_in_a_lost_side_file_are_refused(finn, proto, tmp_path):
    from levada.compile.reading import read_graph

    onnx.save(proto, tmp_path / "graph.onnx", save_as_external_data=True, location="weights", size_threshold=0)
    (tmp_path / "weights").unlink()
    with pytest.raises(GraphError, match="weights included"):
        read_graph(tmp_path / "graph.onnx", PIXELS)


def test_a_network_of_two_inputs_is_refused_by_their_names(read, proto):
    extra = proto.graph.input.add()
    extra.CopyFrom(proto.graph.input[0])
    extra.name = "mask"
    with pytest.raises(GraphError, match=r"one input and one output in .*got inputs \['pixels', 'mask'\]"):
        read(proto.SerializeToString())


def test_another_image_size_than_the_model_says_is_refused(read, proto):
    other = Tensor(name="pixels", shape=(8, 8, 2), datatype="UINT8", layout="NHWC")
    with pytest.raises(
        GraphError, match=r"\(8, 8, 2\) \(height, width, channels\), but input 'pixels' .* \[1, 2, 6, 6\]"
    ):
        read(proto.SerializeToString(), other)


def test_images_are_read_as_they_are(images):
    pixels = np.arange(144, dtype=np.uint8).reshape(2, 6, 6, 2)
    assert (images(pixels) == pixels).all()


@pytest.mark.parametrize(
    "array", [np.zeros((2, 6, 6, 3), np.uint8), np.zeros((2, 6, 6, 2), np.int64), np.zeros((0, 6, 6, 2), np.uint8)]
)
def test_images_of_another_shape_type_or_number_are_refused(images, array):
    with pytest.raises(DatasetError, match=r"expected images of type uint8 and shape count × \(6, 6, 2\)"):
        images(array)


def test_pixels_out_of_range_are_refused(images):
    narrow = Tensor(name="pixels", shape=(6, 6, 2), datatype="UINT4", layout="NHWC")
    with pytest.raises(DatasetError, match=r"expected pixels from 0 to 15 \(UINT4\) in .*, got 16 to 16"):
        images(np.full((1, 6, 6, 2), 16, np.uint8), narrow)


def test_a_file_that_is_no_array_is_refused(finn, tmp_path):
    from levada.compile.reading import read_images

    (tmp_path / "images.npy").write_bytes(b"no array")
    with pytest.raises(DatasetError, match="expected an array of images"):
        read_images(tmp_path / "images.npy", PIXELS)
