# SPDX-License-Identifier: Apache-2.0
"""From a Model to a Dataflow: the pieces that the whole stage does not show."""

import io

import numpy as np
import pytest
from rich.console import Console

from levada.core.errors import GraphError
from levada.core.manifests import FlipRate
from levada.core.progress import Progress
from levada.core.testing import layer, stream


@pytest.fixture
def compiler(finn):
    from levada.compile import compiler

    return compiler


@pytest.fixture
def ends():
    first, last = stream(None, "MVAU_0", name="in", tensor="x"), stream("LabelSelect_0", None, name="out", tensor="y")
    return first, stream("MVAU_1", "AddStreams_0", name="mid", tensor="m"), last


def test_the_input_is_the_stream_from_outside(compiler, ends):
    assert compiler._end(ends, "input").name == "x"


def test_the_output_is_the_stream_to_the_outside(compiler, ends):
    tensor = compiler._end(ends, "output")
    assert (tensor.name, tensor.layout) == ("y", "NC")


@pytest.mark.parametrize(("end", "at"), [("input", 0), ("output", 2)])
def test_two_streams_at_one_end_are_refused_by_name(compiler, ends, end, at):
    with pytest.raises(
        GraphError, match=rf"expected a dataflow of one {end}, got 2: \['{ends[at].name}', '{ends[at].name}'\]"
    ):
        compiler._end((*ends, ends[at]), end)


def test_a_dataflow_without_output_is_refused(compiler, ends):
    with pytest.raises(GraphError, match=r"expected a dataflow of one output, got 0: \[\]"):
        compiler._end(ends[:2], "output")


def test_an_array_comes_back_from_its_file(compiler):
    array = np.arange(6, dtype=np.int64).reshape(2, 3)
    assert (np.load(io.BytesIO(compiler._npy(array))) == array).all()


def test_the_summary_counts_values_of_cuttable_streams_only(compiler, ends):
    flips = (FlipRate(tensor="a", elements=100, flipped=3), FlipRate(tensor="b", elements=50, flipped=0))
    text = compiler._summary((layer(),), ends, flips, 10)
    values = 10 * sum(int(np.prod(each.shape)) for each in ends if each.cuttable)
    assert text == (
        f"1 layers, 3 streams; emulation equals FINN's execution in {values} values of 10 images; "
        f"3 of 150 integers flipped since QONNX"
    )


def test_the_three_forms_are_kept_apart(compiler, residual_network):
    from levada.compile._finn import DataType, ModelWrapper

    net, output = residual_network()
    model = ModelWrapper(net.proto(output))
    model.set_tensor_datatype("pixels", DataType["UINT8"])
    graphs = compiler.transform(model, 2, Progress())
    found = [{node.op_type for node in form.graph.node} for form in (graphs.qonnx, graphs.integer, graphs.hardware)]
    assert ["Quant" in ops for ops in found] == [True, False, False]
    assert ["MultiThreshold" in ops for ops in found] == [False, True, False]
    assert ["MVAU" in ops for ops in found] == [False, False, True]


def test_progress_names_what_is_being_done(compiler, network):
    net, screen = network(), io.StringIO()
    model = compiler.ModelWrapper(net.proto(net.add("Erf", "pixels"), (1, 2, 6, 6)))
    with pytest.raises(GraphError):
        compiler.transform(model, 2, Progress(Console(file=screen)))
    assert "reading QONNX" in screen.getvalue()
