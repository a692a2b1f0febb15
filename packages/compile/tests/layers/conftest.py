# SPDX-License-Identifier: Apache-2.0
"""Hardware nodes as compile hands them to the layers, and FINN's own figures for them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from levada.compile.finn_session import finn_session
from levada.core.boards import Board
from levada.core.interfaces import HardwareLayer, HardwareNode, NodeTensor
from levada.core.manifests import Folding

PART = "xcu280-fsvh2892-2L-e"


def tensor(name: str, shape: tuple[int, ...], datatype: str = "UINT5", *, constant: bool = False) -> NodeTensor:
    return NodeTensor(name=name, shape=shape, datatype=datatype, constant=constant)


@pytest.fixture
def board() -> Board:
    return Board(
        name="u280", part=PART, platform="", slrs=(), sll_bits=0, memories=(), qsfp_slrs=(), shell=()
    )  # fmt: skip


@pytest.fixture
def mvau() -> Callable[..., HardwareNode]:
    """Make an MVAU of 36 x 16 on 8 x 8 positions, W4A5; attributes can be changed."""

    def make(**changed: object) -> HardwareNode:
        attributes = {
            "MW": 36,
            "MH": 16,
            "PE": 1,
            "SIMD": 1,
            "inputDataType": "UINT5",
            "weightDataType": "INT4",
            "outputDataType": "UINT5",
            "accDataType": "INT13",
            "noActivation": 0,
            "ActVal": 0,
            "numInputVectors": (1, 8, 8),
            **changed,
        }
        inputs = (
            tensor("in", (1, 8, 8, 36)),
            tensor("w", (36, 16), "INT4", constant=True),
            tensor("levels", (16, 31), "INT14", constant=True),
        )
        return HardwareNode(
            name="MVAU_0", op="MVAU", attributes=attributes, inputs=inputs, outputs=(tensor("out", (1, 8, 8, 16)),)
        )

    return make


@pytest.fixture
def plain_mvau(mvau: Callable[..., HardwareNode]) -> HardwareNode:
    """Return the MVAU without activation: it puts out accumulators."""
    return mvau(noActivation=1, outputDataType="INT13")


@pytest.fixture
def window() -> HardwareNode:
    attributes = {
        "ConvKernelDim": (3, 3),
        "IFMChannels": 12,
        "IFMDim": (10, 10),
        "OFMDim": (8, 8),
        "SIMD": 1,
        "Stride": (1, 1),
        "Dilation": (1, 1),
        "inputDataType": "UINT5",
        "outputDataType": "UINT5",
        "depthwise": 0,
    }
    ends = {"inputs": (tensor("in", (1, 10, 10, 12)),), "outputs": (tensor("out", (1, 8, 8, 108)),)}
    return HardwareNode(name="Window_0", op="ConvolutionInputGenerator", attributes=attributes, **ends)


@pytest.fixture
def thresholding() -> HardwareNode:
    attributes = {
        "NumChannels": 256,
        "PE": 1,
        "numSteps": 31,
        "inputDataType": "INT10",
        "weightDataType": "INT16",
        "outputDataType": "UINT5",
        "numInputVectors": (1, 8, 8),
        "ActVal": 0,
    }
    inputs = (tensor("in", (1, 8, 8, 256), "INT10"), tensor("levels", (256, 31), "INT16", constant=True))
    outputs = (tensor("out", (1, 8, 8, 256)),)
    return HardwareNode(name="Thresholding_0", op="Thresholding", attributes=attributes, inputs=inputs, outputs=outputs)


@pytest.fixture
def padding() -> HardwareNode:
    attributes = {"ImgDim": (8, 8), "Padding": (1, 1, 1, 1), "NumChannels": 12, "SIMD": 1, "inputDataType": "UINT5"}
    ends = {"inputs": (tensor("in", (1, 8, 8, 12)),), "outputs": (tensor("out", (1, 10, 10, 12)),)}
    return HardwareNode(name="FMPadding_0", op="FMPadding", attributes=attributes, **ends)


@pytest.fixture
def duplicate() -> HardwareNode:
    attributes = {
        "NumChannels": 12,
        "PE": 1,
        "NumOutputStreams": 2,
        "inputDataType": "UINT5",
        "numInputVectors": (1, 8, 8),
    }
    outputs = (tensor("out0", (1, 8, 8, 12)), tensor("out1", (1, 8, 8, 12)))
    inputs = (tensor("in", (1, 8, 8, 12)),)
    return HardwareNode(name="Dup_0", op="DuplicateStreams", attributes=attributes, inputs=inputs, outputs=outputs)


@pytest.fixture
def join() -> HardwareNode:
    attributes = {
        "lhs_dtype": "INT5",
        "rhs_dtype": "INT5",
        "out_dtype": "INT6",
        "lhs_shape": (1, 8, 8, 12),
        "rhs_shape": (1, 8, 8, 12),
        "out_shape": (1, 8, 8, 12),
        "PE": 1,
    }
    inputs = (tensor("lhs", (1, 8, 8, 12), "INT5"), tensor("rhs", (1, 8, 8, 12), "INT5"))
    outputs = (tensor("out", (1, 8, 8, 12), "INT6"),)
    return HardwareNode(name="Add_0", op="ElementwiseAdd", attributes=attributes, inputs=inputs, outputs=outputs)


@pytest.fixture
def bias() -> HardwareNode:
    attributes = {
        "lhs_dtype": "INT24",
        "rhs_dtype": "INT16",
        "out_dtype": "INT25",
        "lhs_shape": (1, 1000),
        "rhs_shape": (1000,),
        "out_shape": (1, 1000),
        "rhs_style": "const",
        "PE": 1,
    }
    inputs = (tensor("lhs", (1, 1000), "INT24"), tensor("rhs", (1000,), "INT16", constant=True))
    outputs = (tensor("out", (1, 1000), "INT25"),)
    return HardwareNode(name="Add_1", op="ElementwiseAdd", attributes=attributes, inputs=inputs, outputs=outputs)


@pytest.fixture
def pool() -> HardwareNode:
    attributes = {
        "Channels": 12,
        "PE": 1,
        "KernelSize": (3, 3),
        "Function": "MaxPool",
        "OutImgDims": (4, 4),
        "InputDataType": "UINT5",
        "OutputDataType": "UINT5",
    }
    ends = {"inputs": (tensor("in", (1, 4, 4, 108)),), "outputs": (tensor("out", (1, 4, 4, 12)),)}
    return HardwareNode(name="Pool_0", op="Pool", attributes=attributes, **ends)


@pytest.fixture
def label_select() -> HardwareNode:
    attributes = {"Labels": 10, "PE": 1, "K": 5, "inputDataType": "INT16", "outputDataType": "UINT8"}
    ends = {"inputs": (tensor("in", (1, 10), "INT16"),), "outputs": (tensor("out", (1, 5), "UINT8"),)}
    return HardwareNode(name="LabelSelect_0", op="LabelSelect", attributes=attributes, **ends)


class FinnFigures:
    """FINN's own estimates of a node as it is after specialisation, weights outside."""

    def __init__(self, node: HardwareNode, attributes: dict[str, int | str]) -> None:
        from onnx import helper

        from levada.compile import _finn

        style = str(attributes.pop("preferred_impl_style"))
        merged = {**node.attributes, **attributes}
        if node.op == "MVAU":
            merged["mem_mode"] = "external"
        listed = {key: list(value) if isinstance(value, tuple) else value for key, value in merged.items()}
        names = [[end.name for end in ends] for ends in (node.inputs, node.outputs)]
        proto = helper.make_node(f"{node.op}_{style}", *names, domain=f"finn.custom_op.fpgadataflow.{style}", **listed)
        op = _finn.getCustomOp(proto)
        self.cycles = int(op.get_exp_cycles())
        self.resources = op.node_res_estimation(PART)
        self.beats = op.get_folded_output_shape()[-1], op.get_folded_input_shape()[-1]


@pytest.fixture(scope="session")
def figures(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[HardwareLayer, HardwareNode, Folding], FinnFigures]]:
    """Ask FINN for its figures of a folding of a node."""
    scratch: Path = tmp_path_factory.mktemp("finn")
    with finn_session(scratch):
        yield lambda layer, node, folding: FinnFigures(node, layer.finn_attributes(node, folding))
