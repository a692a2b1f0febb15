# SPDX-License-Identifier: Apache-2.0
"""The paper's own figures, each with the table, row and column that prints it. Nothing in here is computed."""

from pathlib import Path
from typing import Literal

import msgspec
import tomllib

from levada.core.manifests.common import Record

FILE = Path(__file__).parents[1] / "published.toml"
Name = Literal["top1", "lut", "bram36", "uram", "cards", "clock", "rate", "bram36-limit"]


class Figure(Record, frozen=True, kw_only=True):
    """One printed figure. ``of_cards``: a percentage of the resources of so many cards, as the paper counts a U280."""

    design: str
    quantity: Name
    value: float
    unit: str = ""
    of_cards: int | None = None
    place: str


class Published(Record, frozen=True, kw_only=True):
    """What the paper prints."""

    source: str
    figures: tuple[Figure, ...]

    def figure(self, design: str, quantity: Name, of_cards: int | None = None) -> Figure | None:
        """Return the figure, or None where the paper prints none."""
        wanted = (design, quantity, of_cards)
        return next((each for each in self.figures if (each.design, each.quantity, each.of_cards) == wanted), None)

    def value(self, design: str, quantity: Name, of_cards: int | None = None) -> float | None:
        """Return the value of a figure, or None where the paper prints none."""
        figure = self.figure(design, quantity, of_cards)
        return None if figure is None else figure.value


def read(path: Path = FILE) -> Published:
    """Return the figures in a TOML file."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Published)
