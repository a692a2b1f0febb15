# SPDX-License-Identifier: Apache-2.0
"""Pictures with labels, batch by batch: from memory, or loaded by other processes while the network computes."""

import os
import signal
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from levada.core.errors import DatasetError
from levada.core.interfaces import CroppedPictures, Pictures
from levada.core.manifests import Record
from levada.qat.chance import Variation
from levada.qat.reading import IN_A_ROW, attempt, first

MOST_WORKERS = 8

Batch = tuple[Any, Any]
"""Pictures (tensor uint8, count x height x width x channels) and labels (int64)."""

Loaded = tuple[Any, Any, tuple[str, ...]]
"""A batch, and complaints about pictures that could not be read."""


class Examples(Record, frozen=True, kw_only=True):
    """Pictures (uint8, of this ``shape``: height, width, channels), labels (numpy int64), and what is subtracted from each pixel."""

    images: Pictures
    labels: Any
    shape: tuple[int, ...]
    offset: int = 0

    def values(self, pictures: Any) -> Any:
        """Return a batch as the network takes it: integers as floats, count x channels x height x width.

        Laid out so in memory too: torch 2.13 frees memory twice in the backward pass of narrow convolutions whose input is not. With
        one channel both layouts are alike, and only a tensor made anew says which of them it is.
        """
        channels_first = pictures.permute(0, 3, 1, 2)
        return torch.empty(channels_first.shape).copy_(channels_first) - self.offset


def examples(images: Pictures, labels: Any, offset: int = 0) -> Examples:
    """Return pictures with their labels; the first that can be read says what shape all have."""
    return Examples(images=images, labels=labels, shape=tuple(first(images).shape), offset=offset)


class Fetch:
    """Turns picture numbers into a batch. Given to other processes, so it holds nothing that is open."""

    def __init__(self, examples: Examples, variation: Variation | None = None, *, replace: bool = False) -> None:
        """Vary pictures as ``variation`` says; ``replace`` one that cannot be read by the next, else leave it out."""
        self.examples, self.variation, self.replace = examples, variation, replace

    def __getitem__(self, numbers: Any) -> Loaded:
        """Return the batch of these numbers (numpy)."""
        images = self.examples.images
        complaints: list[str] = []
        if isinstance(images, np.ndarray):
            pictures = images[numbers]
        else:
            found = [self._found(int(number), complaints) for number in numbers]
            read = [(number, picture) for number, picture in found if picture is not None]
            numbers = np.array([number for number, _ in read], dtype=np.int64)
            pictures = np.array([picture for _, picture in read], dtype=np.uint8).reshape(-1, *self.examples.shape)
        if self.variation is not None:
            pictures = self.variation.applied(numbers, pictures, self._grey())
        labels = torch.from_numpy(self.examples.labels[numbers])
        return torch.from_numpy(np.ascontiguousarray(pictures)), labels, tuple(complaints)

    def _found(self, number: int, complaints: list[str]) -> tuple[int, Any]:
        """Return a picture with its number, or the next that can be read, or None."""
        for tried in range(number, number + (IN_A_ROW if self.replace else 1)):
            candidate = tried % len(self.examples.images)
            picture, complaint = attempt(self._picture, candidate)
            if picture is not None:
                return candidate, picture
            complaints.append(complaint)
        if self.replace:
            msg = f"{IN_A_ROW} pictures next to each other cannot be read, the last: {complaints[-1]}"
            raise DatasetError(msg)
        return number, None

    def _picture(self, number: int) -> Any:
        images, seeds = self.examples.images, self.variation.seeds if self.variation else None
        if seeds is not None and isinstance(images, CroppedPictures):
            picture = images.cropped(number, int(seeds[number]))
        else:
            picture = images[number]
        if picture.shape != self.examples.shape or picture.dtype != np.uint8:
            shapes = f"uint8 {self.examples.shape}", f"{picture.dtype} {picture.shape}"
            msg = f"picture {number}: expected {shapes[0]} as the first one, got {shapes[1]}"
            raise DatasetError(msg)
        return picture

    def _grey(self) -> int:
        """Return the byte that is 0 to the network, as what its convolutions pad with."""
        return min(max(self.examples.offset, 0), 255)


def batches(fetch: Fetch, numbers: Sequence[Any], workers: int) -> Iterator[Loaded]:
    """Yield the batches of these numbers in order, loaded by so many processes (0: by this one)."""
    if not workers or not len(numbers):
        yield from (fetch[chosen] for chosen in numbers)
        return
    loader = torch.utils.data.DataLoader(
        fetch,
        sampler=numbers,
        batch_size=None,
        num_workers=min(workers, cores()),
        pin_memory=torch.cuda.is_available(),
        worker_init_fn=_end_quietly,
        # Its own generator: the order of random numbers elsewhere may not depend on how pictures are loaded.
        generator=torch.Generator(),
    )
    for pictures, labels, complaints in loader:
        yield pictures, labels, tuple(complaints)


def usual_workers(images: Pictures) -> int:
    """Return how many processes load these pictures where the user names no number: none for pictures in memory."""
    return 0 if isinstance(images, np.ndarray) else min(MOST_WORKERS, cores() - 1)


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def _end_quietly(_worker: int) -> None:
    """Leave Ctrl-C to the process that trains; be ended by it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
