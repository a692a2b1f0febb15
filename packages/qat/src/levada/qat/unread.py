# SPDX-License-Identifier: Apache-2.0
"""Pictures that cannot be read: each is named once, and all are counted."""

from collections.abc import Iterable

from levada.core.progress import Progress

NAMED = 20
"""Beyond so many, pictures are only counted."""


class Unread:
    """Keeps the complaints about pictures that could not be read; work goes on without them."""

    def __init__(self, progress: Progress) -> None:
        """Name them through ``progress``."""
        self._progress = progress
        self._complaints: set[str] = set()

    def add(self, complaints: Iterable[str]) -> None:
        """Name those that are new."""
        for complaint in complaints:
            if complaint in self._complaints:
                continue
            self._complaints.add(complaint)
            if len(self._complaints) <= NAMED:
                self._progress.say(f"note: {complaint}")

    def sum_up(self) -> None:
        """Say how many there are, if any."""
        if self._complaints:
            self._progress.say(f"note: {len(self._complaints)} pictures could not be read and were left out")

    @property
    def complaints(self) -> frozenset[str]:
        """Return what was said."""
        return frozenset(self._complaints)
