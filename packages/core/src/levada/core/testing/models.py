# SPDX-License-Identifier: Apache-2.0
"""A trained network and its images, as qat would write them."""

from typing import Any

import msgspec

from levada.core.manifests import Bits, Images, Model, Preprocessing, Recipe
from levada.core.testing.dataflows import CLASSES, IMAGES, SCORE, tensor

RECIPE = Recipe(
    architecture="digits-small",
    bits="w4a5",
    dataset="digits",
    epochs=3,
    seed=1,
    batch=64,
    learning_rate=0.001,
    momentum=0.875,
    weight_decay=5e-5,
    step_epochs=30,
    decay=0.1,
)


def model(**overrides: Any) -> Model:
    """Return a W4A5 network with 8-bit first and last layers that was trained on digits."""
    whole = Model(
        name="digits-small",
        inputs=(tensor(),),
        outputs=(tensor(name="scores", shape=(10,), datatype="FLOAT32", layout="NC"),),
        preprocessing=Preprocessing(),
        bits=Bits(weights=4, activations=5, first=8, last=8, residual=5),
        recipe=RECIPE,
        scores=(SCORE,),
        labels=CLASSES,
        golden_count=IMAGES,
    )
    return msgspec.structs.replace(whole, **overrides)


def images(**overrides: Any) -> Images:
    """Return the golden images of the small network as a data set of their own."""
    whole = Images(dataset="digits", split="test", count=IMAGES, tensor=tensor(), labels=CLASSES)
    return msgspec.structs.replace(whole, **overrides)
