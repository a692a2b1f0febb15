# SPDX-License-Identifier: Apache-2.0
"""The built-in networks, put together from :mod:`levada.qat.layers`."""

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from torch import nn

from levada.core.manifests import Bits, Record
from levada.qat import layers

RGB_SCALE = 1 / 58
"""Brings pixels of photographs, bytes less 128, to a deviation of about one, as ImageNet's have 57 to 58 (0.225 to 0.229 of 255)."""

_KINDS = {"0": "conv", "1": "bn"}

Block = Callable[[tuple[int, int], Bits, int], Any]
"""Makes a residual block of input and output channels, widths and stride."""


class Stem(Record, frozen=True, kw_only=True):
    """The first convolution of a residual network; ``pool`` halves the picture again behind its activation."""

    channels: int
    kernel: int
    stride: int = 1
    pool: bool = False


class Stack(Record, frozen=True, kw_only=True):
    """Blocks of equal width; the first has the stride."""

    blocks: int
    channels: int
    stride: int = 2


class ResNet(Record, frozen=True, kw_only=True):
    """The form of a residual network; ``last_size`` is height and width of what the last stack gives."""

    block: Block
    stem: Stem
    stacks: tuple[Stack, ...]
    last_size: int


RESNET50 = ResNet(
    block=layers.bottleneck,
    stem=Stem(channels=64, kernel=7, stride=2, pool=True),
    stacks=(
        Stack(blocks=3, channels=256, stride=1),
        Stack(blocks=4, channels=512),
        Stack(blocks=6, channels=1024),
        Stack(blocks=3, channels=2048),
    ),
    last_size=7,
)
"""ResNet-50 v1.5 for 224x224 pixels."""

RESNET18 = ResNet(
    block=layers.basic_block,
    stem=Stem(channels=64, kernel=3),
    stacks=(
        Stack(blocks=2, channels=64, stride=1),
        Stack(blocks=2, channels=128),
        Stack(blocks=2, channels=256),
        Stack(blocks=2, channels=512),
    ),
    last_size=4,
)
"""ResNet-18 for 32x32 pixels: a 3x3 stem, and no pool behind it."""

RESNET8 = ResNet(
    block=layers.basic_block,
    stem=Stem(channels=16, kernel=3),
    stacks=(
        Stack(blocks=1, channels=16, stride=1),
        Stack(blocks=1, channels=32),
        Stack(blocks=1, channels=64),
    ),
    last_size=8,
)
"""The small residual network of MLPerf Tiny's image classification, for 32x32 pixels."""

RESNETS = {"resnet50": RESNET50, "resnet18": RESNET18, "resnet8": RESNET8}
"""By the architecture's name."""


def resnet(form: ResNet, bits: Bits, classes: int) -> Any:
    """Return a residual network for RGB pictures, pixels -128 to 127.

    Its parts bear torchvision's names where there are any (``layer1.0``).
    """
    parts = OrderedDict(scale=layers.Scale(RGB_SCALE), stem=_stem(form.stem, bits))
    inputs = form.stem.channels
    for number, stack in enumerate(form.stacks, 1):
        parts[f"layer{number}"] = _stack(form.block, inputs, stack, bits)
        inputs = stack.channels
    parts["pool"] = layers.average_pool(form.last_size, bits)
    parts["flatten"] = nn.Flatten()
    parts["classifier"] = layers.classifier(inputs, classes, bits)
    return nn.Sequential(parts)


def torchvision_names(network: Any) -> dict[str, str]:
    """Return the names that torchvision gives the tensors of a residual network, each with that of the tensor here."""
    pairs: dict[str, str] = {}
    for name, part in network.named_modules():
        if isinstance(part, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)):
            theirs = _torchvision_name(name)
            pairs |= {f"{theirs}.{leaf}": f"{name}.{leaf}" for leaf in _leaves(part)}
    return pairs


def _torchvision_name(name: str) -> str:
    """Return ``layer1.0.conv2`` for ``layer1.0.path.2.0``: in a path, convolution and activation take turns."""
    if name == "classifier":
        return "fc"
    if found := re.fullmatch(r"(layer\d+\.\d+)\.path\.(\d+)\.([01])", name):
        return f"{found[1]}.{_KINDS[found[3]]}{int(found[2]) // 2 + 1}"
    if found := re.fullmatch(r"stem\.0\.([01])", name):
        return f"{_KINDS[found[1]]}1"
    return name.replace(".shortcut.", ".downsample.")


def _leaves(part: Any) -> tuple[str, ...]:
    if isinstance(part, nn.BatchNorm2d):
        return ("weight", "bias", "running_mean", "running_var")
    return ("weight",) if part.bias is None else ("weight", "bias")


def _stem(stem: Stem, bits: Bits) -> Any:
    entry = [layers.convolution((3, stem.channels), stem.kernel, bits.first, stem.stride), layers.activation(bits)]
    return nn.Sequential(*entry, *([nn.MaxPool2d(3, stride=2, padding=1)] if stem.pool else []))


def _stack(block: Block, inputs: int, stack: Stack, bits: Bits) -> Any:
    first = block((inputs, stack.channels), bits, stack.stride)
    rest = (block((stack.channels, stack.channels), bits, 1) for _ in range(stack.blocks - 1))
    return nn.Sequential(first, *rest)


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
