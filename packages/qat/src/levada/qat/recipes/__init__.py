# SPDX-License-Identifier: Apache-2.0
"""Training schedules: TOML files, some of them shipped here by name."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from levada.core.errors import OptionError
from levada.core.manifests import Count, Course, Record

Positive = Annotated[float, Meta(gt=0)]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
AtLeastOne = Annotated[int, Meta(ge=1)]


class Schedule(Record, frozen=True, kw_only=True):
    """Stochastic gradient descent: the fields of :class:`levada.core.manifests.Recipe` that a file may set."""

    batch: AtLeastOne
    learning_rate: Positive
    momentum: Fraction
    weight_decay: Annotated[float, Meta(ge=0)]
    epochs: Count
    step_epochs: AtLeastOne = 1
    decay: Annotated[float, Meta(gt=0, le=1)] = 1.0
    course: Course = "steps"
    warmup_epochs: Count = 0
    shift: Count = 0
    flip: bool = False
    crop: bool = False
    freeze_after_epochs: Count | None = None


def shipped() -> tuple[str, ...]:
    """Return the names of the recipes in this package."""
    files = resources.files(__name__).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def read_schedule(name_or_file: str) -> Schedule:
    """Return a shipped recipe by name, or the one in a TOML file. Raise OptionError where neither makes sense."""
    try:
        return msgspec.toml.decode(_text(name_or_file), type=Schedule)
    except msgspec.DecodeError as error:
        msg = f"recipe {name_or_file!r}: {error}"
        raise OptionError(msg) from None


def _text(name_or_file: str) -> str:
    if name_or_file in shipped():
        return resources.files(__name__).joinpath(f"{name_or_file}.toml").read_text(encoding="utf-8")
    try:
        return Path(name_or_file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        msg = f"expected a recipe ({', '.join(shipped())}) or a TOML file that can be read, got {name_or_file!r}"
        raise OptionError(msg) from None
