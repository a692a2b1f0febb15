# SPDX-License-Identifier: Apache-2.0
"""Blobs on a host: a content-addressed cache, and the pieces that are still to come."""

import hashlib
import os
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from levada.core.artefact import sha256_of
from levada.core.errors import PayloadError
from levada.runtime.protocol.messages import Want

PIECE_BYTES = 1 << 20
CREDITS = 4
KEPT_BYTES = 8 << 30


class Blob(Struct, frozen=True, kw_only=True):
    """A blob as it lies in the vault."""

    path: Path
    size: int
    written_s: float


class Vault:
    """A folder of blobs named by their sha256. Several agents may share it: a blob appears whole or not at all."""

    def __init__(self, folder: Path, kept_bytes: int = KEPT_BYTES) -> None:
        """Keep blobs in ``folder``; the oldest go once there are more than ``kept_bytes``."""
        self.folder, self._kept_bytes = folder, kept_bytes
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where a blob lies, or would lie."""
        return self.folder / sha256

    def has(self, sha256: str, size: int) -> bool:
        """Say whether a blob is here and unaltered; an altered one is removed, so that it is fetched again."""
        path = self.path(sha256)
        try:
            if path.stat().st_size == size and sha256_of(path) == sha256:
                return True
        except FileNotFoundError:
            return False
        path.unlink(missing_ok=True)
        return False

    def prune(self, keep: Iterable[str]) -> None:
        """Remove the oldest blobs beyond the limit, never those in ``keep``."""
        kept = set(keep)
        blobs = self._blobs()
        total = sum(blob.size for blob in blobs)
        for blob in sorted(blobs, key=lambda blob: blob.written_s):
            if total <= self._kept_bytes or blob.path.name in kept:
                continue
            blob.path.unlink(missing_ok=True)
            total -= blob.size

    def _blobs(self) -> list[Blob]:
        """Return the whole blobs; another agent may remove one meanwhile. What is on its way, or a journal, begins with a dot."""
        blobs = []
        for path in self.folder.glob("[!.]*"):
            with suppress(FileNotFoundError):
                status = path.stat()
                blobs.append(Blob(path=path, size=status.st_size, written_s=status.st_mtime))
        return blobs


class Arrival:
    """One blob on its way: written piece by piece, in order, and accepted only if its digest is right."""

    def __init__(self, vault: Vault, sha256: str, size: int) -> None:
        """Expect ``size`` bytes."""
        self._vault, self._sha256, self._size = vault, sha256, size
        self._digest, self._written = hashlib.sha256(), 0
        self._part = vault.folder / f".{sha256}.{os.getpid()}.part"
        self._part.write_bytes(b"")

    def put(self, offset: int, content: bytes) -> bool:
        """Append a piece and say whether the blob is whole now. Raise PayloadError for other bytes than were asked for."""
        if offset != self._written or offset + len(content) > self._size:
            msg = (
                f"blob {self._sha256[:12]}…: expected a piece at {self._written}, got {len(content)} bytes at {offset}"
            )
            raise PayloadError(msg)
        with self._part.open("ab") as file:
            file.write(content)
        self._digest.update(content)
        self._written += len(content)
        if self._written < self._size:
            return False
        self._accept()
        return True

    def _accept(self) -> None:
        if self._digest.hexdigest() != self._sha256:
            self.abandon()
            msg = f"blob {self._sha256[:12]}… arrived with sha256 {self._digest.hexdigest()[:12]}…; check the controller's copy"
            raise PayloadError(msg)
        self._part.replace(self._vault.path(self._sha256))

    def abandon(self) -> None:
        """Remove what came so far."""
        self._part.unlink(missing_ok=True)


class Intake:
    """What is still to be fetched: asks for pieces in order, a few at a time."""

    def __init__(self, vault: Vault) -> None:
        """Want nothing yet."""
        self._vault = vault
        self._queue: deque[Want] = deque()
        self._asked: dict[tuple[str, int], int] = {}
        self._arrivals: dict[str, Arrival] = {}

    def need(self, sha256: str, size: int) -> None:
        """Queue a blob's pieces, unless it is here already or queued."""
        if sha256 in self._arrivals or self._vault.has(sha256, size):
            return
        self._arrivals[sha256] = Arrival(self._vault, sha256, size)
        for offset in range(0, max(size, 1), PIECE_BYTES):
            self._queue.append(Want(sha256, offset, min(PIECE_BYTES, size - offset)))

    def put(self, sha256: str, offset: int, content: bytes) -> None:
        """Take a piece. Raise PayloadError for one that was not asked for, or is wrong."""
        if (sha256, offset) not in self._asked:
            msg = f"nobody asked for blob {sha256[:12]}… at {offset}"
            raise PayloadError(msg)
        size = self._asked.pop((sha256, offset))
        if len(content) != size:
            msg = f"blob {sha256[:12]}…: expected {size} bytes at {offset}, got {len(content)}; check the controller's copy"
            raise PayloadError(msg)
        if self._arrivals[sha256].put(offset, content):
            del self._arrivals[sha256]

    def ask(self) -> tuple[Want, ...]:
        """Return the next pieces to bring: as many as there are credits left."""
        count = min(CREDITS - len(self._asked), len(self._queue))
        wants = tuple(self._queue.popleft() for _ in range(count))
        self._asked |= {(want.sha256, want.offset): want.size for want in wants}
        return wants

    @property
    def complete(self) -> bool:
        """Say whether everything is here."""
        return not self._arrivals

    def abandon(self) -> None:
        """Forget what was on its way."""
        for arrival in self._arrivals.values():
            arrival.abandon()
        self._arrivals.clear()
        self._queue.clear()
        self._asked.clear()
