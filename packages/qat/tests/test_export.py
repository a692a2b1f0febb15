# SPDX-License-Identifier: Apache-2.0
import numpy as np
import onnx
import pytest
import torch

from levada.core.manifests import Tensor
from levada.qat.bits import parse_bits
from levada.qat.export import export_graph
from levada.qat.layers import CALIBRATION_STEPS
from levada.qat.networks import digits_cnn
from levada.qat.reproducible import reproducible

PIXELS = Tensor(name="pixels", shape=(8, 8, 1), datatype="UINT8", layout="NHWC")


def exported(network, folder):
    export_graph(network.eval(), PIXELS, folder / "graph.onnx")
    return onnx.load(folder / "graph.onnx")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def network():
    """Return a network whose quantisers have seen noise."""
    with reproducible(0, 1), torch.no_grad():
        network = digits_cnn(parse_bits("w4a5"), 10)
        for _ in range(CALIBRATION_STEPS + 1):
            network(torch.randint(0, 17, (4, 1, 8, 8)).float())
    return network


@pytest.fixture(scope="module")
def model(network, folder):
    return exported(network, folder)


@pytest.fixture(scope="module")
def graph(model):
    return model.graph


def shape(value):
    return [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]


def test_pixels_are_the_only_input(graph):
    assert [(value.name, shape(value)) for value in graph.input] == [("pixels", [1, 1, 8, 8])]


def test_scores_are_the_only_output(graph):
    assert [(value.name, shape(value)) for value in graph.output] == [("scores", [1, 10])]


def test_there_is_one_file(model, folder):
    assert [file.name for file in folder.iterdir()] == ["graph.onnx"]


def test_the_opset_is_13(model):
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == 13


def test_quantisers_are_qonnx_nodes(graph):
    quantisers = [node for node in graph.node if node.op_type in {"Quant", "Trunc"}]
    assert {node.domain for node in quantisers} == {"qonnx.custom_op.general"}
    assert len(quantisers) == 18


def test_the_first_multiplication_is_by_a_scalar(graph):
    (first,) = [node for node in graph.node if "pixels" in node.input]
    constants = {value.name: onnx.numpy_helper.to_array(value) for value in graph.initializer}
    assert (first.op_type, constants[first.input[1]].shape) == ("Mul", ())


def test_no_path_of_this_machine_is_in_it(model, folder):
    content = (folder / "graph.onnx").read_bytes()
    assert not any(text in content for text in (b"/home", b"/tmp", b"site-packages", str(folder).encode()))


def test_the_same_network_gives_the_same_bytes(network, model, folder, tmp_path):
    exported(network, tmp_path)
    assert (tmp_path / "graph.onnx").read_bytes() == (folder / "graph.onnx").read_bytes()


def test_one_bit_weights_are_bipolar(tmp_path):
    model = exported(digits_cnn(parse_bits("w1a2"), 10), tmp_path)
    assert sum(node.op_type == "BipolarQuant" for node in model.graph.node) == 5


def test_the_graph_computes_what_the_network_does(network, model, folder):
    execution = pytest.importorskip("qonnx.core.onnx_exec", reason="qonnx executes the graph, and is not installed")
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.transformation.infer_shapes import InferShapes

    shaped = ModelWrapper(str(folder / "graph.onnx")).transform(InferShapes())
    pixels = np.random.RandomState(0).randint(0, 17, (1, 1, 8, 8)).astype(np.float32)
    scores = execution.execute_onnx(shaped, {"pixels": pixels})["scores"]
    with torch.no_grad():
        np.testing.assert_allclose(scores, network(torch.from_numpy(pixels)).numpy(), atol=1e-5)
