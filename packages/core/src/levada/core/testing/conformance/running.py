# SPDX-License-Identifier: Apache-2.0
"""Runs a kit without pytest, and says what should have been refused."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def failures(kit: type[Any], scratch: Path) -> dict[str, str]:
    """Run every test of a kit, each on an instance of its own, and return the name of each that failed with the reason.

    A test that asks for ``tmp_path``, as under pytest, gets a folder of its own under ``scratch``.
    """
    found = {}
    for name in sorted(word for word in dir(kit) if word.startswith("test_")):
        reason = _reason(getattr(kit(), name), scratch / name)
        if reason is not None:
            found[name] = reason
    return found


@contextmanager
def refusal(error: type[Exception], what: str) -> Iterator[None]:
    """Demand that the block raises ``error`` with a text."""
    text = None
    try:
        yield
    except error as raised:
        text = str(raised)
    assert text is not None, f"{what} must raise {error.__name__}; nothing was raised"
    assert text, f"{what}: a {error.__name__} needs a text"


def _reason(test: Any, folder: Path) -> str | None:
    arguments = {}
    if "tmp_path" in inspect.signature(test).parameters:
        folder.mkdir(parents=True)
        arguments["tmp_path"] = folder
    try:
        test(**arguments)
    except Exception as error:  # noqa: BLE001 - whatever an implementation raises is its failure
        return f"{type(error).__name__}: {error}"
    return None
