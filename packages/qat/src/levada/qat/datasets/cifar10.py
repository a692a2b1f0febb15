# SPDX-License-Identifier: Apache-2.0
"""CIFAR-10 as published (www.cs.toronto.edu/~kriz/cifar.html): 32x32 RGB pictures, in its binary or its python format."""

from pathlib import Path
from typing import Any, ClassVar

from levada.core.errors import DatasetError
from levada.core.interfaces import Dataset, Split
from levada.core.manifests import Preprocessing
from levada.qat.datasets.folders import checked_folder, file_bytes

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32
FILE_PICTURES = 10_000
"""In each file of the binary format, which says nowhere how many it holds."""
BATCHES = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class Cifar10(Dataset):
    """50 000 pictures to train on and 10 000 to test with; the folder, or the one that the archive makes in it, may be named."""

    name: ClassVar[str] = "cifar10"
    file_pictures: ClassVar[int] = FILE_PICTURES

    def split(self, split: str, folder: Path | None) -> Split:
        """Return ``train`` or ``test``. Raise DatasetError naming the file that is missing, truncated or something else."""
        import numpy as np

        where, binary = _format(checked_folder(self.name, split, folder))
        files = [where / (f"{name}.bin" if binary else name) for name in BATCHES[split]]
        parts = [_binary(file, self.file_pictures) if binary else _python(file) for file in files]
        images = np.concatenate([pixels.reshape(-1, *SHAPE) for pixels, _ in parts]).transpose(0, 2, 3, 1)
        labels = np.concatenate([labels for _, labels in parts])
        return Split(images=np.ascontiguousarray(images), labels=labels, classes=CLASSES)

    def preprocessing(self) -> Preprocessing:
        """Say that 128 is subtracted: the middle grey is 0, as what a convolution pads with."""
        return Preprocessing(offset=128)


def _format(folder: Path) -> tuple[Path, bool]:
    """Return where the files lie, and whether they are of the binary format."""
    for where in (folder, folder / "cifar-10-batches-bin", folder / "cifar-10-batches-py"):
        if any((where / f"{name}.bin").exists() for names in BATCHES.values() for name in names):
            return where, True
        if any((where / name).exists() for names in BATCHES.values() for name in names):
            return where, False
    msg = (
        f"data set 'cifar10': expected data_batch_1.bin … (binary) or data_batch_1 … (python) in {str(folder)!r}, "
        f"its 'cifar-10-batches-bin' or its 'cifar-10-batches-py', found none of them"
    )
    raise DatasetError(msg)


def _binary(file: Path, count: int) -> tuple[Any, Any]:
    """Return pixels and labels of a file: for each picture a byte that is its label, then red, green and blue."""
    import numpy as np

    content = file_bytes(file)
    if len(content) != count * (1 + PIXELS):
        msg = f"{file}: expected {count * (1 + PIXELS)} bytes ({count} pictures), found {len(content)}"
        raise DatasetError(msg)
    rows = np.frombuffer(content, dtype=np.uint8).reshape(count, 1 + PIXELS)
    return rows[:, 1:], _labels(file, rows[:, 0])


def _python(file: Path) -> tuple[Any, Any]:
    """Return pixels and labels of a pickled dictionary."""
    import numpy as np

    from levada.qat.datasets.pickles import read_pickle

    content = read_pickle(file)
    pixels, labels = (_entry(file, content, name) for name in ("data", "labels"))
    if not (isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.shape[1:] == (PIXELS,)):
        found = f"{pixels.dtype} {pixels.shape}" if isinstance(pixels, np.ndarray) else type(pixels).__name__
        msg = f"{file}: expected 'data' as bytes, count x {PIXELS}, found {found}"
        raise DatasetError(msg)
    if not (
        isinstance(labels, list) and all(isinstance(label, int) for label in labels) and len(labels) == len(pixels)
    ):
        found = f"{len(labels)} entries" if isinstance(labels, list) else type(labels).__name__
        msg = f"{file}: expected 'labels' as a list of {len(pixels)} numbers, found {found}"
        raise DatasetError(msg)
    return pixels, _labels(file, np.array(labels, dtype=object))


def _entry(file: Path, content: Any, name: str) -> Any:
    """Return an entry by its name, a text of Python 2 or 3."""
    entries = content if isinstance(content, dict) else {}
    for key in (name.encode(), name):
        if key in entries:
            return entries[key]
    msg = f"{file}: expected a dictionary with 'data' and 'labels', found {type(content).__name__} without {name!r}"
    raise DatasetError(msg)


def _labels(file: Path, labels: Any) -> Any:
    import numpy as np

    if len(labels) and not 0 <= labels.min() <= labels.max() < len(CLASSES):
        msg = f"{file}: expected labels from 0 to {len(CLASSES) - 1}, found {labels.min()} to {labels.max()}"
        raise DatasetError(msg)
    return labels.astype(np.int64)
