# SPDX-License-Identifier: Apache-2.0
"""SIGTERM and SIGHUP end a command as Ctrl-C does: what it started is ended, what it was writing is cleared away."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)


class Terminated(KeyboardInterrupt):
    """A signal asked the command to end; ``number`` says which."""

    def __init__(self, number: int) -> None:
        """Name the signal."""
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number = number


@contextmanager
def raised() -> Iterator[None]:
    """Have each of these signals raise Terminated while the block runs, unless somebody else sees to it (or it is ignored)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours, mine = os.getpid(), [number for number in ENDING if signal.getsignal(number) is signal.SIG_DFL]

    def end(number: int, _frame: FrameType | None) -> None:
        if os.getpid() == ours:
            raise Terminated(number)
        signal.signal(number, signal.SIG_DFL)  # a forked child ends as it would have
        os.kill(os.getpid(), number)

    for number in mine:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)
