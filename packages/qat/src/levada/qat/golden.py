# SPDX-License-Identifier: Apache-2.0
"""Photographs of the user's own among the golden inputs."""

from pathlib import Path

from levada.core.errors import OptionError
from levada.core.interfaces import Pictures
from levada.core.manifests import Preprocessing, Tensor

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")


def photographs(folder: Path, preprocessing: Preprocessing, tensor: Tensor) -> Pictures:
    """Return the photographs of a folder in the order of their names, each loaded when asked for.

    Raise OptionError for a folder without any, and for networks that take no square RGB pictures.
    """
    height, width, channels = tensor.shape
    if channels != 3 or height != width:
        msg = f"--golden-images needs a network for square RGB pictures, this one takes {height} x {width} x {channels}; leave it out"
        raise OptionError(msg)
    names = _names(folder)
    from levada.qat.datasets.photographs import Photographs

    return Photographs(folder=folder, files=names, shorter_side=preprocessing.resize or height, size=height)


def _names(folder: Path) -> tuple[str, ...]:
    try:
        names = tuple(sorted(file.name for file in folder.iterdir() if file.name.lower().endswith(SUFFIXES)))
    except OSError as error:
        msg = f"--golden-images: expected a folder of photographs, got {str(folder)!r} ({error.strerror})"
        raise OptionError(msg) from None
    if not names:
        msg = f"--golden-images: expected photographs ({', '.join(SUFFIXES)}) in {str(folder)!r}, found none"
        raise OptionError(msg)
    return names
