# SPDX-License-Identifier: Apache-2.0
"""FIFO depths that a user asks for: the rule of :mod:`levada.compile.fifos`, a published rule by name, or a file.

A file is TOML, or JSON where it ends in ``.json``: stream → depth in elements (beats of one lane; build divides by the lanes that
the plan chooses), or a table that also says how far to trust it, and on which side of the width converter it stands::

    "MVAU_2->ElementwiseAdd_0" = 15360
    "Pool_0->DuplicateStreams_0" = { depth = 4096, status = "proven", side = "sink" }

Streams that it leaves out keep the depth of the rule. Where no status is given the depth counts as ``rule`` if it is no less than
the rule's, as ``unknown`` otherwise.
"""

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import tomllib

from levada.compile.published import FIFO_RULES
from levada.core.errors import OptionError
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Fifo, Stream

RULE, FLAG = "rule", "--fifos"


class FifoWish(msgspec.Struct, frozen=True):
    """What is asked for: a rule by its name, or FIFOs by the names of their streams."""

    rule: str = RULE
    streams: dict[str, Fifo] = {}

    @classmethod
    def of(cls, text: str) -> "FifoWish":
        """Read the option's value. Raise OptionError for a file that cannot be read or says no FIFOs."""
        return cls(rule=text) if text in {RULE, *FIFO_RULES} else cls(streams=read(Path(text)))


def deepen(streams: Sequence[Stream], nodes: Sequence[HardwareNode], wish: FifoWish) -> tuple[Stream, ...]:
    """Return the streams with the FIFOs that are asked for. Raise OptionError where the network has no such stream."""
    if wish.rule != RULE:
        published = FIFO_RULES[wish.rule](nodes)
        if not published:
            msg = f"{FLAG} {wish.rule}: expected a network of bottleneck blocks, such as ResNet-50, of which that rule speaks"
            raise OptionError(msg)
        return tuple(_deepened(stream, published.get(stream.tensor)) for stream in streams)
    _check_names(wish.streams, streams)
    return tuple(_deepened(stream, wish.streams.get(stream.name)) for stream in streams)


def _deepened(stream: Stream, fifo: Fifo | None) -> Stream:
    if fifo is None:
        return stream
    enough = fifo.status == "unknown" and stream.fifo.status == "rule" and fifo.depth >= stream.fifo.depth
    return msgspec.structs.replace(stream, fifo=msgspec.structs.replace(fifo, status="rule") if enough else fifo)


def _check_names(wanted: Mapping[str, Fifo], streams: Sequence[Stream]) -> None:
    known = [stream.name for stream in streams]
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, 3, 0.0)
            msg = f"{FLAG}: expected one of the network's {len(known)} streams, such as {near!r}, got {name!r}"
            raise OptionError(msg)


def read(path: Path) -> dict[str, Fifo]:
    """Return stream name → FIFO as a file says. Raise OptionError saying what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        names = ", ".join((RULE, *FIFO_RULES))
        msg = f"{FLAG}: expected {names} or a file, got {str(path)!r}, which cannot be read: {error.strerror or error}"
        raise OptionError(msg) from error
    except ValueError as error:
        msg = (
            f"{FLAG}: expected TOML, or JSON in a file that ends in .json, got something else in {str(path)!r}: {error}"
        )
        raise OptionError(msg) from error
    if not isinstance(content, dict):
        msg = f"{FLAG}: expected stream names and depths in {str(path)!r}, got {content!r}"
        raise OptionError(msg)
    return {name: _fifo(name, value, path) for name, value in content.items()}


def _fifo(name: str, value: Any, path: Path) -> Fifo:
    said = value if isinstance(value, dict) else {"depth": value}
    try:
        return msgspec.convert({"status": "unknown", **said}, Fifo)
    except msgspec.ValidationError as error:
        msg = (
            f"{FLAG}: expected a depth in elements, or depth, status and side, for stream {name!r} in {str(path)!r}, "
            f"got {value!r}: {error}"
        )
        raise OptionError(msg) from error
