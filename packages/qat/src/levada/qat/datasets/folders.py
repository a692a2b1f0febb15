# SPDX-License-Identifier: Apache-2.0
"""What data sets that lie in a folder say when it, or a file in it, is not as published."""

from pathlib import Path

from levada.core.errors import DatasetError

SPLITS = ("train", "test")


def checked_folder(dataset: str, split: str, folder: Path | None) -> Path:
    """Return the folder to read. Raise DatasetError where none is named or there, or for an unknown split."""
    if split not in SPLITS:
        msg = f"data set {dataset!r} has the splits 'train' and 'test', got {split!r}"
        raise DatasetError(msg)
    if folder is None:
        msg = f"data set {dataset!r} is read from a folder, and none was named; write '{dataset}:FOLDER'"
        raise DatasetError(msg)
    if not folder.is_dir():
        msg = f"data set {dataset!r} is read from a folder, but {str(folder)!r} is none"
        raise DatasetError(msg)
    return folder


def file_bytes(file: Path) -> bytes:
    """Return what a file holds. Raise DatasetError where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}"
        raise DatasetError(msg) from None
