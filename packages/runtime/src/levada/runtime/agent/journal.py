# SPDX-License-Identifier: Apache-2.0
"""What an agent must not forget when it is restarted: the highest epoch it ever saw, so that old controllers stay out."""

from pathlib import Path


class Journal:
    """A file with one number."""

    def __init__(self, folder: Path, host: str) -> None:
        """Keep ``host``'s epoch in ``folder``."""
        self._path = folder / f".{host}.epoch"

    def epoch(self) -> int:
        """Return the highest epoch noted, 0 where none is (or where the file was damaged)."""
        try:
            text = self._path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return 0
        return int(text) if text.isdecimal() else 0

    def note(self, epoch: int) -> None:
        """Remember ``epoch``."""
        partial = self._path.with_suffix(".partial")
        partial.write_text(str(epoch), encoding="ascii")
        partial.replace(self._path)
