# SPDX-License-Identifier: Apache-2.0
"""The passes in order: nothing changes what the network computes, and hardware layers come out."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levada.core.errors import GraphError

IMAGES = np.random.default_rng(5).integers(0, 256, (3, 6, 6, 2)).astype(np.float32)
SCORES = ("start", "tag quantisers", "clean up", "convert quantisers", "fold constants")
LABELS = (
    "end in labels", "absorb offsets of signed quantisers", "streamline", "single precision", "lower convolutions",
    "infer pooling", "cancel transposes", "infer hardware layers", "drop the input's transpose", "narrow",
)  # fmt: skip


def answers(model, images):
    """Return the outputs of a form of the network, whichever layout it takes."""
    from levada.compile._finn import InferShapes, execute_onnx

    model = model.transform(InferShapes())
    source, result = model.graph.input[0].name, model.graph.output[0].name
    last = model.get_tensor_shape(source)[-1] == 2
    batches = images if last else np.moveaxis(images, -1, 1)
    return np.concatenate([execute_onnx(model, {source: image[None]})[result] for image in batches])


@pytest.fixture
def pipeline(finn):
    from levada.compile import pipeline

    return pipeline


@pytest.fixture
def scores(finn, forms):
    return answers(forms["start"], IMAGES)


def test_the_table_keeps_its_own_order(pipeline):
    from levada.compile.passes import check_order

    check_order(pipeline.whole(5))


def test_every_pass_says_why_it_is_there(pipeline):
    assert all(len(each.reason) > 20 for each in pipeline.whole(5))


def test_pass_names_are_unique_and_all_tried_below(pipeline):
    assert [each.name for each in pipeline.whole(5)] == [*SCORES[1:], *LABELS]


@pytest.mark.parametrize("name", SCORES)
def test_class_scores_stay_the_same(finn, forms, scores, name):
    np.testing.assert_allclose(answers(forms[name], IMAGES), scores, atol=1e-4)


@pytest.mark.parametrize("name", LABELS)
def test_labels_stay_the_same(finn, forms, scores, name):
    best = np.argsort(-scores, axis=1, kind="stable")[:, :2]
    assert answers(forms[name], IMAGES).tolist() == best.tolist()


def test_hardware_layers_come_out(forms):
    found = Counter(node.op_type for node in forms["narrow"].graph.node)
    assert found == {
        "FMPadding": 5, "ConvolutionInputGenerator": 7, "MVAU": 7, "Thresholding": 3, "DuplicateStreams": 2,
        "ElementwiseAdd": 3, "Pool": 1, "LabelSelect": 1,
    }  # fmt: skip


def test_the_hardware_takes_images_channels_last(forms):
    model = forms["narrow"]
    assert model.get_tensor_shape(model.graph.input[0].name) == [1, 6, 6, 2]
    assert model.get_tensor_datatype(model.graph.input[0].name).name == "UINT8"


def test_sums_are_as_narrow_as_their_values(forms):
    model = forms["narrow"]
    joins = [node for node in model.graph.node if node.op_type == "ElementwiseAdd"]
    assert model.get_tensor_datatype(joins[0].output[0]).name == "INT6"


def test_bipolar_weights_keep_their_one_bit(pipeline, residual_network):
    from levada.compile._finn import DataType, ModelWrapper
    from levada.compile.compiler import transform
    from levada.core.progress import Progress

    net, output = residual_network(bits=2, weights=1)
    model = ModelWrapper(net.proto(output))
    model.set_tensor_datatype("pixels", DataType["UINT8"])
    hardware = transform(model, 2, Progress()).hardware
    kinds = {hardware.get_tensor_datatype(node.input[1]).name for node in hardware.graph.node if node.op_type == "MVAU"}
    assert kinds == {"BIPOLAR", "INT8"}


def test_a_pooled_fork_into_an_identity_shortcut_compiles(compiling, network):
    net = network(channels=3, size=12)
    x = net.max_pool(net.relu(net.conv(net.scale("pixels"), 4, 7, 2, 8)))
    flow = compiling(net, net.classify(net.average(net.block(x, 4), 3)))
    assert Counter(layer.op for layer in flow.layers)["Pool"] == 2


def test_signed_pixels_compile(compiling, network):
    net = network(size=4)
    images = np.random.default_rng(0).integers(-128, 128, (2, 4, 4, 2)).astype(np.int8)
    x = net.relu(net.conv(net.scale("pixels"), 3, bits=8))
    flow = compiling(net, net.classify(net.average(x, 4)), images=images, datatype="INT8")
    assert flow.input.datatype == "INT8"


def test_joins_of_different_scales_are_refused(compiling, network):
    net = network(size=4)
    x = net.relu(net.conv(net.scale("pixels"), 3))
    joined = net.add("Add", net.quant(net.conv(x, 3), 5, 0.5), net.quant(net.conv(x, 3), 5, 0.3))
    with pytest.raises(GraphError, match="share one quantiser between the arms of a join"):
        compiling(net, net.classify(net.average(net.relu(joined), 4)))


def test_an_activation_that_is_not_quantised_is_refused(compiling, network):
    net = network(size=4)
    x = net.conv(net.add("Relu", net.conv(net.scale("pixels"), 3)), 3)
    with pytest.raises(
        GraphError, match=r"operator '(Mul|Relu|BatchNormalization|Add|Conv|MatMul)' .* cannot be streamed"
    ):
        compiling(net, net.classify(net.average(net.relu(x), 4)))


def test_an_operator_that_cannot_be_streamed_is_refused_with_its_neighbours(compiling, network):
    net = network(size=4)
    x = net.relu(net.add("Sigmoid", net.conv(net.scale("pixels"), 3)))
    with pytest.raises(
        GraphError, match=r"'Sigmoid' .*between BatchNormalization 'node_.*' and Relu 'node_.*'\) cannot be streamed"
    ):
        compiling(net, net.classify(net.average(x, 4)))


class Drawn:
    """A network drawn at random: blocks of any stride and width, with or without pooling, of any bit widths."""

    def __init__(self, network, draw):
        self.net = network(
            channels=draw(st.integers(1, 3)), size=draw(st.sampled_from([4, 6])), seed=draw(st.integers(0, 99))
        )
        self.bits, self.weights = draw(st.integers(2, 5)), draw(st.sampled_from([1, 2, 4]))
        size, x = self.net.shape[0], self.net.scale("pixels")
        x = self.net.relu(self.net.conv(x, draw(st.integers(2, 4)), draw(st.sampled_from([1, 3])), bits=8), self.bits)
        pooled = draw(st.booleans())
        if pooled:
            x, size = self.net.max_pool(x), size // 2
        for _ in range(draw(st.integers(int(pooled), 2))):  # FINN takes no averaging right behind the other pooling
            stride = draw(st.sampled_from([1, 2])) if size % 2 == 0 else 1
            x, size = self.net.block(x, draw(st.sampled_from([2, 4])), stride, self.bits, self.weights), size // stride
        self.output = self.net.classify(self.net.average(x, size, self.bits), draw(st.integers(2, 12)))


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_small_residual_network_compiles_and_is_emulated_exactly(network, data, tmp_path_factory, anew):
    drawn = Drawn(network, data.draw)
    flow = anew(tmp_path_factory.mktemp("drawn"))(drawn.net, drawn.output)
    assert flow.layers[-1].op == "LabelSelect"
    assert all(stream.sha256 for stream in flow.streams if stream.cuttable)
