# SPDX-License-Identifier: Apache-2.0
"""Weights for a host to stream: FINN's order and packing, and what is said where the graph or the plan is wrong."""

import sys

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from levada.core.datatypes import datatype
from levada.core.errors import DependencyError, GraphError, NetworkError
from levada.core.manifests import WeightFeed
from levada.netstack.weights import pack, packed

MATRIX = np.arange(8, dtype=np.int8).reshape(4, 2) - 4  # four inputs, two outputs


def feed(pe=1, simd=2, payload_bytes=8, layer="fc"):
    return WeightFeed(
        layer=layer, unit="wdma_0", tensor=f"{layer}_weights", payload="weights_1_wdma_0",
        payload_bytes=payload_bytes, readings=1, pe=pe, simd=simd,
    )  # fmt: skip


@pytest.fixture
def graph(tmp_path):
    """Return a function that writes an emulation graph with a matrix of weights and says where it lies."""

    def write(matrix=MATRIX, kind="INT8"):
        tensor = numpy_helper.from_array(matrix, "fc_weights")
        tensor.doc_string = kind
        model = helper.make_model(helper.make_graph([], "g", [], [], [tensor]))
        onnx.save(model, tmp_path / "graph.onnx")
        return tmp_path / "graph.onnx"

    return write


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("INT4", [1, -2, 3], "e103"),
        ("UINT5", [1, 2, 3, 4, 5, 6], "410c520c"),
        ("BIPOLAR", [1, -1, 1, 1], "0d"),
        ("INT16", [258, -1], "0201ffff"),
    ],
)
def test_a_beat_is_packed_as_finn_packs_it(kind, values, expected):
    assert pack(np.array([values]), datatype(kind)).hex() == expected


def test_beats_run_over_the_inputs_first(graph):
    (content,) = packed(graph(), [feed(pe=1, simd=2)]).values()
    assert np.frombuffer(content, np.int8).tolist() == [-4, -2, 0, 2, -3, -1, 1, 3]


def test_a_beat_brings_each_pe_its_row(graph):
    (content,) = packed(graph(), [feed(pe=2, simd=2)]).values()
    assert np.frombuffer(content, np.int8).tolist() == [-4, -2, -3, -1, 0, 2, 1, 3]


def test_the_buffer_bears_the_name_of_its_payload(graph):
    assert list(packed(graph(), [feed()])) == ["weights_1_wdma_0"]


def test_narrow_weights_are_padded_beat_by_beat(graph):
    (content,) = packed(graph(kind="INT4"), [feed(pe=1, simd=1, payload_bytes=8)]).values()
    assert content.hex() == "0c0e00020d0f0103"


def test_a_plan_without_weights_outside_needs_no_onnx(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert packed(tmp_path / "nothing", []) == {}


def test_without_onnx_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(DependencyError, match=r"'fc' takes its weights from the host.*'levada-netstack\[weights\]'"):
        packed(tmp_path / "nothing", [feed()])


def test_weights_that_the_graph_does_not_keep_are_named(graph):
    with pytest.raises(GraphError, match=r"keeps no weights 'other_weights' of layer 'other' .*compile again"):
        packed(graph(), [feed(layer="other")])


def test_weights_without_a_data_type_are_refused(graph):
    with pytest.raises(GraphError, match=r"keeps no weights 'fc_weights' .* with their data type"):
        packed(graph(kind=""), [feed()])


def test_a_folding_that_does_not_divide_them_is_refused(graph):
    with pytest.raises(NetworkError, match=r"PE 1 and SIMD 3 do not divide its weights of \(4, 2\); plan again"):
        packed(graph(), [feed(simd=3)])


def test_another_size_than_planned_is_refused(graph):
    text = r"weights of \(4, 2\) INT8 are 8 bytes in beats of 1 × 2, the plan says 9; plan again"
    with pytest.raises(NetworkError, match=text):
        packed(graph(), [feed(payload_bytes=9)])
