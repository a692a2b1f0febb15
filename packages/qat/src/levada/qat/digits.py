# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's handwritten digits: 1 797 grey pictures of 8x8 pixels, 0 to 16, that come inside the package."""

from pathlib import Path
from typing import Any, ClassVar

from levada.core.errors import DatasetError, DependencyError
from levada.core.interfaces import Dataset, Split
from levada.core.manifests import Preprocessing

TEST_PICTURES = 360
SEED = 0


class Digits(Dataset):
    """The digits, split once and for all: 1 437 to train on and 360 to test with, classes in equal shares."""

    name: ClassVar[str] = "digits"

    def split(self, split: str, folder: Path | None) -> Split:
        """Return ``train`` or ``test``; there is no folder to read."""
        if folder is not None:
            msg = f"data set 'digits' comes with scikit-learn and reads no folder, got {str(folder)!r}; write 'digits'"
            raise DatasetError(msg)
        if split not in {"train", "test"}:
            msg = f"data set 'digits' has the splits 'train' and 'test', got {split!r}"
            raise DatasetError(msg)
        pictures, labels, classes = _load()
        test = _test_pictures(labels)
        chosen = test if split == "test" else ~test
        return Split(images=pictures[chosen], labels=labels[chosen], classes=classes)

    def preprocessing(self) -> Preprocessing:
        """Say that the pixels are taken as they are."""
        return Preprocessing()


def _load() -> tuple[Any, Any, tuple[str, ...]]:
    """Return all pictures (uint8 count x 8 x 8 x 1), labels (int64) and class names."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        msg = f"data set 'digits' needs scikit-learn, which cannot be imported ({error}): pip install scikit-learn"
        raise DependencyError(msg) from None
    bunch = load_digits()
    pictures = bunch.images[..., None].astype("uint8")
    return pictures, bunch.target.astype("int64"), tuple(str(name) for name in bunch.target_names)


def _test_pictures(labels: Any) -> Any:
    """Return a mask of the test pictures. Each class gives its share, the largest remainders making up the count.

    RandomState is the generator whose numbers numpy promises not to change.
    """
    import numpy as np

    random = np.random.RandomState(SEED)
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * TEST_PICTURES / labels.size
    shares = np.floor(exact).astype(int)
    shares[np.argsort(shares - exact, kind="stable")[: TEST_PICTURES - shares.sum()]] += 1
    mask = np.zeros(labels.size, dtype=bool)
    for label, share in zip(classes, shares, strict=True):
        mask[random.permutation(np.flatnonzero(labels == label))[:share]] = True
    return mask
