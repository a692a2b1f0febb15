# SPDX-License-Identifier: Apache-2.0
"""Digests of what comes over the hops: one per frame, to name the first that is wrong, and one over all frames."""

import hashlib
from collections.abc import Iterable

from levada.core.interfaces import Counters, FrameDigest, Seen


class Tally:
    """The streams that enter one card over the network."""

    def __init__(self, streams: Iterable[str]) -> None:
        """Count from nothing."""
        self._running = {stream: hashlib.sha256() for stream in streams}
        self._fresh: list[FrameDigest] = []

    def note(self, stream: str, frame: int, content: bytes) -> None:
        """Add one frame's tensor, canonical form; frames come in order."""
        self._running[stream].update(content)
        self._fresh.append(FrameDigest(stream=stream, frame=frame, sha256=hashlib.sha256(content).digest()))

    def fresh(self) -> tuple[FrameDigest, ...]:
        """Return the digests since the last call."""
        fresh, self._fresh = tuple(self._fresh), []
        return fresh

    def seen(self, counters: Iterable[Counters]) -> tuple[Seen, ...]:
        """Return a port's counters with the digest over all frames so far."""
        return tuple(Seen(counters=count, sha256=self._running[count.stream].hexdigest()) for count in counters)
