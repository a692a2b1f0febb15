# SPDX-License-Identifier: Apache-2.0
"""ImageNet's folders: ``train/<wnid>/*.JPEG`` and ``val/<wnid>/*.JPEG``, one folder for each class."""

import os
from pathlib import Path
from typing import ClassVar

from levada.core.errors import DatasetError
from levada.core.interfaces import Dataset, Split
from levada.core.manifests import Preprocessing
from levada.qat.datasets.folders import checked_folder

FOLDERS = {"train": "train", "test": "val"}
SUFFIXES = (".jpeg", ".jpg", ".png")
SHORTER_SIDE, SIZE = 256, 224


class ImageNet(Dataset):
    """Photographs of any size in a folder for each class; classes are numbered in the order of their folders' names."""

    name: ClassVar[str] = "imagenet"

    def split(self, split: str, folder: Path | None) -> Split:
        """Return ``train`` (of folder ``train``) or ``test`` (of ``val``), whose pictures are loaded when they are asked for.

        Raise DatasetError for a folder that is missing, without classes, or without pictures.
        """
        import numpy as np

        from levada.qat.datasets.photographs import Photographs

        where = checked_folder(self.name, split, folder)
        classes = _classes(where, split)
        root = where / FOLDERS[split]
        found = [_pictures(root / name) for name in classes]
        labels = np.repeat(np.arange(len(classes), dtype=np.int64), [len(files) for files in found])
        files = tuple(f"{name}/{file}" for name, files in zip(classes, found, strict=True) for file in files)
        images = Photographs(folder=root, files=files, shorter_side=SHORTER_SIDE, size=SIZE)
        return Split(images=images, labels=labels, classes=classes)

    def preprocessing(self) -> Preprocessing:
        """Say how the middle is cut out, and that 128 is subtracted: the middle grey is 0, as what a convolution pads with."""
        return Preprocessing(resize=SHORTER_SIDE, crop=SIZE, offset=128)


def _classes(folder: Path, split: str) -> tuple[str, ...]:
    """Return the names of a split's class folders; both splits must have the same, where both are there."""
    there = [name for name in FOLDERS.values() if (folder / name).is_dir()]
    if FOLDERS[split] not in there:
        found = " and ".join(repr(name) for name in there) or "neither"
        msg = f"data set 'imagenet': expected the folders 'train' and 'val' in {str(folder)!r}, found {found}"
        raise DatasetError(msg)
    classes = {name: _class_folders(folder / name) for name in there}
    mine = classes[FOLDERS[split]]
    for name, other in classes.items():
        if differing := sorted(set(other) ^ set(mine)):
            msg = (
                f"data set 'imagenet': expected the same classes in 'train' and 'val' of {str(folder)!r}, but {differing[0]!r} "
                f"is in one of them only ({len(other)} classes in {name!r}, {len(mine)} in {FOLDERS[split]!r})"
            )
            raise DatasetError(msg)
    return mine


def _class_folders(folder: Path) -> tuple[str, ...]:
    with os.scandir(folder) as entries:
        names = tuple(sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")))
    if not names:
        msg = f"{folder}: expected a folder for each class (train/<wnid>/*.JPEG), found none"
        raise DatasetError(msg)
    return names


def _pictures(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.name.lower().endswith(SUFFIXES))
    if not names:
        msg = f"{folder}: expected pictures of its class ({', '.join(SUFFIXES)}), found none"
        raise DatasetError(msg)
    return names
