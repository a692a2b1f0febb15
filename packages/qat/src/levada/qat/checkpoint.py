# SPDX-License-Identifier: Apache-2.0
"""A training on disk after each epoch, so that an interrupted one goes on to the same weights."""

import os
import pickle
from pathlib import Path
from typing import Any

import msgspec
import torch

from levada.core.errors import OptionError, PayloadError
from levada.core.manifests import Recipe, Record

FILE = "checkpoint.pt"


class Epoch(Record, frozen=True, kw_only=True):
    """What one epoch gave: mean loss over the training pictures, fractions of the test pictures that are right.

    ``accuracy`` is with the best class, ``top5`` with one of the best five (None for up to five classes).
    """

    learning_rate: float
    loss: float
    accuracy: float
    top5: float | None = None


class Reached(Record, frozen=True, kw_only=True):
    """How far a training came: its epochs, and torch's states of network and optimizer."""

    epochs: tuple[Epoch, ...]
    network: Any
    optimizer: Any


class Checkpoint:
    """The file ``checkpoint.pt`` in a folder.

    It belongs to one recipe; only the number of epochs may differ, where the rate of an epoch does not depend on it.
    """

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        """Keep the training of ``recipe`` in ``folder``, which is made when needed."""
        self.folder, self.recipe = folder, recipe

    def save(self, reached: Reached) -> None:
        """Write the file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {
            "recipe": msgspec.to_builtins(self.recipe),
            "epochs": msgspec.to_builtins(reached.epochs),
            "network": reached.network,
            "optimizer": reached.optimizer,
        }
        partial = self.folder / f"{FILE}.{os.getpid()}.partial"
        torch.save(content, partial)
        partial.replace(self.folder / FILE)

    def load(self) -> Reached | None:
        """Return what was saved, or None where nothing was.

        Raise PayloadError for a file that cannot be read, OptionError for one of another training.
        """
        file = self.folder / FILE
        if not file.exists():
            return None
        recipe, reached = _read(file)
        self._check(file, recipe, len(reached.epochs))
        return reached

    def _check(self, file: Path, theirs: Recipe, epochs: int) -> None:
        free = set() if self.recipe.course == "cosine" else {"epochs"}
        for field in (name for name in Recipe.__struct_fields__ if name not in free):
            if getattr(theirs, field) != getattr(self.recipe, field):
                msg = (
                    f"{file} belongs to a training with {field} {getattr(theirs, field)!r}, this one has "
                    f"{getattr(self.recipe, field)!r}; name another --checkpoint folder"
                )
                raise OptionError(msg)
        if epochs > self.recipe.epochs:
            msg = f"{file} holds {epochs} epochs already, asked for are {self.recipe.epochs}; name another --checkpoint folder"
            raise OptionError(msg)


def _read(file: Path) -> tuple[Recipe, Reached]:
    try:
        content = torch.load(file, weights_only=True, map_location="cpu")
        epochs = msgspec.convert(content["epochs"], tuple[Epoch, ...])
        reached = Reached(epochs=epochs, network=content["network"], optimizer=content["optimizer"])
        return msgspec.convert(content["recipe"], Recipe), reached
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError, pickle.UnpicklingError) as error:
        msg = f"{file} cannot be read as a checkpoint ({type(error).__name__}); remove it to train from the start"
        raise PayloadError(msg) from error
