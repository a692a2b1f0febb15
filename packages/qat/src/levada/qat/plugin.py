# SPDX-License-Identifier: Apache-2.0
"""What levada-qat registers. Imports nothing heavy."""

from typing import Any

from levada.core.hookspecs import hookimpl
from levada.core.interfaces import Architecture, Dataset
from levada.core.stages import Stage
from levada.qat.architectures import DigitsCnn, ResNet8, ResNet18, ResNet50
from levada.qat.datasets.cifar10 import Cifar10
from levada.qat.datasets.imagenet import ImageNet
from levada.qat.datasets.mnist import Mnist
from levada.qat.digits import Digits
from levada.qat.images import MakeImages
from levada.qat.noise import Noise
from levada.qat.train import Train


@hookimpl
def levada_register_stage() -> list[type[Stage[Any]]]:
    """Register ``train`` and ``images``."""
    return [Train, MakeImages]


@hookimpl
def levada_register_model() -> list[type[Architecture]]:
    """Register the built-in networks."""
    return [DigitsCnn, ResNet8, ResNet18, ResNet50]


@hookimpl
def levada_register_dataset() -> list[type[Dataset]]:
    """Register the built-in data sets."""
    return [Cifar10, Digits, ImageNet, Mnist, Noise]
