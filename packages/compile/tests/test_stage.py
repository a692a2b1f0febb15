# SPDX-License-Identifier: Apache-2.0
"""The whole stage: a Model in, a Dataflow out."""

import hashlib

import msgspec
import numpy as np
import onnxruntime
import pytest

from levada.compile.stage import Compile
from levada.core.artefact import save
from levada.core.errors import DatasetError, GraphError, NotRegisteredError, OptionError
from levada.core.manifests import Dataflow


@pytest.fixture
def flow(compiled):
    return compiled[0]


@pytest.fixture
def payload(compiled):
    return compiled[1].payload


@pytest.fixture
def cuttable(flow):
    return [stream for stream in flow.streams if stream.cuttable]


def answered(payload, images):
    session = onnxruntime.InferenceSession(
        payload("emulation_graph").SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {session.get_inputs()[0].name: images})[0]


def test_the_key_of_the_cache_names_every_tool_that_matters():
    assert set(Compile.tools) >= {"finn-plus", "qonnx", "onnx", "onnxruntime"}


def test_board_and_part_are_named(flow):
    assert (flow.board, flow.part) == ("u280", "xcu280-fsvh2892-2L-e")


def test_input_and_output_are_as_the_network_has_them(flow):
    assert (flow.input.shape, flow.input.datatype, flow.input.layout) == ((6, 6, 2), "UINT8", "NHWC")
    assert (flow.output.shape, flow.output.layout) == ((2,), "NC")


def test_ends_are_ends_of_the_emulation_graph(flow, payload):
    graph = payload("emulation_graph").graph
    assert (graph.input[0].name, graph.output[0].name) == (flow.input.name, flow.output.name)


def test_every_cuttable_stream_is_a_typed_tensor_of_the_emulation_graph(payload, cuttable):
    graph = payload("emulation_graph").graph
    known = {value.name for value in (*graph.input, *graph.output, *graph.value_info)}
    assert {stream.tensor for stream in cuttable} <= known


def test_the_emulation_graph_gives_the_golden_answers(payload):
    assert answered(payload, payload("golden_inputs")).tolist() == payload("golden_answers").tolist()


def test_answers_do_not_depend_on_the_batch(payload):
    images = payload("golden_inputs")
    one_by_one = np.concatenate([answered(payload, image[None]) for image in images])
    assert one_by_one.tolist() == answered(payload, images).tolist()


def test_digests_stand_in_the_order_of_the_cuttable_streams(flow, payload, cuttable):
    digests, images = payload("golden_digests"), payload("golden_inputs")
    assert digests.shape == (len(cuttable), flow.golden_count, 32)
    assert digests[0, 2].tobytes() == hashlib.sha256(images[2].tobytes()).digest()


def test_every_cuttable_stream_and_no_other_has_its_digest(flow, cuttable):
    assert [stream for stream in flow.streams if stream.sha256] == cuttable


def test_flips_are_reported_for_every_activation_quantiser(flow):
    assert len(flow.flips) == 10
    assert all(rate.elements for rate in flow.flips)


def test_all_payloads_of_a_dataflow_are_there(flow, compiled, tmp_path):
    artefact = save(tmp_path / "dataflow", flow, compiled[1].work.payloads)
    assert set(Dataflow.PAYLOADS) <= set(artefact.manifest.files)


def test_labels_and_scores_are_carried(flow):
    assert flow.labels
    assert flow.scores


def test_true_labels_are_carried_for_the_run(compiled):
    assert "golden_labels" in compiled[1].work.payloads


def test_no_path_of_this_machine_is_in_the_graphs(compiled):
    work = compiled[1].work
    graphs = [work.payloads[name].read_bytes() for name in ("finn_graph", "emulation_graph")]
    assert not [graph for graph in graphs if str(work.scratch).encode() in graph or b"/home/" in graph]


def test_the_same_work_gives_the_same_bytes(compiled, compiling, residual_network):
    again = compiling(*residual_network(), top_k=2)
    assert msgspec.structs.asdict(again) == msgspec.structs.asdict(compiled[0])
    for name, path in compiled[1].work.payloads.items():
        assert path.read_bytes() == compiling.work.payloads[name].read_bytes(), name


def test_nothing_is_left_in_the_current_folder(compiling, network, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    net = network(size=4)
    x = net.relu(net.conv(net.scale("pixels"), 3, bits=8))
    compiling(net, net.classify(net.average(x, 4)))
    assert not list((tmp_path / "here").iterdir())


def test_a_board_that_nobody_registered_is_refused_before_finn_starts(compiling, residual_network):
    net, output = residual_network()
    model = compiling.model(net.proto(output).SerializeToString(), net.shape)
    with pytest.raises(NotRegisteredError, match="u999"):
        compiling.run(model, board="u999")


@pytest.mark.parametrize("k", [0, -1])
def test_less_than_one_label_is_refused_before_finn_starts(compiling, k):
    with pytest.raises(OptionError, match=f"expected --top-k of at least 1, got {k}"):
        compiling.run(compiling.model(b"", (6, 6, 2)), top_k=k)


def test_flips_of_fewer_than_no_images_are_refused_before_finn_starts(compiling):
    with pytest.raises(OptionError, match="expected --flip-images of 0 or more, got -1"):
        compiling.run(compiling.model(b"", (6, 6, 2)), flip_images=-1)


def test_a_file_of_fifos_that_is_not_there_is_refused_before_finn_starts(compiling):
    with pytest.raises(OptionError, match="--fifos: expected rule, finn-examples or a file, got 'none.toml'"):
        compiling.run(compiling.model(b"", (6, 6, 2)), fifos="none.toml")


def test_flips_are_counted_over_as_many_images_as_asked_for_and_fifos_taken_from_the_file(
    compiling, residual_network, tmp_path
):
    net, output = residual_network()
    (tmp_path / "fifos.toml").write_text('"input->FMPadding_0" = { depth = 77, status = "proven" }\n')
    model = compiling.model(net.proto(output).SerializeToString(), net.shape)
    flow = compiling.run(model, flip_images=2, fifos=str(tmp_path / "fifos.toml"))
    assert flow.flips[0].elements == 2 * 6 * 6 * 4
    assert (flow.streams[0].fifo.depth, flow.streams[0].fifo.status) == (77, "proven")


def test_golden_images_that_do_not_fit_are_refused(compiling, residual_network):
    with pytest.raises(DatasetError, match="expected images of type uint8"):
        compiling(*residual_network(), images=np.zeros((2, 5, 5, 2), np.uint8))


def test_a_graph_that_is_none_is_refused(compiling):
    with pytest.raises(GraphError, match="expected an ONNX graph in"):
        compiling.run(compiling.model(b"no graph at all", (6, 6, 2)))
