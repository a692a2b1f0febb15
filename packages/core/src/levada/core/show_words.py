# SPDX-License-Identifier: Apache-2.0
"""Small words of summaries: counts with their nouns, and what is unknown."""


def some(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def count(number: int | None) -> str:
    """Return a count, or that nobody knows it."""
    return "unknown" if number is None else str(number)
