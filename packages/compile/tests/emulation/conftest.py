# SPDX-License-Identifier: Apache-2.0
"""One hardware node, run by FINN and run as its emulation form."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from levada.compile.emulation.network import emulation_graph, runner
from levada.compile.finn_session import finn_session
from levada.compile.layers import LAYERS
from levada.core.datatypes import datatype
from levada.core.interfaces import HardwareNode, NodeTensor

CLASSES = {layer.op: layer for layer in LAYERS}


class Agreement:
    """Compares FINN's execution of a node with its emulation form, image by image."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch

    def finn(self, node: HardwareNode, constants: Mapping[str, Any], image: Any) -> list[Any]:
        """Return the outputs of FINN's own node for one image."""
        with finn_session(self.scratch), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from levada.compile._finn import DataType, ModelWrapper, execute_onnx

            model = ModelWrapper(self.proto(node))
            for tensor in (*node.inputs, *node.outputs):
                model.set_tensor_datatype(tensor.name, DataType[tensor.datatype])
            for name, value in constants.items():
                model.set_initializer(name, np.asarray(value, np.float32))
            inputs = {tensor.name: image[at].astype(np.float32) for at, tensor in enumerate(streams(node))}
            context = execute_onnx(model, inputs, return_full_exec_context=True)
        return [context[tensor.name] for tensor in node.outputs]

    def proto(self, node: HardwareNode) -> Any:
        values = {
            t.name: helper.make_tensor_value_info(t.name, TensorProto.FLOAT, t.shape)
            for t in (*node.inputs, *node.outputs)
        }
        listed = {key: list(value) if isinstance(value, tuple) else value for key, value in node.attributes.items()}
        names = [[t.name for t in ends] for ends in (node.inputs, node.outputs)]
        made = helper.make_node(
            node.op, *names, name=node.name, domain="finn.custom_op.fpgadataflow", backend="fpgadataflow", **listed
        )
        graph = helper.make_graph([made], "one", [values[t.name] for t in streams(node)], [values[n] for n in names[1]])
        opsets = [helper.make_opsetid("", 13), helper.make_opsetid("finn.custom_op.fpgadataflow", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def emulated(self, node: HardwareNode, constants: Mapping[str, Any], batch: Any) -> list[Any]:
        """Return the outputs of the emulation form for a batch of one stream, or of two summed up in one run each."""
        graph = emulation_graph("one", [node], constants, CLASSES)
        names = [tensor.name for tensor in node.outputs]
        if len(streams(node)) == 1:
            values = runner(graph, names)(canonical(batch[0], node.inputs[0]))
            return [values[name] for name in names]
        import onnxruntime

        session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
        return session.run(names, {t.name: canonical(b, t) for t, b in zip(streams(node), batch, strict=True)})

    def check(self, node: HardwareNode, constants: Mapping[str, Any], seed: int = 0, images: int = 2) -> list[Any]:
        """Compare random images; return what the emulation form gave."""
        random = np.random.default_rng(seed)
        batch = [values(random, tensor, images) for tensor in streams(node)]
        emulated = self.emulated(node, constants, batch)
        for image in range(images):
            truth = self.finn(node, constants, [each[image : image + 1] for each in batch])
            for tensor, ours, theirs in zip(node.outputs, emulated, truth, strict=True):
                assert ours.dtype == datatype(tensor.datatype).canonical
                np.testing.assert_array_equal(ours[image : image + 1], theirs)
        return emulated


def streams(node: HardwareNode) -> list[NodeTensor]:
    return [tensor for tensor in node.inputs if not tensor.constant]


def canonical(batch: Any, tensor: NodeTensor) -> Any:
    return batch.astype(datatype(tensor.datatype).canonical)


def values(random: np.random.Generator, tensor: NodeTensor, images: int) -> Any:
    """Return random values over the whole range of a data type, both ends among them."""
    kind = datatype(tensor.datatype)
    drawn = random.integers(kind.minimum, kind.maximum, (images, *tensor.shape[1:]), endpoint=True)
    if kind.name == "BIPOLAR":
        drawn = np.where(drawn > 0, 1, -1)
    drawn.flat[0], drawn.flat[-1] = kind.minimum, kind.maximum
    return drawn


def stream(name: str, shape: tuple[int, ...], kind: str = "UINT5") -> NodeTensor:
    return NodeTensor(name=name, shape=shape, datatype=kind)


def parameter(name: str, shape: tuple[int, ...], kind: str) -> NodeTensor:
    return NodeTensor(name=name, shape=shape, datatype=kind, constant=True)


@pytest.fixture(scope="session")
def agreement(tmp_path_factory: pytest.TempPathFactory) -> Agreement:
    return Agreement(tmp_path_factory.mktemp("agreement"))


class Nodes:
    """Makes hardware nodes of any shape and type."""

    def padding(self, size: tuple[int, int], pads: tuple[int, int, int, int], channels: int, kind: str) -> HardwareNode:
        height, width = size[0] + pads[0] + pads[2], size[1] + pads[1] + pads[3]
        attributes = {"ImgDim": size, "Padding": pads, "NumChannels": channels, "SIMD": 1, "inputDataType": kind}
        ends = stream("in", (1, *size, channels), kind), stream("out", (1, height, width, channels), kind)
        return self.node("FMPadding", attributes, *ends)

    def window(
        self,
        size: tuple[int, int],
        kernel: tuple[int, int],
        stride: tuple[int, int],
        channels: int,
        *,
        dilation: int = 1,
        kind: str = "UINT5",
    ) -> HardwareNode:
        reach = [(k - 1) * dilation + 1 for k in kernel]
        out = tuple((s - r) // d + 1 for s, r, d in zip(size, reach, stride, strict=True))
        attributes = {
            "ConvKernelDim": kernel, "IFMChannels": channels, "IFMDim": size, "OFMDim": out, "SIMD": 1, "Stride": stride,
            "Dilation": (dilation, dilation), "inputDataType": kind, "outputDataType": kind, "depthwise": 0,
        }  # fmt: skip
        elements = channels * kernel[0] * kernel[1]
        ends = stream("in", (1, *size, channels), kind), stream("out", (1, *out, elements), kind)
        return self.node("ConvolutionInputGenerator", attributes, *ends)

    def mvau(
        self,
        inputs: str,
        weights: str,
        shape: tuple[int, int],
        *,
        steps: int = 0,
        output: str = "INT32",
        offset: int = 0,
    ) -> HardwareNode:
        mw, mh = shape
        attributes = {
            "PE": 1, "SIMD": 1, "MW": mw, "MH": mh, "inputDataType": inputs, "weightDataType": weights, "outputDataType": output,
            "ActVal": offset, "noActivation": int(not steps), "numInputVectors": (1, 2, 2), "binaryXnorMode": 0,
        }  # fmt: skip
        parameters = [parameter("w", shape, weights)] + ([parameter("t", (mh, steps), "INT32")] if steps else [])
        return HardwareNode(
            name="MVAU_0", op="MVAU", attributes=attributes,
            inputs=(stream("in", (1, 2, 2, mw), inputs), *parameters), outputs=(stream("out", (1, 2, 2, mh), output),),
        )  # fmt: skip

    def thresholding(
        self, kind: str, channels: int, rows: int, steps: int, *, output: str, offset: int = 0
    ) -> HardwareNode:
        attributes = {
            "PE": 1, "NumChannels": channels, "numSteps": steps, "inputDataType": kind, "weightDataType": "INT32",
            "outputDataType": output, "ActVal": offset, "numInputVectors": (1, 3, 3),
        }  # fmt: skip
        inputs = stream("in", (1, 3, 3, channels), kind), parameter("t", (rows, steps), "INT32")
        outputs = (stream("out", (1, 3, 3, channels), output),)
        return HardwareNode(
            name="Thresholding_0", op="Thresholding", attributes=attributes, inputs=inputs, outputs=outputs
        )

    def add(
        self, left: str, right: str, result: str, shape: tuple[int, ...] = (1, 3, 2, 4), constant: tuple[int, ...] = ()
    ) -> HardwareNode:
        attributes = {
            "lhs_dtype": left, "rhs_dtype": right, "out_dtype": result, "lhs_shape": shape, "rhs_shape": constant or shape,
            "out_shape": shape, "PE": 1, "lhs_style": "input", "rhs_style": "const" if constant else "input",
        }  # fmt: skip
        second = parameter("b", constant, right) if constant else stream("b", shape, right)
        inputs, outputs = (stream("a", shape, left), second), (stream("out", shape, result),)
        return HardwareNode(name="Add_0", op="ElementwiseAdd", attributes=attributes, inputs=inputs, outputs=outputs)

    def pool(self, function: str, kernel: tuple[int, int], channels: int, kinds: tuple[str, str]) -> HardwareNode:
        attributes = {
            "Channels": channels, "PE": 1, "KernelSize": kernel, "Function": function, "OutImgDims": (2, 3),
            "InputDataType": kinds[0], "OutputDataType": kinds[1],
        }  # fmt: skip
        elements = channels * kernel[0] * kernel[1]
        ends = stream("in", (1, 2, 3, elements), kinds[0]), stream("out", (1, 2, 3, channels), kinds[1])
        return self.node("Pool", attributes, *ends)

    def duplicate(self, count: int, kind: str) -> HardwareNode:
        attributes = {
            "NumChannels": 3,
            "PE": 1,
            "NumOutputStreams": count,
            "inputDataType": kind,
            "numInputVectors": (1, 2, 2),
        }
        outputs = tuple(stream(f"out{at}", (1, 2, 2, 3), kind) for at in range(count))
        inputs = (stream("in", (1, 2, 2, 3), kind),)
        return HardwareNode(name="Dup_0", op="DuplicateStreams", attributes=attributes, inputs=inputs, outputs=outputs)

    def label_select(self, labels: int, k: int, kind: str, shape: tuple[int, ...] = (1,)) -> HardwareNode:
        attributes = {
            "Labels": labels,
            "PE": 1,
            "K": k,
            "inputDataType": kind,
            "outputDataType": "UINT16",
            "numInputVectors": shape,
        }
        return self.node(
            "LabelSelect", attributes, stream("in", (*shape, labels), kind), stream("out", (*shape, k), "UINT16")
        )

    def node(self, op: str, attributes: dict[str, Any], source: NodeTensor, result: NodeTensor) -> HardwareNode:
        return HardwareNode(name=f"{op}_0", op=op, attributes=attributes, inputs=(source,), outputs=(result,))


@pytest.fixture(scope="session")
def nodes() -> Nodes:
    return Nodes()
