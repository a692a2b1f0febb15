# SPDX-License-Identifier: Apache-2.0
"""Photographs in files, loaded one by one as networks for ImageNet take them."""

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from levada.core.errors import DatasetError
from levada.core.manifests import Record

UNREADABLE = (OSError, SyntaxError, ValueError, struct.error, ZeroDivisionError, Image.DecompressionBombError)
"""What Pillow raises for files that are no whole picture."""

TRIES = 10
LEAST_AREA, LEAST_ASPECT, LARGEST_ASPECT = 0.08, 3 / 4, 4 / 3
"""Of a random part ("Going Deeper with Convolutions", Szegedy et al., section 6)."""

Box = tuple[float, float, float, float]
"""Left, upper, right and lower edge in pixels."""


class Photographs(Record, frozen=True, kw_only=True):
    """Pictures of ``size`` x ``size`` from files: the middle, once the shorter side is ``shorter_side``; or a random part.

    ``files`` are names in ``folder``: a million paths would take half a gigabyte.
    """

    folder: Path
    files: tuple[str, ...]
    shorter_side: int
    size: int

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self.files)

    def __getitem__(self, number: int) -> Any:
        """Return the middle of a picture."""
        share = self.size / self.shorter_side
        return _read(self.folder / self.files[number], lambda width, height: middle(width, height, share), self.size)

    def cropped(self, number: int, seed: int) -> Any:
        """Return 8 to 100 % of a picture's area, of an aspect between 3:4 and 4:3, chosen by ``seed``."""
        file = self.folder / self.files[number]
        return _read(file, lambda width, height: random_box(width, height, seed), self.size)


def middle(width: int, height: int, share: float = 1.0) -> Box:
    """Return the square in a picture's middle whose side is ``share`` of the shorter side."""
    side = min(width, height) * share
    left, upper = (width - side) / 2, (height - side) / 2
    return left, upper, left + side, upper + side


def random_box(width: int, height: int, seed: int) -> Box:
    """Return a part of a picture; the largest square in its middle, where chance hits outside of it ten times."""
    random = np.random.RandomState(seed)
    for _ in range(TRIES):
        area = width * height * random.uniform(LEAST_AREA, 1)
        aspect = math.exp(random.uniform(math.log(LEAST_ASPECT), math.log(LARGEST_ASPECT)))
        across, down = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < across <= width and 0 < down <= height:
            left, upper = random.randint(0, width - across + 1), random.randint(0, height - down + 1)
            return left, upper, left + across, upper + down
    return middle(width, height)


def _read(file: Path, part: Any, size: int) -> Any:
    """Return a part of a file's picture as RGB bytes, size x size x 3."""
    try:
        with Image.open(file) as image:
            width, height = image.size
            box = part(width, height)
            _read_smaller(image, box, size)
            scale = image.width / width, image.height / height
            scaled = tuple(edge * scale[number % 2] for number, edge in enumerate(box))
            return np.asarray(_rgb(image).resize((size, size), Image.Resampling.BILINEAR, box=_inside(scaled, image)))
    except UNREADABLE as error:
        msg = f"{file} cannot be read as a picture: {error}"
        raise DatasetError(msg) from None


def _read_smaller(image: Any, box: Box, size: int) -> None:
    """Have a JPEG decoded at a half, a quarter or an eighth, where the part still has all the pixels that are asked for."""
    shrink = max(1, int(min(box[2] - box[0], box[3] - box[1]) // size))
    image.draft(None, (image.width // shrink, image.height // shrink))


def _inside(box: tuple[float, ...], image: Any) -> tuple[float, ...]:
    """Return the box without what rounding put beyond the edges, which Pillow refuses."""
    edges = (image.width, image.height, image.width, image.height)
    return tuple(min(max(value, 0.0), float(edge)) for value, edge in zip(box, edges, strict=True))


def _rgb(image: Any) -> Any:
    """Return a grey, palette, CMYK or transparent picture as RGB, transparency left out."""
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    return image if image.mode == "RGB" else image.convert("RGB")
