# SPDX-License-Identifier: Apache-2.0
"""What qat takes from plug-ins: networks to train and data to train them on."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from levada.core.manifests import (
    Bits,
    Preprocessing,
    Record,
)  # fmt: skip


class Architecture(ABC):
    """A trainable network of qat, chosen by ``name``.

    ``image_shape`` is height, width and channels of what it takes; ``dataset`` and ``recipe`` name what it is trained on and
    how, where the user asks for nothing else.
    """

    name: ClassVar[str]
    image_shape: ClassVar[tuple[int, int, int]]
    dataset: ClassVar[str]
    recipe: ClassVar[str] = "paper"

    @abstractmethod
    def build(self, bits: Bits, classes: int) -> Any:
        """Return a ``torch.nn.Module`` (Brevitas layers) that takes integer pixels, NCHW, and gives class scores."""


class Split(Record, frozen=True, kw_only=True):
    """Images of a data set in memory: ``images`` uint8 count × H × W × C, ``labels`` int64 count, ``classes`` names."""

    images: Any
    labels: Any
    classes: tuple[str, ...]


class Dataset(ABC):
    """Pictures with labels, chosen by ``name``; written ``name`` or ``name:folder`` on the command line.

    ``split`` resizes and crops as ``preprocessing`` says, so that all pictures are of one shape; the offset is subtracted later.
    """

    name: ClassVar[str]

    @abstractmethod
    def split(self, split: str, folder: Path | None) -> Split:
        """Return ``train`` or ``test``; fixed and equal on every machine. Raise DatasetError for any other name."""

    @abstractmethod
    def preprocessing(self) -> Preprocessing:
        """Say how a picture becomes what the network takes."""
