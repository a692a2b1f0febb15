# SPDX-License-Identifier: Apache-2.0
"""How long quantisers and batch normalisation watch pictures before their scales and averages stand."""

from typing import Any

from levada.core.manifests import Recipe, Record
from levada.qat.layers import CALIBRATION_STEPS

PLANNING_PIXELS = 8 * 224 * 224
"""Of all pictures in a calibration of first weights that no training follows. Such a network is only planned with."""

FEWEST_STEPS, FEWEST_PICTURES = 4, 8


class Watch(Record, frozen=True, kw_only=True):
    """So many passes, and one more that turns what was seen into parameters, of ``batch`` pictures each."""

    steps: int
    batch: int


def watch(recipe: Recipe, image_shape: tuple[int, ...]) -> Watch:
    """Return how a network is calibrated: by :data:`CALIBRATION_STEPS` of the recipe's batches, all processes' together.

    First weights that no training follows see fewer pictures, the larger the fewer: eight of ImageNet's size, two at a time.
    """
    if recipe.epochs or recipe.init:
        return Watch(steps=CALIBRATION_STEPS, batch=recipe.batch * recipe.processes)
    height, width = image_shape[:2]
    pictures = max(FEWEST_PICTURES, PLANNING_PIXELS // (height * width))
    steps = min(CALIBRATION_STEPS, max(FEWEST_STEPS, pictures // FEWEST_PICTURES))
    return Watch(steps=steps, batch=min(recipe.batch, pictures // steps))


def watch_for(network: Any, steps: int) -> None:
    """Have every quantiser of activations choose its scale after so many passes instead of :data:`CALIBRATION_STEPS`."""
    for part in network.modules():
        # A quantiser that is called twice in each pass counts twice as far.
        if hasattr(part, "collect_stats_steps"):
            part.collect_stats_steps = part.collect_stats_steps * steps // CALIBRATION_STEPS
