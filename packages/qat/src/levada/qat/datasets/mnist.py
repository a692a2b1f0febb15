# SPDX-License-Identifier: Apache-2.0
"""MNIST as published: 28x28 grey pictures in IDX files (yann.lecun.com/exdb/mnist), gzipped or not."""

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any, ClassVar

from levada.core.errors import DatasetError
from levada.core.interfaces import Dataset, Split
from levada.core.manifests import Preprocessing
from levada.qat.datasets.folders import checked_folder, file_bytes

CLASSES = tuple("0123456789")
PREFIXES = {"train": "train", "test": "t10k"}
IMAGES, LABELS = 2051, 2049
"""The first word of a file of bytes in three dimensions, and in one."""


class Mnist(Dataset):
    """60 000 handwritten digits to train on and 10 000 to test with, from four IDX files."""

    name: ClassVar[str] = "mnist"

    def split(self, split: str, folder: Path | None) -> Split:
        """Return ``train`` or ``test``. Raise DatasetError naming the file that is missing, truncated or something else."""
        import numpy as np

        where, prefix = checked_folder(self.name, split, folder), PREFIXES[split]
        images = _array(_file(where, f"{prefix}-images", "idx3"), IMAGES)
        file = _file(where, f"{prefix}-labels", "idx1")
        labels = _array(file, LABELS)
        if len(labels) != len(images):
            msg = f"{file}: expected a label for each of {len(images)} pictures, found {len(labels)}"
            raise DatasetError(msg)
        return Split(images=images[..., np.newaxis], labels=labels.astype(np.int64), classes=CLASSES)

    def preprocessing(self) -> Preprocessing:
        """Say that the pixels are taken as they are: black, the background, is 0."""
        return Preprocessing()


def _file(folder: Path, stem: str, kind: str) -> Path:
    """Return the file, by either of the two spellings that are about."""
    names = [f"{stem}{joint}{kind}-ubyte{end}" for joint in "-." for end in ("", ".gz")]
    found = next((folder / name for name in names if (folder / name).exists()), None)
    if found is None:
        msg = f"data set 'mnist': expected {names[0]} or {names[1]} in {str(folder)!r}, found neither"
        raise DatasetError(msg)
    return found


def _array(file: Path, magic: int) -> Any:
    """Return the bytes of an IDX file in their shape."""
    import numpy as np

    content = _content(file)
    dimensions = magic % 256
    header = 4 * (1 + dimensions)
    words = struct.unpack(f">{1 + dimensions}I", content[:header]) if len(content) >= header else (None,)
    if words[0] != magic:
        msg = f"{file}: expected an IDX file that begins with {magic}, found {content[:4].hex(' ') or 'nothing'}"
        raise DatasetError(msg)
    shape = words[1:]
    if len(content) - header != np.prod(shape, dtype=object):
        size = " x ".join(map(str, shape))
        msg = f"{file}: expected {size} bytes behind its header, found {len(content) - header}"
        raise DatasetError(msg)
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)


def _content(file: Path) -> bytes:
    content = file_bytes(file)
    if file.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"{file}: expected a whole gzip file, found one that cannot be unpacked ({error})"
        raise DatasetError(msg) from None
