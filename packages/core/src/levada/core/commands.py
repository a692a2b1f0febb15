# SPDX-License-Identifier: Apache-2.0
"""Sub-commands that are no stage: what a plug-in adds, and what its function gets."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from levada.core.errors import PluginError
from levada.core.progress import Progress
from levada.core.stages import Options

if TYPE_CHECKING:
    from levada.core.runner import Runner

O = TypeVar("O", bound=Options)  # noqa: E741


class Context(Struct, frozen=True):
    """What a command may use. ``runner`` runs stages; ``runner.registry`` answers for everything registered."""

    runner: "Runner"
    progress: Progress

    @property
    def registry(self) -> Any:
        """Return the registry."""
        return self.runner.registry


class Command(Struct, frozen=True):
    """A sub-command: its name, its options, its help, and the function that returns the exit code."""

    name: str
    options: type[Options]
    run: Callable[[Any, Context], int]
    help: str


class Commands:
    """Collects the sub-commands of a plug-in."""

    def __init__(self) -> None:
        """Start empty."""
        self._commands: dict[str, Command] = {}

    def add(self, name: str, options: type[O], function: Callable[[O, Context], int]) -> None:
        """Add a sub-command; the first line of the function's docstring is its help."""
        if name in self._commands:
            msg = f"command {name!r} is added twice; rename one"
            raise PluginError(msg)
        summary = (function.__doc__ or "").strip().partition("\n")[0]
        self._commands[name] = Command(name, options, function, summary)

    def __iter__(self) -> Any:
        """Iterate over the commands, by name."""
        return iter(sorted(self._commands.values(), key=lambda command: command.name))
