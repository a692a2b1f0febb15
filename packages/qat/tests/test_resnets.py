# SPDX-License-Identifier: Apache-2.0
import brevitas.nn as qnn
import pytest
import torch
from torch import nn

from levada.core.testing.conformance import ArchitectureConformance
from levada.qat.architectures import ResNet8, ResNet18, ResNet50
from levada.qat.bits import parse_bits
from levada.qat.layers import Residual
from levada.qat.networks import RGB_SCALE, torchvision_names

SIZES = {ResNet8: 32, ResNet18: 32, ResNet50: 224}


@pytest.fixture(scope="module", params=SIZES, ids=lambda kind: kind.name)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def network(kind):
    return kind().build(parse_bits("w4a5"), kind.classes)


@pytest.fixture(scope="module")
def resnet50():
    return ResNet50().build(parse_bits("w1a2"), 1000)


@pytest.fixture(scope="module")
def sizes(resnet50):
    """Return the shape of what each part of ResNet-50 gives; of one picture, which batch normalisation refuses to average."""
    seen, whole = {}, resnet50.eval()
    hooks = [
        part.register_forward_hook(lambda _module, _inputs, output, name=name: seen.update({name: tuple(output.shape)}))
        for name, part in whole.named_children()
    ]
    with torch.no_grad():
        whole(torch.zeros(1, 3, 224, 224))
    for hook in hooks:
        hook.remove()
    return seen


def convolutions(network):
    return [part for part in network.modules() if isinstance(part, nn.Conv2d)]


def shortcuts(network):
    return [part.shortcut for part in network.modules() if isinstance(part, Residual)]


def bits_of(part):
    return 1 if "Binary" in type(part.weight_quant.tensor_quant).__name__ else int(part.weight_quant.bit_width())


class TestResNet8(ArchitectureConformance):
    architecture = ResNet8


class TestResNet18(ArchitectureConformance):
    architecture = ResNet18


def test_there_are_as_many_convolutions_as_published(kind, network):
    # The name counts the layers on the longest way; shortcuts with weights come on top.
    assert len(convolutions(network)) == {ResNet8: 9, ResNet18: 20, ResNet50: 53}[kind]


def test_shortcuts_have_weights_where_the_shape_changes_only(kind, network):
    weighted = [not isinstance(shortcut, nn.Identity) for shortcut in shortcuts(network)]
    blocks = {ResNet8: [1, 1, 1], ResNet18: [2, 2, 2, 2], ResNet50: [3, 4, 6, 3]}[kind]
    expected = [block == 0 and (kind is ResNet50 or stack > 0) for stack, n in enumerate(blocks) for block in range(n)]
    assert weighted == expected


def test_the_first_and_the_last_layer_have_eight_bits_and_all_others_four(network):
    layers = [*convolutions(network), network.classifier]
    assert [bits_of(layer) for layer in layers] == [8, *[4] * (len(layers) - 2), 8]


def test_one_bit_is_for_all_convolutions_but_the_first(resnet50):
    assert [bits_of(layer) for layer in convolutions(resnet50)] == [8, *[1] * 52]


def test_the_halving_is_done_by_the_three_by_three_convolution():
    network = ResNet50().build(parse_bits("w2a2"), 2)
    strided = {
        part.kernel_size
        for block in (network.layer2[0].path, network.layer3[0].path)
        for part in convolutions(block)
        if part.stride == (2, 2)
    }
    assert strided == {(3, 3)}


def test_pixels_are_scaled_by_one_number(network):
    assert (network.scale.factor, RGB_SCALE) == (1 / 58, 1 / 58)


def test_activations_and_sums_have_the_widths_asked_for():
    network = ResNet8().build(parse_bits("w4a2r4"), 10)
    widths = [
        (int(part.act_quant.bit_width()), type(part))
        for part in network.modules()
        if isinstance(part, (qnn.QuantReLU, qnn.QuantIdentity))
    ]
    assert {(2, qnn.QuantReLU), (4, qnn.QuantIdentity)} == set(widths)


def test_resnet50_pools_behind_the_first_activation(resnet50):
    assert [type(part) for part in resnet50.stem][-2:] == [qnn.QuantReLU, nn.MaxPool2d]


def test_small_pictures_are_not_pooled_behind_the_stem():
    stem = ResNet18().build(parse_bits("w4a5"), 10).stem
    assert (stem[0][0].kernel_size, stem[0][0].stride, len(stem)) == ((3, 3), (1, 1), 2)


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        ("stem", (64, 56, 56)),
        ("layer1", (256, 56, 56)),
        ("layer2", (512, 28, 28)),
        ("layer3", (1024, 14, 14)),
        ("layer4", (2048, 7, 7)),
        ("pool", (2048, 1, 1)),
        ("classifier", (1000,)),
    ],
)
def test_each_part_of_resnet50_gives_the_published_size(sizes, part, shape):
    assert sizes[part] == (1, *shape)


def test_resnet50_has_the_published_number_of_parameters(resnet50):
    # torchvision: 25 557 032. The network here has scales besides, but no other weights.
    shapes = [
        resnet50.get_parameter(name).numel() for name in torchvision_names(resnet50).values() if "running" not in name
    ]
    assert sum(shapes) == 25_557_032


def test_every_convolution_has_the_name_that_torchvision_gives_it():
    names = torchvision_names(ResNet50().build(parse_bits("w4a5"), 1000))
    pairs = {
        "conv1.weight": "stem.0.0.weight",
        "layer3.5.conv3.weight": "layer3.5.path.4.0.weight",
        "fc.bias": "classifier.bias",
    }
    assert pairs.items() <= names.items()


def test_normalisations_and_shortcuts_have_torchvisions_names():
    names = torchvision_names(ResNet8().build(parse_bits("w4a5"), 10))
    assert names["layer2.0.bn2.running_var"] == "layer2.0.path.2.1.running_var"
    assert names["layer3.0.downsample.1.bias"] == "layer3.0.shortcut.1.bias"


def test_no_two_tensors_go_to_one_place(network):
    names = torchvision_names(network)
    assert len(set(names.values())) == len(names) == 5 * len(convolutions(network)) + 2
