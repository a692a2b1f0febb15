# SPDX-License-Identifier: Apache-2.0
"""Registries that hold just what a test wants: core's own plug-in, and whatever the test adds."""

from collections.abc import Callable
from typing import Any

from levada.core import plugin
from levada.core.hookspecs import hookimpl
from levada.core.plugins import KINDS, Registry


class Extra:
    """A plug-in made of values: each is returned from the register hook of its type."""

    def __init__(self, *values: Any) -> None:
        """Hold boards, clusters and classes; raise TypeError for what no hook takes."""
        for value in values:
            self._offer(value)

    def _offer(self, value: Any) -> None:
        kind = value if isinstance(value, type) else type(value)
        hook = next((known.hook for known in KINDS if issubclass(kind, known.type)), None)
        if hook is None:
            msg = f"no hook registers {value!r}"
            raise TypeError(msg)
        if not hasattr(self, hook):
            setattr(self, hook, _returning())
        getattr(self, hook).values.append(value)


def registry(*values: Any) -> Registry:
    """Return a registry with core's boards, presets and commands, and these boards, clusters and classes besides."""
    made = Registry(entry_points=())
    made.add(plugin, "core")
    if values:
        made.add(Extra(*values), "test")
    return made


def _returning() -> Callable[[], list[Any]]:
    values: list[Any] = []

    def implementation() -> list[Any]:
        return list(values)

    implementation.values = values  # type: ignore[attr-defined]
    return hookimpl(implementation)
