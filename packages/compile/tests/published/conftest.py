# SPDX-License-Identifier: Apache-2.0
"""ResNet-50 as hardware nodes, W4A5, written down from the architecture: no FINN and no weights needed."""

import random
from collections import Counter
from typing import Any

import pytest

from levada.core.interfaces import HardwareNode, NodeTensor

ACTIVATION, RESIDUAL, SUM = "UINT5", "INT5", "INT6"
STAGES = (3, 4, 6, 3)


class Drawing:
    """Hardware nodes as they are added; every method takes and returns the tensor that flows."""

    def __init__(self) -> None:
        self.nodes: list[HardwareNode] = []
        self.counts: Counter[str] = Counter()

    def add(self, op: str, inputs: list[NodeTensor], result: tuple[tuple[int, ...], str], **attributes: Any) -> Any:
        name = f"{op}_{self.counts[op]}"
        self.counts[op] += 1
        copies = attributes.get("NumOutputStreams", 1)
        outputs = tuple(NodeTensor(name=f"{name}_out{at}", shape=result[0], datatype=result[1]) for at in range(copies))
        self.nodes.append(HardwareNode(name=name, op=op, attributes=attributes, inputs=tuple(inputs), outputs=outputs))
        return outputs if copies > 1 else outputs[0]

    def pad(self, x: NodeTensor, border: int) -> NodeTensor:
        _, height, width, channels = x.shape
        shape = (1, height + 2 * border, width + 2 * border, channels)
        return self.add("FMPadding", [x], (shape, x.datatype), ImgDim=(height, width), Padding=(border,) * 4,
                        NumChannels=channels, inputDataType=x.datatype)  # fmt: skip

    def window(self, x: NodeTensor, kernel: int, stride: int, *, depthwise: int = 0) -> NodeTensor:
        _, height, width, channels = x.shape
        out = ((height - kernel) // stride + 1, (width - kernel) // stride + 1)
        return self.add("ConvolutionInputGenerator", [x], ((1, *out, channels * kernel**2), x.datatype),
                        IFMChannels=channels, inputDataType=x.datatype, ConvKernelDim=(kernel, kernel),
                        IFMDim=(height, width), OFMDim=out, Stride=(stride, stride), Dilation=(1, 1),
                        depthwise=depthwise)  # fmt: skip

    def product(
        self, x: NodeTensor, outputs: int, weights: str = "INT4", result: str | None = ACTIVATION
    ) -> NodeTensor:
        inputs = x.shape[-1]
        constants = [NodeTensor(name="w", shape=(inputs, outputs), datatype=weights, constant=True)]
        if result:
            constants.append(NodeTensor(name="t", shape=(outputs, 31), datatype="INT17", constant=True))
        return self.add("MVAU", [x, *constants], ((*x.shape[:-1], outputs), result or "INT24"), MW=inputs, MH=outputs,
                        numInputVectors=x.shape[:-1], weightDataType=weights, inputDataType=x.datatype,
                        accDataType="INT17" if result else "INT24", outputDataType=result or "INT24",
                        noActivation=int(result is None))  # fmt: skip

    def thresholds(self, x: NodeTensor, result: str) -> NodeTensor:
        levels = NodeTensor(name="t", shape=(x.shape[-1], 31), datatype="INT7", constant=True)
        return self.add("Thresholding", [x, levels], (x.shape, result), NumChannels=x.shape[-1],
                        numInputVectors=x.shape[:-1], inputDataType=x.datatype, weightDataType="INT7",
                        outputDataType=result)  # fmt: skip

    def fork(self, x: NodeTensor) -> tuple[NodeTensor, NodeTensor]:
        return self.add("DuplicateStreams", [x], (x.shape, x.datatype), NumChannels=x.shape[-1],
                        numInputVectors=x.shape[:-1], inputDataType=x.datatype, NumOutputStreams=2)  # fmt: skip

    def sum(self, x: NodeTensor, y: NodeTensor, result: str) -> NodeTensor:
        return self.add("ElementwiseAdd", [x, y], (x.shape, result), lhs_dtype=x.datatype, rhs_dtype=y.datatype,
                        lhs_shape=x.shape, rhs_shape=y.shape, out_shape=x.shape, out_dtype=result,
                        rhs_style="const" if y.constant else "input")  # fmt: skip

    def pool(self, x: NodeTensor, kernel: int, function: str) -> NodeTensor:
        _, height, width, elements = x.shape
        channels = elements // kernel**2
        return self.add("Pool", [x], ((1, height, width, channels), ACTIVATION), Channels=channels,
                        KernelSize=(kernel, kernel), Function=function, OutImgDims=(height, width),
                        InputDataType=x.datatype, OutputDataType=ACTIVATION)  # fmt: skip

    def bottleneck(self, x: NodeTensor, middle: int, stride: int) -> NodeTensor:
        path, shortcut = self.fork(x)
        path = self.product(path, middle)
        path = self.product(self.window(self.pad(path, 1), 3, stride), middle)
        path = self.product(path, 4 * middle, result=RESIDUAL)
        if stride > 1:
            shortcut = self.window(shortcut, 1, stride)
        if shortcut.shape[-1] != 4 * middle or stride > 1:
            shortcut = self.product(shortcut, 4 * middle, result=RESIDUAL)
        else:
            shortcut = self.thresholds(shortcut, RESIDUAL)
        return self.thresholds(self.sum(path, shortcut, SUM), ACTIVATION)


def resnet50() -> tuple[HardwareNode, ...]:
    drawing = Drawing()
    x = NodeTensor(name="pixels", shape=(1, 224, 224, 3), datatype="INT8")
    x = drawing.product(drawing.window(drawing.pad(x, 3), 7, 2), 64, "INT8")
    x = drawing.pool(drawing.window(drawing.pad(x, 1), 3, 2, depthwise=1), 3, "MaxPool")
    for stage, blocks in enumerate(STAGES):
        for block in range(blocks):
            x = drawing.bottleneck(x, 64 << stage, 2 if stage and not block else 1)
    x = drawing.pool(drawing.window(x, 7, 1, depthwise=1), 7, "QuantAvgPool")
    scores = drawing.product(x, 1000, "INT8", None)
    bias = NodeTensor(name="b", shape=(1000,), datatype="INT16", constant=True)
    scores = drawing.sum(scores, bias, "INT25")
    drawing.add("LabelSelect", [scores], ((1, 5), "UINT16"), Labels=1000, K=5, inputDataType="INT25",
                outputDataType="UINT16", numInputVectors=(1,))  # fmt: skip
    return tuple(drawing.nodes)


def renamed(nodes: tuple[HardwareNode, ...]) -> tuple[HardwareNode, ...]:
    """Return the same nodes under names that tell nothing."""
    names = [f"n{at}" for at in range(len(nodes))]
    random.Random(0).shuffle(names)
    return tuple(
        HardwareNode(name=name, op=node.op, attributes=node.attributes, inputs=node.inputs, outputs=node.outputs)
        for name, node in zip(names, nodes, strict=True)
    )


@pytest.fixture(scope="session")
def network() -> tuple[HardwareNode, ...]:
    return renamed(resnet50())


@pytest.fixture
def drawing() -> Drawing:
    return Drawing()
