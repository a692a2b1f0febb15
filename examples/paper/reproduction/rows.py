# SPDX-License-Identifier: Apache-2.0
"""The rows of ``paper.json``: for each figure of the paper, what is published and what Levada computes."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from levada.core.manifests import Basis
from levada.core.manifests.common import Record

Computed = float | bool | str | None
Table = Literal["I", "II", "III", "IV", "Fig. 2", "text", "breakdown"]


class Row(Record, frozen=True, kw_only=True):
    """One figure. ``basis`` names the denominator of a percentage, or what a feasibility was asked on; None elsewhere.

    ``ratio`` is ``levada`` over ``published``; None where one of the two is missing or no number.
    """

    table: Table
    design: str
    quantity: str
    basis: Basis | None = None
    published: float | None = None
    levada: Computed = None
    ratio: float | None = None


def row(table: Table, design: str, quantity: str, published: float | None, levada: Computed) -> Row:
    """Return a row with its ratio."""
    return Row(
        table=table,
        design=design,
        quantity=quantity,
        published=published,
        levada=levada,
        ratio=ratio(published, levada),
    )


def on(basis: Basis, each: Row) -> Row:
    """Return the row with its basis named."""
    return msgspec.structs.replace(each, basis=basis)


def ratio(published: float | None, levada: Computed) -> float | None:
    """Return ``levada`` over ``published``, None where there are no two numbers."""
    if isinstance(levada, bool) or not isinstance(levada, (int, float)) or not published:
        return None
    return levada / published


def to_json(rows: Iterable[Row]) -> bytes:
    """Return the rows as a JSON list, one object per row, one final newline."""
    return msgspec.json.format(msgspec.json.encode(list(rows)), indent=1) + b"\n"


def schema() -> bytes:
    """Return the JSON schema of ``paper.json``."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(list[Row])), indent=1) + b"\n"
