# SPDX-License-Identifier: Apache-2.0
"""A builder of small QONNX networks with random weights, and FINN with everything it writes in a scratch folder."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from levada.compile.finn_session import finn_session
from levada.core.artefact import Artefact
from levada.core.manifests import Dataflow, Model, Tensor
from levada.core.plugins import Registry
from levada.core.progress import Progress
from levada.core.stages import Work
from levada.core.testing import model as model_manifest
from levada.core.testing import saved

QUANT = {"domain": "qonnx.custom_op.general", "rounding_mode": "ROUND"}
SCALES = {"activation": 0.27, "residual": 0.43, "weight": 0.125}
"""No small ratios between them: integers would otherwise lie exactly between two steps of the next quantiser."""


class Network:
    """A QONNX graph as Brevitas exports it, grown layer by layer; each method takes and returns a tensor's name."""

    def __init__(self, channels: int = 2, size: int = 6, *, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.shape = (size, size, channels)
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []
        self.channels = {"pixels": channels}
        self.scales = dict(SCALES)
        self.pooled_scale = SCALES["activation"]

    def constant(self, value: Any) -> str:
        name = f"c{len(self.initialisers)}"
        self.initialisers.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def add(self, op: str, *inputs: str, channels: int | None = None, **attributes: Any) -> str:
        name = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=f"node_{name}", **attributes))
        self.channels[name] = channels or self.channels.get(inputs[0], 0)
        return name

    def quant(self, x: str, bits: int, scale: Any, *, signed: bool = True, narrow: bool = False) -> str:
        inputs = [self.constant(value) for value in (scale, 0.0, bits)]
        return self.add("Quant", x, *inputs, signed=int(signed), narrow=int(narrow), **QUANT)

    def weights(self, shape: tuple[int, ...], bits: int) -> str:
        values = self.constant(self.random.normal(size=shape))
        if bits == 1:
            return self.add("BipolarQuant", values, self.constant(self.scales["weight"]), domain=QUANT["domain"])
        spread = self.random.uniform(0.5, 1.5, (shape[0], 1, 1, 1)) if len(shape) == 4 else 1.0
        return self.quant(values, bits, spread * 3 / 2 ** (bits - 1), narrow=True)

    def scale(self, x: str, factor: float = 0.0625) -> str:
        return self.add("Mul", x, self.constant(factor))

    def conv(self, x: str, channels: int, kernel: int = 3, stride: int = 1, bits: int = 4) -> str:
        """Convolve and normalise: about unit variance whatever the fan-in."""
        fan_in = self.channels[x] * kernel * kernel
        weight = self.weights((channels, self.channels[x], kernel, kernel), bits)
        shape = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [kernel // 2] * 4}
        y = self.add("Conv", x, weight, channels=channels, group=1, dilations=[1, 1], **shape)
        gain, bias = self.random.uniform(0.5, 1.5, channels), self.random.normal(size=channels)
        mean, variance = 0.2 * self.random.normal(size=channels), np.full(channels, fan_in)
        parameters = [self.constant(value) for value in (gain, bias, mean, variance)]
        return self.add("BatchNormalization", y, *parameters, epsilon=1e-5)

    def relu(self, x: str, bits: int = 4) -> str:
        return self.quant(self.add("Relu", x), bits, self.scales["activation"], signed=False)

    def join(self, x: str, y: str, bits: int = 5) -> str:
        return self.add("Add", *(self.quant(each, bits, self.scales["residual"]) for each in (x, y)))

    def block(self, x: str, channels: int, stride: int = 1, activation: int = 4, weights: int = 4) -> str:
        path = self.relu(self.conv(x, channels, 3, stride, weights), activation)
        path = self.conv(path, channels, 3, 1, weights)
        plain = stride == 1 and channels == self.channels[x]
        return self.relu(self.join(path, x if plain else self.conv(x, channels, 1, stride, weights)), activation)

    def bottleneck(self, x: str, middle: int, stride: int = 1, activation: int = 4, weights: int = 4) -> str:
        path = self.relu(self.conv(x, middle, 1, 1, weights), activation)
        path = self.relu(self.conv(path, middle, 3, stride, weights), activation)
        path = self.conv(path, 4 * middle, 1, 1, weights)
        plain = stride == 1 and 4 * middle == self.channels[x]
        return self.relu(self.join(path, x if plain else self.conv(x, 4 * middle, 1, stride, weights)), activation)

    def max_pool(self, x: str) -> str:
        return self.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])

    def average(self, x: str, size: int, bits: int = 4) -> str:
        pooled = self.add("AveragePool", x, kernel_shape=[size] * 2, strides=[size] * 2, pads=[0] * 4)
        wide = int((2**bits - 1) * size * size).bit_length()
        fine = self.scales["activation"] / size**2
        self.pooled_scale = fine * 2 ** (wide - bits)
        values = [self.constant(value) for value in (fine, 0.0, wide, self.pooled_scale, bits)]
        return self.add("Trunc", pooled, *values, domain=QUANT["domain"], rounding_mode="FLOOR", signed=0, narrow=0)

    def classify(self, x: str, classes: int = 3, bits: int = 8) -> str:
        flat = self.add("Flatten", x, axis=1)
        weight = self.weights((classes, self.channels[x]), bits)
        bias = self.quant(self.constant(self.random.normal(size=classes)), 16, self.pooled_scale * 3 / 2 ** (bits - 1))
        return self.add("Gemm", flat, weight, bias, channels=classes, transB=1)

    def proto(self, output: str, shape: tuple[int, ...] | None = None) -> Any:
        height, width, channels = self.shape
        pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, (1, channels, height, width))
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, shape or (1, self.channels[output]))
        graph = helper.make_graph(self.nodes, "network", [pixels], [result], self.initialisers)
        opsets = [helper.make_opsetid("", 13), helper.make_opsetid(str(QUANT["domain"]), 2)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def residual(seed: int = 0, *, bits: int = 4, weights: int = 4, **scales: float) -> tuple[Network, str]:
    """Make a network with both kinds of shortcut, an averaging pool and a classifier."""
    net = Network(seed=seed)
    net.scales.update(scales)
    x = net.relu(net.conv(net.scale("pixels"), 4, bits=8), bits)
    x = net.block(net.block(x, 4, 1, bits, weights), 6, 2, bits, weights)
    return net, net.classify(net.average(x, 3, bits))


@pytest.fixture(scope="session")
def network() -> type[Network]:
    return Network


@pytest.fixture
def residual_network() -> Callable[..., tuple[Network, str]]:
    return residual


@pytest.fixture
def finn(tmp_path: Path) -> Iterator[None]:
    """Have FINN ready for one test."""
    with finn_session(tmp_path / "scratch"):
        yield


@pytest.fixture(scope="session")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the residual network as it is after each pass, by the pass's name, and before all of them (``start``)."""
    with finn_session(tmp_path_factory.mktemp("forms")):
        from levada.compile import pipeline
        from levada.compile._finn import DataType, ModelWrapper

        net, output = residual()
        model = ModelWrapper(net.proto(output))
        model.set_tensor_datatype("pixels", DataType["UINT8"])
        found = {"start": model}
        for each in pipeline.whole(2):
            found[each.name] = model = each.apply(copy.deepcopy(model))
    return found


class Compiling:
    """Runs the compile stage as the runner would, on a network from the builder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work: Work | None = None

    def model(
        self, graph: bytes, shape: tuple[int, ...], *, images: Any = None, datatype: str = "UINT8"
    ) -> Artefact[Model]:
        pixels = Tensor(name="pixels", shape=shape, datatype=datatype, layout="NHWC")
        if images is None:
            images = np.random.default_rng(1).integers(0, 256, (5, *shape)).astype(np.uint8)
        np.save(self.folder / "images.npy", images)
        payloads = {"graph": graph, "golden_inputs": (self.folder / "images.npy").read_bytes()}
        return saved(self.folder / "model", model_manifest(inputs=(pixels,)), payloads)

    def __call__(self, net: Network, output: str, *, top_k: int = 5, **inputs: Any) -> Dataflow:
        return self.run(self.model(net.proto(output).SerializeToString(), net.shape, **inputs), top_k)

    def run(self, model: Artefact[Model], top_k: int = 5, board: str = "u280", **options: Any) -> Dataflow:
        from levada.compile.stage import Compile, CompileOptions

        scratch = self.folder / "work"
        scratch.mkdir()
        self.work = Work(self.registry(), Progress(), scratch)
        return Compile().run((model,), CompileOptions(board=board, top_k=top_k, **options), self.work)

    def registry(self) -> Registry:
        from levada.compile import plugin
        from levada.core.testing import registry

        made = registry()
        made.add(plugin, "compile")
        return made

    def payload(self, name: str) -> Any:
        assert self.work is not None
        path = self.work.payloads[name]
        return np.load(path) if path.suffix == ".npy" else onnx.load(path)


@pytest.fixture
def compiling(tmp_path: Path) -> Compiling:
    return Compiling(tmp_path)


@pytest.fixture(scope="session")
def anew() -> type[Compiling]:
    return Compiling


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataflow, Compiling]:
    """Compile the residual network once; return its dataflow and what made it."""
    made = Compiling(tmp_path_factory.mktemp("compiled"))
    return made(*residual(), top_k=2), made
