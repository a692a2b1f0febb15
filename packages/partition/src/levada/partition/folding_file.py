# SPDX-License-Identifier: Apache-2.0
"""A folding file: what it asks of single layers, and what they have instead where they lack it."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import tomllib

from levada.core.errors import OptionError
from levada.core.manifests import Folding, Layer
from levada.partition.nearest import no_layer

MOST_PAIRS = 12
"""How many pairs of PE and SIMD are offered for one that a layer lacks."""


class FoldingEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A layer's entry in a folding file; what is left out is left to the planner."""

    pe: int | None = None
    simd: int | None = None
    implementation: str | None = None
    multiplier: str | None = None
    thresholds: str | None = None

    @property
    def asked(self) -> dict[str, int | str]:
        """Return the fields that are given."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}

    def indices(self, layer: Layer) -> tuple[int, ...]:
        """Return the layer's foldings that agree with every field that is given."""
        return tuple(
            number
            for number, folding in enumerate(layer.foldings)
            if all(getattr(folding, name) == value for name, value in self.asked.items())
        )

    def text(self) -> str:
        """Return the fields that are given, as a file has them."""
        return ", ".join(
            f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"'
            for name, value in self.asked.items()
        )


def from_file(path: Path, layers: Mapping[str, Layer]) -> dict[str, tuple[int, ...]]:
    """Return the foldings of each layer that a file allows. Raise OptionError for what is no such file, or does not fit the layers."""
    found = {}
    for name, entry in _entries(path).items():
        if name not in layers:
            msg = f"{path}: {no_layer(name, layers)}"
            raise OptionError(msg)
        found[name] = entry.indices(layers[name])
        if not found[name]:
            msg = f"{path}: layer {name!r} has no folding with {entry.text()}; {_instead(entry, layers[name])}"
            raise OptionError(msg)
    return found


def _entries(path: Path) -> dict[str, FoldingEntry]:
    wanted = f"{path}: expected a table of pe, simd, implementation, multiplier, thresholds for each layer"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{wanted}: {error}"
        raise OptionError(msg) from None
    return {name: _entry(table, f"{wanted}; layer {name!r}") for name, table in tables.items()}


def _entry(table: object, where: str) -> FoldingEntry:
    try:
        return msgspec.convert(table, FoldingEntry)
    except msgspec.ValidationError as error:
        msg = f"{where}: {error}"
        raise OptionError(msg) from None


def _instead(entry: FoldingEntry, layer: Layer) -> str:
    """Return the ways to build the layer with the PE and SIMD asked for, or the pairs nearest to them where it lacks these."""
    paired = FoldingEntry(pe=entry.pe, simd=entry.simd).indices(layer)
    if paired:
        return f"with that PE and SIMD it can be {' or '.join(sorted({_way(layer.foldings[each]) for each in paired}))}"

    def distance(pair: tuple[int, int]) -> tuple[int, tuple[int, int]]:
        apart = (abs(has - wants) for has, wants in zip(pair, (entry.pe, entry.simd), strict=True) if wants is not None)
        return sum(apart), pair

    pairs = sorted({(folding.pe, folding.simd) for folding in layer.foldings}, key=distance)
    words = "the PE and SIMD nearest to it are" if len(pairs) > MOST_PAIRS else "its PE and SIMD can be"
    return f"{words} {', '.join(map(str, sorted(pairs[:MOST_PAIRS])))}"


def _way(folding: Folding) -> str:
    parts = (folding.implementation, folding.multiplier, folding.thresholds)
    return "/".join(part for part in parts if part is not None)
