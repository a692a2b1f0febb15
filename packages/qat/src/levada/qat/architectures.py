# SPDX-License-Identifier: Apache-2.0
"""What ``levada train`` knows by name; the layers themselves are imported when a network is built."""

from typing import Any, ClassVar

from levada.core.interfaces import Architecture
from levada.core.manifests import Bits


class DigitsCnn(Architecture):
    """A small residual network for scikit-learn's handwritten digits."""

    name: ClassVar[str] = "digits-cnn"
    image_shape: ClassVar[tuple[int, int, int]] = (8, 8, 1)
    dataset: ClassVar[str] = "digits"
    recipe: ClassVar[str] = "digits"

    def build(self, bits: Bits, classes: int) -> Any:
        """Return the network in torch, not yet calibrated."""
        from levada.qat.networks import digits_cnn

        return digits_cnn(bits, classes)


class ResNet(Architecture):
    """A residual network for RGB pictures, that can begin with the weights of torchvision's."""

    def build(self, bits: Bits, classes: int) -> Any:
        """Return the network in torch, not yet calibrated."""
        from levada.qat import networks

        return networks.resnet(networks.RESNETS[self.name], bits, classes)

    def float_names(self, network: Any) -> dict[str, str]:
        """Return torchvision's name of each tensor with its name in the network."""
        from levada.qat.networks import torchvision_names

        return torchvision_names(network)


class ResNet50(ResNet):
    """ResNet-50 v1.5 for photographs of 224x224 pixels, the paper's network."""

    name: ClassVar[str] = "resnet50"
    image_shape: ClassVar[tuple[int, int, int]] = (224, 224, 3)
    classes: ClassVar[int] = 1000
    dataset: ClassVar[str] = "imagenet"
    planning_dataset: ClassVar[str] = "noise"
    recipe: ClassVar[str] = "paper"


class ResNet18(ResNet):
    """ResNet-18 for pictures of 32x32 pixels: a 3x3 stem, and no pool behind it."""

    name: ClassVar[str] = "resnet18"
    image_shape: ClassVar[tuple[int, int, int]] = (32, 32, 3)
    dataset: ClassVar[str] = "cifar10"
    planning_dataset: ClassVar[str] = "noise"
    recipe: ClassVar[str] = "cifar10"


class ResNet8(ResNet):
    """MLPerf Tiny's residual network for pictures of 32x32 pixels: three blocks of 16, 32 and 64 channels."""

    name: ClassVar[str] = "resnet8"
    image_shape: ClassVar[tuple[int, int, int]] = (32, 32, 3)
    dataset: ClassVar[str] = "cifar10"
    planning_dataset: ClassVar[str] = "noise"
    recipe: ClassVar[str] = "cifar10-small"
