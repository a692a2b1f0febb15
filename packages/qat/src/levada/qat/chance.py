# SPDX-License-Identifier: Apache-2.0
"""What chance decides in an epoch: the order of pictures, and how each is varied. Seed and epoch fix all of it."""

from typing import Any

import numpy as np

from levada.core.manifests import Recipe, Record

LARGEST_SEED = 2**32 - 1


class Variation(Record, frozen=True, kw_only=True):
    """How each picture of an epoch is varied: ``moves`` (count x 2: down and right), ``mirrored`` and ``seeds`` (count).

    ``seeds`` decide which part of a larger picture is shown; None where the recipe wants no parts.
    """

    shift: int
    moves: Any
    mirrored: Any
    seeds: Any | None

    def applied(self, numbers: Any, pictures: Any, fill: int) -> Any:
        """Return pictures (uint8, count x H x W x C) with these numbers moved and mirrored; ``fill`` comes in at the edges."""
        if self.shift:
            pictures = _moved(pictures, self.moves[numbers], self.shift, fill)
        flipped = self.mirrored[numbers]
        if flipped.any():
            pictures = np.where(flipped[:, None, None, None], pictures[:, :, ::-1], pictures)
        return pictures


def variation(recipe: Recipe, count: int, epoch: int) -> Variation | None:
    """Return how the pictures of an epoch are varied, None where the recipe varies none.

    RandomState is the generator whose numbers numpy promises not to change.
    """
    if not (recipe.shift or recipe.flip or recipe.crop):
        return None
    random = np.random.RandomState([recipe.seed & LARGEST_SEED, epoch])
    moves = random.randint(0, 2 * recipe.shift + 1, (count, 2))
    mirrored = random.randint(0, 2, count).astype(bool) & recipe.flip
    seeds = random.randint(0, LARGEST_SEED, count, dtype=np.uint32)
    return Variation(shift=recipe.shift, moves=moves, mirrored=mirrored, seeds=seeds if recipe.crop else None)


def _moved(pictures: Any, moves: Any, shift: int, fill: int) -> Any:
    """Pad by ``shift`` on all sides, and cut each picture out where its move says."""
    count, height, width, _ = pictures.shape
    edges = ((0, 0), (shift, shift), (shift, shift), (0, 0))
    padded = np.pad(pictures, edges, constant_values=fill)
    rows = np.arange(height)[None, :, None] + moves[:, 0, None, None]
    columns = np.arange(width)[None, None, :] + moves[:, 1, None, None]
    return padded[np.arange(count)[:, None, None], rows, columns]
