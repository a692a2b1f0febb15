# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from torch import nn

from levada.core.manifests import Bits
from levada.qat import layers
from levada.qat.bits import parse_bits

W4A5 = parse_bits("w4a5")


def watched(module, values):
    """Pass values through a module until its quantisers have learned their scales."""
    module.train()
    with torch.no_grad():
        for _ in range(layers.CALIBRATION_STEPS + 1):
            module(values)
    return module.eval()


@pytest.fixture(scope="module")
def block():
    torch.manual_seed(0)
    entry = nn.Sequential(layers.Scale(1 / 16), layers.activation(W4A5), layers.basic_block((1, 4), W4A5, stride=2))
    return watched(entry, torch.randint(0, 17, (8, 1, 8, 8)).float())


@pytest.fixture(scope="module")
def arms(block):
    seen = []
    handle = block[2].join.register_forward_hook(lambda module, inputs, output: seen.append(output))
    block(pixels())
    handle.remove()
    return seen


def pixels():
    return torch.randint(0, 17, (2, 1, 8, 8), generator=torch.Generator().manual_seed(1)).float()


def test_scale_multiplies():
    assert torch.equal(layers.Scale(0.25)(torch.tensor([4.0, 8.0])), torch.tensor([1.0, 2.0]))


def test_an_activation_is_an_unsigned_integer_of_its_width():
    values = watched(layers.activation(W4A5), torch.linspace(-1, 1, 500))(torch.linspace(-2, 2, 500))
    integers = values.int(float_datatype=False)
    assert (int(integers.min()), int(integers.max())) == (0, 31)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_keeps_the_size_or_halves_it(stride):
    assert layers.convolution((1, 3), 3, 4, stride)(pixels()).shape == (2, 3, 8 // stride, 8 // stride)


@pytest.mark.parametrize(("bits", "most"), [(2, 1), (4, 7), (8, 127)])
def test_weights_are_symmetric_integers(bits, most):
    weights = layers.convolution((8, 8), 3, bits)[0].quant_weight().int(float_datatype=False)
    assert (int(weights.min()), int(weights.max())) == (-most, most)


def test_one_bit_weights_are_plus_and_minus_one():
    weight = layers.convolution((8, 8), 3, 1)[0].quant_weight()
    assert set((weight.value / weight.scale).unique().round().tolist()) == {-1.0, 1.0}


def test_convolutions_scale_each_channel():
    assert layers.convolution((8, 8), 3, 4)[0].quant_weight().scale.numel() == 8


def test_the_classifier_has_one_scale():
    assert layers.classifier(8, 10, W4A5).quant_weight().scale.numel() == 1


def test_the_classifier_keeps_the_last_layers_width():
    bits = Bits(weights=2, activations=4, first=8, last=6, residual=4)
    assert int(layers.classifier(8, 10, bits).quant_weight().bit_width) == 6


def test_both_arms_of_a_sum_have_the_same_scale(arms):
    assert torch.equal(arms[0].scale, arms[1].scale)


def test_the_arms_are_signed_integers_of_the_residual_width(arms):
    assert all(arm.signed and int(arm.bit_width) == W4A5.residual for arm in arms)


def test_a_plain_shortcut_is_no_convolution():
    assert isinstance(layers.basic_block((4, 4), W4A5).shortcut, nn.Identity)


@pytest.mark.parametrize(("channels", "stride"), [((4, 8), 1), ((4, 4), 2)])
def test_a_shortcut_follows_a_change_of_shape(channels, stride):
    assert layers.basic_block(channels, W4A5, stride).shortcut[0].kernel_size == (1, 1)


def test_the_mean_is_rounded_down(block):
    quantised = block(pixels())
    pooled = layers.average_pool(4, W4A5).eval()(quantised)
    sums = quantised.int(float_datatype=False).to(torch.int64).sum(dim=(2, 3))
    assert torch.equal(torch.round(pooled.value / quantised.scale).to(torch.int64).flatten(1), sums // 16)


def test_batch_norms_are_found_in_order():
    module = nn.Sequential(layers.convolution((1, 2), 3, 4), layers.convolution((2, 3), 3, 4))
    assert [norm.num_features for norm in layers.batch_norms(module)] == [2, 3]
