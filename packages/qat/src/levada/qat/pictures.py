# SPDX-License-Identifier: Apache-2.0
"""From a data set to the integers that a network takes, with everything checked by name."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from levada.core.datatypes import datatype
from levada.core.errors import DatasetError, OptionError
from levada.core.interfaces import Dataset, Pictures, Split
from levada.core.manifests import Preprocessing, Record, Tensor
from levada.qat.reading import attempt, first
from levada.qat.unread import Unread

PIXEL_MAXIMUM = 255


class Source(Record, frozen=True, kw_only=True):
    """Where pictures come from: a data set's name, a split of it ("" for all), a folder where it needs one."""

    name: str
    split: str = ""
    folder: Path | None = None


def parse_source(text: str) -> Source:
    """Return what ``NAME`` or ``NAME:FOLDER`` says (training takes both splits). Raise OptionError for an empty name."""
    name, _, folder = text.partition(":")
    if not name:
        msg = f"expected a data set as NAME or NAME:FOLDER, got {text!r}"
        raise OptionError(msg)
    return Source(name=name, folder=Path(folder) if folder else None)


def parse_split(text: str) -> Source:
    """Return what ``NAME:SPLIT`` or ``NAME:SPLIT:FOLDER`` says. Raise OptionError where the split is missing."""
    name, _, rest = text.partition(":")
    split, _, folder = rest.partition(":")
    if not name or not split:
        msg = f"expected a data set and its split as NAME:SPLIT, e.g. 'digits:test', got {text!r}"
        raise OptionError(msg)
    return Source(name=name, split=split, folder=Path(folder) if folder else None)


def read_split(dataset: Dataset, split: str, folder: Path | None) -> Split:
    """Return a split that has a label for each picture. Raise DatasetError where the data set breaks its promise."""
    read = dataset.split(split, folder)
    images, labels = read.images, np.asarray(read.labels)
    where = f"data set {dataset.name!r}, split {split!r}"
    if isinstance(images, np.ndarray) and (images.ndim != 4 or images.dtype != np.uint8):
        msg = f"{where}: expected images as uint8, count x height x width x channels, got {images.dtype} {images.shape}"
        raise DatasetError(msg)
    if not len(images):
        msg = f"{where}: expected pictures, found none"
        raise DatasetError(msg)
    if labels.shape != (len(images),) or not np.issubdtype(labels.dtype, np.integer):
        msg = f"{where}: expected one integer label for each of {len(images)} images, got {labels.dtype} {labels.shape}"
        raise DatasetError(msg)
    if labels.min() < 0 or labels.max() >= len(read.classes):
        msg = f"{where}: labels run from {labels.min()} to {labels.max()}, but there are {len(read.classes)} classes"
        raise DatasetError(msg)
    return Split(images=images, labels=labels.astype(np.int64), classes=read.classes)


def check_shape(images: Pictures, tensor: Tensor, where: str) -> None:
    """Raise DatasetError where the first picture that can be read is not of the shape that the network takes."""
    as_integers(first(images)[np.newaxis], Preprocessing(), msgspec.structs.replace(tensor, datatype="UINT8"), where)


def spread(count: int, wanted: int | None) -> list[int]:
    """Return at most so many numbers below ``count``, evenly spread, because data sets lie in the order of their classes."""
    chosen = count if wanted is None else min(count, wanted)
    return [number * count // chosen for number in range(chosen)]


def readable(images: Pictures, numbers: Iterable[int], unread: Unread) -> Iterator[tuple[int, Any]]:
    """Yield number and picture; those that cannot be read are named and left out."""
    for number in numbers:
        picture, complaint = attempt(images.__getitem__, number)
        if picture is None:
            unread.add([complaint])
        else:
            yield number, picture


def input_datatype(preprocessing: Preprocessing) -> str:
    """Return the smallest QONNX type that holds a byte less the offset: UINT8 for 0, INT8 for 128."""
    least, most = -preprocessing.offset, PIXEL_MAXIMUM - preprocessing.offset
    if least >= 0:
        return f"UINT{most.bit_length()}"
    return f"INT{max((-least - 1).bit_length(), max(most, 0).bit_length()) + 1}"


def as_integers(images: Any, preprocessing: Preprocessing, tensor: Tensor, where: str) -> Any:
    """Return uint8 images less the offset, in the canonical type of ``tensor``. Raise DatasetError where they do not fit it."""
    if images.shape[1:] != tensor.shape:
        msg = (
            f"{where}: images are {_by(images.shape[1:])} (height x width x channels), "
            f"but the network takes {_by(tensor.shape)}; choose data of that shape"
        )
        raise DatasetError(msg)
    kind = datatype(tensor.datatype)
    values = images.astype(np.int64) - preprocessing.offset
    outside = np.flatnonzero(((values < kind.minimum) | (values > kind.maximum)).any(axis=(1, 2, 3)))
    if outside.size:
        worst = values[outside[0]]
        msg = (
            f"{where}: image {outside[0]} has values from {worst.min()} to {worst.max()}, but the network takes "
            f"{tensor.datatype} ({kind.minimum} to {kind.maximum}); {outside.size} of {len(values)} images do not fit"
        )
        raise DatasetError(msg)
    return np.ascontiguousarray(values.astype(kind.canonical))


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
