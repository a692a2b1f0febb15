# SPDX-License-Identifier: Apache-2.0
"""What qat takes from plug-ins: networks to train and data to train them on."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from levada.core.manifests import (
    Bits,
    Preprocessing,
    Record,
)  # fmt: skip


class Architecture(ABC):
    """A trainable network of qat, chosen by ``name``.

    ``image_shape`` is height, width and channels of what it takes; ``dataset`` and ``recipe`` name what it is trained on and
    how, where the user asks for nothing else. ``planning_dataset`` is what an untrained network (zero epochs) is calibrated
    with instead, where set; ``classes`` is how many classes made-up data has.
    """

    name: ClassVar[str]
    image_shape: ClassVar[tuple[int, int, int]]
    classes: ClassVar[int] = 10
    dataset: ClassVar[str]
    planning_dataset: ClassVar[str] = ""
    recipe: ClassVar[str] = "paper"

    @abstractmethod
    def build(self, bits: Bits, classes: int) -> Any:
        """Return a ``torch.nn.Module`` (Brevitas layers) that takes integer pixels, NCHW, and gives class scores."""

    def float_names(self, network: Any) -> dict[str, str]:  # noqa: ARG002
        """Return, for each tensor that a float checkpoint has to hold, the tensor of ``network`` that begins with it.

        Empty where there is no such checkpoint: ``--init`` is refused then.
        """
        return {}


class Pictures(Protocol):
    """Pictures by number from 0, each loaded when it is asked for, all of one shape. An array count × H × W × C is one."""

    def __len__(self) -> int:
        """Return how many there are."""

    def __getitem__(self, number: int, /) -> Any:
        """Return a picture, uint8 H × W × C (numpy), equal each time. Raise DatasetError, naming its file, where it cannot be read.

        Called from several processes at once, so what is kept open between calls must stand that.
        """


@runtime_checkable
class CroppedPictures(Pictures, Protocol):
    """Pictures that lie there larger than the network takes them, so that training can be shown another part each time."""

    def cropped(self, number: int, seed: int) -> Any:
        """Return a part of a picture chosen by chance, in the shape of all; equal for equal seeds (0 to 2³² - 1)."""


class Split(Record, frozen=True, kw_only=True):
    """Part of a data set: ``images``, loaded when asked for; ``labels`` (int64 count, numpy); ``classes``, their names."""

    images: Pictures
    labels: Any
    classes: tuple[str, ...]


class Dataset(ABC):
    """Pictures with labels, chosen by ``name``; written ``name`` or ``name:folder`` on the command line.

    ``split`` resizes and crops as ``preprocessing`` says, so that all pictures are of one shape; the offset is subtracted later.
    ``labelled`` is False where the labels mean nothing: no score is given then.
    """

    name: ClassVar[str]
    labelled: ClassVar[bool] = True

    def fitted(self, image_shape: tuple[int, int, int], classes: int) -> "Dataset":  # noqa: ARG002
        """Return the data set for networks of that input (height, width, channels) and so many classes.

        Itself, unless it can make pictures of any shape.
        """
        return self

    @abstractmethod
    def split(self, split: str, folder: Path | None) -> Split:
        """Return ``train`` or ``test``; fixed and equal on every machine. Raise DatasetError for any other name."""

    @abstractmethod
    def preprocessing(self) -> Preprocessing:
        """Say how a picture becomes what the network takes."""
