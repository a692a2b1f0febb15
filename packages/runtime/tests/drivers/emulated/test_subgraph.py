# SPDX-License-Identifier: Apache-2.0
"""Cutting a part out of the emulation graph."""

import numpy as np
import pytest

from levada.core.errors import DependencyError, GraphError


@pytest.fixture
def streams(rig):
    return {stream.name: stream for stream in rig.streams()}


def part(rig, streams, inputs, outputs):
    from levada.runtime.drivers.emulated.subgraph import extract

    return extract(rig.model(), [streams[name] for name in inputs], [streams[name] for name in outputs])


def run(model, **feeds):
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def test_a_part_computes_what_the_whole_computes_there(rig, streams):
    tensors = rig.reference(rig.pictures(3))
    model = part(rig, streams, ["A->B"], ["B->C"])
    (came,) = run(model, s=tensors["A->B"].astype(np.uint8))
    assert np.array_equal(came, tensors["B->C"])


def test_a_part_with_several_outputs_has_them_in_order(rig, streams):
    model = part(rig, streams, ["input->A"], ["A->D", "A->B"])
    assert [value.name for value in model.graph.output] == ["skip", "s"]


def test_a_part_joins_several_inputs(rig, streams):
    tensors = rig.reference(rig.pictures(3))
    model = part(rig, streams, ["C->D", "A->D"], ["D->output"])
    (came,) = run(model, u=tensors["C->D"].astype(np.uint8), skip=tensors["A->D"].astype(np.int8))
    assert np.array_equal(came, tensors["D->output"])


def test_only_the_nodes_of_the_part_are_kept(rig, streams):
    whole, model = rig.model(), part(rig, streams, ["A->B"], ["B->C"])
    assert len(model.graph.node) == 6
    assert len(model.graph.initializer) < len(whole.graph.initializer)


def test_every_cut_of_the_chain_together_is_the_whole(rig, streams):
    pictures = rig.pictures(4)
    s, skip = run(part(rig, streams, ["input->A"], ["A->B", "A->D"]), x=pictures)
    (u,) = run(part(rig, streams, ["A->B"], ["C->D"]), s=s)
    (y,) = run(part(rig, streams, ["C->D", "A->D"], ["D->output"]), u=u, skip=skip)
    assert np.array_equal(y, rig.reference(pictures)["D->output"])


def test_the_batch_is_symbolic_and_types_are_canonical(rig, streams):
    model = part(rig, streams, ["A->D", "C->D"], ["D->output"])
    kinds = {value.name: value.type.tensor_type for value in model.graph.input}
    assert kinds["skip"].shape.dim[0].dim_param == "N"
    assert kinds["skip"].elem_type == 3  # INT8


def test_versions_stay_as_old_runtimes_read_them(rig, streams):
    model = part(rig, streams, ["A->B"], ["B->C"])
    assert (model.ir_version, model.opset_import[0].version) == (10, 21)


def test_an_output_that_needs_what_enters_elsewhere_is_named(rig, streams):
    with pytest.raises(GraphError, match=r"tensor 'x' .* is needed to compute s, but it enters on another card"):
        part(rig, streams, ["B->C"], ["A->B"])


def test_an_output_that_nothing_computes_is_named(rig, streams):
    from msgspec.structs import replace

    odd = {"odd": replace(streams["B->C"], name="odd", tensor="nothing")}
    with pytest.raises(
        GraphError, match=r"tensor 'nothing' .*nothing in the graph computes it; compile the model again"
    ):
        part(rig, {**streams, **odd}, ["A->B"], ["odd"])


def test_without_onnx_the_extra_is_named(rig, streams, monkeypatch):
    import sys

    model = rig.model()
    monkeypatch.setitem(sys.modules, "onnx", None)
    from levada.runtime.drivers.emulated.subgraph import extract

    with pytest.raises(DependencyError, match=r"pip install 'levada-runtime\[emulated\]'"):
        extract(model, [streams["A->B"]], [streams["B->C"]])


def test_weights_from_outside_are_an_input_and_no_constant(rig, streams):
    from levada.runtime.drivers.emulated.subgraph import extract
    from levada.runtime.drivers.emulated.weights import Matrix

    feed = rig.fed(rig.deployment(1, "loop")).cards[0].weights[0]
    ends = [streams["C->D"], streams["A->D"]], [streams["D->output"]]
    model = extract(rig.model(), *ends, [Matrix.of(rig.model().graph, feed)])
    assert [value.name for value in model.graph.input] == ["u", "skip", "D_weights"]
    assert "D_weights" not in {constant.name for constant in model.graph.initializer}
