# SPDX-License-Identifier: Apache-2.0
"""Uniform noise in the shape of any network: enough to calibrate one for planning where there is no data."""

from pathlib import Path
from typing import Any, ClassVar

from levada.core.errors import DatasetError
from levada.core.interfaces import Dataset, Split
from levada.core.manifests import Preprocessing

SEEDS = {"train": 0, "test": 1}
MOST_PICTURES = 256
MOST_BYTES = 8 << 20
"""Of one split. It is 55 pictures for ImageNet's shape."""


class Noise(Dataset):
    """Seeded noise, each byte as likely as any other; labels go round the classes and mean nothing."""

    name: ClassVar[str] = "noise"
    labelled: ClassVar[bool] = False

    def __init__(self, image_shape: tuple[int, int, int] = (32, 32, 3), classes: int = 10) -> None:
        """Make pictures of a shape: height, width, channels."""
        self.image_shape, self.classes = image_shape, classes

    def fitted(self, image_shape: tuple[int, int, int], classes: int) -> Dataset:
        """Return noise of that shape with so many classes."""
        return Noise(image_shape, classes)

    def split(self, split: str, folder: Path | None) -> Split:
        """Return ``train`` or ``test``, made anew; there is no folder to read."""
        if folder is not None:
            msg = f"data set 'noise' is made up and reads no folder, got {str(folder)!r}; write 'noise'"
            raise DatasetError(msg)
        if split not in SEEDS:
            msg = f"data set 'noise' has the splits 'train' and 'test', got {split!r}"
            raise DatasetError(msg)
        images, labels = self._pictures(SEEDS[split])
        return Split(images=images, labels=labels, classes=tuple(map(str, range(self.classes))))

    def preprocessing(self) -> Preprocessing:
        """Say that bytes of RGB pictures become signed, and how photographs would be brought to the shape (ImageNet: 256 to 224)."""
        height, width, channels = self.image_shape
        if channels != 3:
            return Preprocessing()
        square = height == width
        return Preprocessing(resize=height * 8 // 7 if square else None, crop=height if square else None, offset=128)

    def _pictures(self, seed: int) -> tuple[Any, Any]:
        """Return images and labels. RandomState is the generator whose numbers numpy promises not to change."""
        import numpy as np

        height, width, channels = self.image_shape
        count = max(1, min(MOST_PICTURES, MOST_BYTES // (height * width * channels)))
        random = np.random.RandomState(seed)
        images = random.randint(0, 256, (count, *self.image_shape), dtype=np.uint8)
        return images, np.arange(count) % self.classes
