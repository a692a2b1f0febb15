# SPDX-License-Identifier: Apache-2.0
"""The kit for trainable networks."""

from typing import Any

from levada.core.interfaces import Architecture
from levada.core.manifests import Bits

W4A5 = Bits(weights=4, activations=5, first=8, last=8, residual=5)
W2A2 = Bits(weights=2, activations=2, first=8, last=8, residual=4)


class ArchitectureConformance:
    """Tests of a trainable network: name its class as ``architecture``."""

    architecture: type[Architecture]
    classes = 10

    def test_its_image_shape_is_height_width_channels(self) -> None:
        shape = self.architecture.image_shape
        assert len(shape) == 3, f"image_shape needs three sizes, it is {shape}"
        assert all(size > 0 for size in shape), f"image_shape {shape} is empty"

    def test_it_names_what_it_is_trained_on(self) -> None:
        assert self.architecture.dataset, "an architecture needs the name of a data set"
        assert self.architecture.recipe, "an architecture needs the name of a recipe"

    def test_it_gives_a_score_per_class(self) -> None:
        self._assert_scores(W4A5)

    def test_it_can_be_built_in_other_bit_widths(self) -> None:
        self._assert_scores(W2A2)

    def test_what_it_builds_can_be_trained(self) -> None:
        module = self.architecture().build(W4A5, self.classes)
        assert any(parameter.requires_grad for parameter in module.parameters()), "it has no parameter to train"

    def _assert_scores(self, bits: Bits) -> None:
        module = self.architecture().build(bits, self.classes)
        module.eval()
        shape = tuple(module(self._pixels(module)).shape)
        assert shape == (2, self.classes), f"two images and {self.classes} classes gave scores of shape {shape}"

    def _pixels(self, module: Any) -> Any:
        """Return two black images, NCHW; made by a parameter, so that no torch is imported here."""
        height, width, channels = self.architecture.image_shape
        return next(iter(module.parameters())).new_zeros((2, channels, height, width))
