# SPDX-License-Identifier: Apache-2.0
"""A layer's name that is none, and those that may have been meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher

MOST = 3
"""How many names are offered."""


def no_layer(name: str, layers: Iterable[str]) -> str:
    """Return that there is no such layer, with the names that are most like it, whatever their case."""

    def unlike(other: str) -> float:
        return -SequenceMatcher(None, name.lower(), other.lower()).ratio()

    return f"no layer {name!r} in this dataflow; the nearest names are {', '.join(sorted(layers, key=unlike)[:MOST])}"
