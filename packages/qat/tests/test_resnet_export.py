# SPDX-License-Identifier: Apache-2.0
"""ResNet-8 as the smallest network of the residual kind: exported, and computed by qonnx."""

from collections import Counter

import numpy as np
import onnx
import pytest
import torch

from levada.core.manifests import Tensor
from levada.qat.architectures import ResNet8
from levada.qat.bits import parse_bits
from levada.qat.calibration import watch_for
from levada.qat.export import export_graph
from levada.qat.reproducible import reproducible

PIXELS = Tensor(name="pixels", shape=(32, 32, 3), datatype="INT8", layout="NHWC")


def noise(count, seed):
    return torch.from_numpy(np.random.RandomState(seed).randint(-128, 128, (count, 3, 32, 32)).astype(np.float32))


@pytest.fixture(scope="module", params=["w4a5", "w1a2"])
def network(request):
    with reproducible(0, 1), torch.no_grad():
        network = ResNet8().build(parse_bits(request.param), 10)
        watch_for(network, 2)
        for step in range(3):
            network.train()(noise(4, step))
    return network.eval()


@pytest.fixture(scope="module")
def file(network, tmp_path_factory):
    file = tmp_path_factory.mktemp("resnet8") / "graph.onnx"
    export_graph(network, PIXELS, file)
    return file


def test_every_layer_is_in_the_graph(file):
    counts = Counter(node.op_type for node in onnx.load(file).graph.node)
    assert [counts[kind] for kind in ("Conv", "Relu", "Add", "AveragePool")] == [9, 7, 3, 1]


def test_the_input_is_one_rgb_picture_of_signed_bytes(file):
    (pixels,) = onnx.load(file).graph.input
    assert [dimension.dim_value for dimension in pixels.type.tensor_type.shape.dim] == [1, 3, 32, 32]


def test_the_graph_computes_what_the_network_does(network, file):
    execution = pytest.importorskip("qonnx.core.onnx_exec", reason="qonnx executes the graph, and is not installed")
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.transformation.infer_shapes import InferShapes

    shaped = ModelWrapper(str(file)).transform(InferShapes())
    scores = execution.execute_onnx(shaped, {"pixels": noise(1, 9).numpy()})["scores"]
    with torch.no_grad():
        np.testing.assert_allclose(scores, network(noise(1, 9)).numpy(), atol=1e-4)
