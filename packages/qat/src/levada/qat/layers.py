# SPDX-License-Identifier: Apache-2.0
"""Brevitas layers in the one form that FINN's streamlining brings down to integers.

Every scale ends up in a threshold: convolutions may scale per channel, because batch normalisation and a quantised ReLU follow;
the classifier scales per tensor, because only a scalar passes the selection of the best classes; and both arms of a
residual sum share one quantiser, because only equal scales pass an addition.
"""

from typing import Any

import torch
from torch import nn

from levada.core.manifests import Bits
from levada.qat.known_warnings import known_warnings

with known_warnings():
    import brevitas.nn as qnn
    from brevitas.quant import (
        Int8ActPerTensorFloat,
        Int8WeightPerChannelFloat,
        Int8WeightPerTensorFloat,
        Int16Bias,
        SignedBinaryWeightPerTensorConst,
        TruncTo8bit,
        Uint8ActPerTensorFloat,
    )

CALIBRATION_STEPS = 20
"""Forward passes over which a quantiser watches its input before its scale becomes a parameter to learn."""


class Scale(nn.Module):  # type: ignore[misc]
    """Multiply by one constant: brings integer pixels to about one, and moves into the first layer's thresholds."""

    def __init__(self, factor: float) -> None:
        """Multiply by ``factor``."""
        super().__init__()
        self.factor = factor

    def forward(self, values: Any) -> Any:
        """Return ``values`` times the factor."""
        return values * self.factor


class Residual(nn.Module):  # type: ignore[misc]
    """Add a path and its shortcut, both through the same signed quantiser, then quantise the sum."""

    def __init__(self, path: Any, shortcut: Any, bits: Bits) -> None:
        """Join two modules that give equal shapes; ``nn.Identity()`` is the plain shortcut."""
        super().__init__()
        self.path, self.shortcut = path, shortcut
        self.join = qnn.QuantIdentity(
            act_quant=Int8ActPerTensorFloat,
            bit_width=bits.residual,
            return_quant_tensor=True,
            # Called twice in each pass.
            collect_stats_steps=2 * CALIBRATION_STEPS,
        )
        self.activation = activation(bits)

    def forward(self, values: Any) -> Any:
        """Return the quantised sum."""
        return self.activation(self.join(self.path(values)) + self.join(self.shortcut(values)))


def convolution(channels: tuple[int, int], kernel: int, weight_bits: int, stride: int = 1) -> Any:
    """Return a convolution (``channels`` in, out; padded to keep the size) without bias, and its batch normalisation."""
    inputs, outputs = channels
    quantised = qnn.QuantConv2d(
        inputs,
        outputs,
        kernel,
        stride=stride,
        padding=kernel // 2,
        bias=False,
        **_weights(weight_bits),
    )
    return nn.Sequential(quantised, nn.BatchNorm2d(outputs))


def activation(bits: Bits) -> Any:
    """Return a ReLU whose output is an unsigned integer with a learned scale."""
    return qnn.QuantReLU(
        act_quant=Uint8ActPerTensorFloat,
        bit_width=bits.activations,
        return_quant_tensor=True,
        collect_stats_steps=CALIBRATION_STEPS,
    )


def basic_block(channels: tuple[int, int], bits: Bits, stride: int = 1) -> Any:
    """Return a residual block of two 3x3 convolutions; the shortcut is a 1x1 convolution where the shape changes."""
    outputs = channels[1]
    path = nn.Sequential(
        convolution(channels, 3, bits.weights, stride),
        activation(bits),
        convolution((outputs, outputs), 3, bits.weights),
    )
    return Residual(path, _shortcut(channels, bits, stride), bits)


def bottleneck(channels: tuple[int, int], bits: Bits, stride: int = 1) -> Any:
    """Return a residual block of a 1x1, a 3x3 and a 1x1 convolution, a quarter of the output channels between them.

    The 3x3 convolution has the stride (version 1.5 of ResNet-50), so that no pixel is left out.
    """
    inputs, outputs = channels
    narrow = outputs // 4
    path = nn.Sequential(
        convolution((inputs, narrow), 1, bits.weights),
        activation(bits),
        convolution((narrow, narrow), 3, bits.weights, stride),
        activation(bits),
        convolution((narrow, outputs), 1, bits.weights),
    )
    return Residual(path, _shortcut(channels, bits, stride), bits)


def average_pool(size: int, bits: Bits) -> Any:
    """Return the mean over ``size`` x ``size`` pixels, rounded down to an integer of the activations' width."""
    return qnn.TruncAvgPool2d(
        kernel_size=size,
        stride=size,
        trunc_quant=TruncTo8bit,
        bit_width=bits.activations,
        float_to_int_impl_type="floor",
        return_quant_tensor=True,
    )


def classifier(inputs: int, classes: int, bits: Bits) -> Any:
    """Return a fully-connected layer with one scale for all weights and an integer bias."""
    return qnn.QuantLinear(
        inputs,
        classes,
        bias=True,
        weight_quant=Int8WeightPerTensorFloat,
        weight_bit_width=bits.last,
        bias_quant=Int16Bias,
    )


def _shortcut(channels: tuple[int, int], bits: Bits, stride: int) -> Any:
    if stride == 1 and channels[0] == channels[1]:
        return nn.Identity()
    return convolution(channels, 1, bits.weights, stride)


def _weights(bits: int) -> dict[str, Any]:
    """Return Brevitas' arguments for convolution weights: -1 and 1 for one bit, else a scale per channel."""
    if bits == 1:
        return {"weight_quant": SignedBinaryWeightPerTensorConst}
    return {"weight_quant": Int8WeightPerChannelFloat, "weight_bit_width": bits}


def batch_norms(module: Any) -> list[Any]:
    """Return the batch normalisations of a module, in order."""
    return [part for part in module.modules() if isinstance(part, torch.nn.BatchNorm2d)]
