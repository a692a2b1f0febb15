# SPDX-License-Identifier: Apache-2.0
"""Progress of long work: a bar where a person looks, nothing where nobody does."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

EVERY_S = 10.0
T = TypeVar("T")


class Progress:
    """Shows tasks on a console (stderr in the command); quiet by default, as a library should be.

    On a terminal a task is a bar; in a log it is a line at its start, and at most one every ten seconds as it gets on.
    """

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Show on ``console``, or nowhere; ``clock`` counts seconds."""
        self._console, self._clock = console, clock

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
            log = None if on_terminal else _Log(self.say, self._clock, title, total)
            yield Task(bars, bars.add_task(title, total=total), log)


class Task:
    """One line of progress."""

    def __init__(self, bars: Bars, identity: int, log: "_Log | None" = None) -> None:
        """Belong to ``bars``, or to a log."""
        self._bars, self._identity, self._log = bars, identity, log

    def advance(self, steps: int = 1) -> None:
        """Count ``steps`` as done."""
        self._bars.advance(self._identity, steps)  # type: ignore[arg-type]
        if self._log:
            self._log.advance(steps)

    def title(self, text: str) -> None:
        """Say what is being done now."""
        self._bars.update(self._identity, description=text)  # type: ignore[arg-type]
        if self._log:
            self._log.title = text


class _Log:
    """A task where no terminal is: a line now and then, never two within :data:`EVERY_S`."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float], title: str, total: int | None) -> None:
        self._say, self._clock, self._total, self.title = say, clock, total, title
        self._started_s = self._said_s = clock()
        self._done = 0

    def advance(self, steps: int) -> None:
        self._done += steps
        now_s = self._clock()
        if now_s - self._said_s >= EVERY_S:
            self._said_s = now_s
            of = "" if self._total is None else f" of {self._total}"
            self._say(f"{self.title} … {self._done}{of} after {now_s - self._started_s:.0f} s")


def _length(steps: object) -> int | None:
    return len(steps) if isinstance(steps, Sequence) else None
