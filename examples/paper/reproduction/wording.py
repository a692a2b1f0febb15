# SPDX-License-Identifier: Apache-2.0
"""How figures are written in tables and pictures."""

from reproduction.rows import Computed

NONE = "–"
NARROW = "\N{NARROW NO-BREAK SPACE}"


def number(value: Computed) -> str:
    """Return a figure with thin spaces between thousands; truths as yes and no; nothing as a dash."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}".replace(",", NARROW)
    return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", NARROW) if abs(value) >= 100 else f"{value:.2f}"


def times(ratio: float | None) -> str:
    """Return a ratio with three decimals."""
    return NONE if ratio is None else f"{ratio:.3f}"


def percent(value: float | None) -> str:
    """Return a percentage with one decimal."""
    return NONE if value is None else f"{value:.1f}{NARROW}%"


def amount(count: int) -> str:
    """Return a number of bytes in the unit that suits it."""
    if count < 1_000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.2f} MB"
