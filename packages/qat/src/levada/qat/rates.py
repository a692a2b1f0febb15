# SPDX-License-Identifier: Apache-2.0
"""The learning rate of each epoch."""

import math

from levada.core.manifests import Recipe


def learning_rate(recipe: Recipe, epoch: int) -> float:
    """Return the rate of an epoch, counted from 0: a linear rise where the recipe asks for one, then steps or half a cosine."""
    after = epoch - recipe.warmup_epochs
    if after < 0:
        return recipe.learning_rate * (epoch + 1) / (recipe.warmup_epochs + 1)
    if recipe.course == "cosine":
        return recipe.learning_rate * (1 + math.cos(math.pi * after / (recipe.epochs - recipe.warmup_epochs))) / 2
    return recipe.learning_rate * recipe.decay ** (after // recipe.step_epochs)
