# SPDX-License-Identifier: Apache-2.0
"""Progress of long work: a bar where a person looks, nothing where nobody does."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

T = TypeVar("T")


class Progress:
    """Shows tasks on a console (stderr in the command); quiet by default, as a library should be.

    On a terminal a task is a bar; in a log it is one line at its start.
    """

    def __init__(self, console: Console | None = None) -> None:
        """Show on ``console``, or nowhere."""
        self._console = console

    def say(self, text: str) -> None:
        """Print one line, above any bar."""
        if self._console:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def track(self, steps: Sequence[T] | Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
        """Yield ``steps`` while showing how many are done."""
        with self.task(title, total if total is not None else _length(steps)) as task:
            for step in steps:
                yield step
                task.advance()

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator["Task"]:
        """Show one task until the block ends; ``total`` None spins."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        on_terminal = self._console is not None and self._console.is_terminal
        if not on_terminal:
            self.say(f"{title} …")
        with Bars(*columns, console=self._console, transient=True, disable=not on_terminal) as bars:
            yield Task(bars, bars.add_task(title, total=total))


class Task:
    """One line of progress."""

    def __init__(self, bars: Bars, identity: int) -> None:
        """Belong to ``bars``."""
        self._bars, self._identity = bars, identity

    def advance(self, steps: int = 1) -> None:
        """Count ``steps`` as done."""
        self._bars.advance(self._identity, steps)  # type: ignore[arg-type]

    def title(self, text: str) -> None:
        """Say what is being done now."""
        self._bars.update(self._identity, description=text)  # type: ignore[arg-type]


def _length(steps: object) -> int | None:
    return len(steps) if isinstance(steps, Sequence) else None
