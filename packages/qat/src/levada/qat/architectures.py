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
