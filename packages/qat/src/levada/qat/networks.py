# SPDX-License-Identifier: Apache-2.0
"""The built-in networks, put together from :mod:`levada.qat.layers`."""

from collections import OrderedDict
from typing import Any

from torch import nn

from levada.core.manifests import Bits
from levada.qat import layers


def digits_cnn(bits: Bits, classes: int) -> Any:
    """Return a residual network for 8x8 grey pictures of values 0 to 16.

    Six convolutions: a stem, a block with a plain shortcut, and one that halves the picture with a 1x1 convolution beside it.
    """
    parts = OrderedDict(
        scale=layers.Scale(1 / 16),
        stem=nn.Sequential(layers.convolution((1, 8), 3, bits.first), layers.activation(bits)),
        block1=layers.basic_block((8, 8), bits),
        block2=layers.basic_block((8, 16), bits, stride=2),
        pool=layers.average_pool(4, bits),
        flatten=nn.Flatten(),
        classifier=layers.classifier(16, classes, bits),
    )
    return nn.Sequential(parts)
