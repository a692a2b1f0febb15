# SPDX-License-Identifier: Apache-2.0
"""News of the cards, kept until the controller has acknowledged it: filled by card threads, read by the agent."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from levada.core.interfaces import Answered, FrameDigest, PortFault
from levada.runtime.protocol.messages import CardFault, News

DIGESTS_AT_ONCE = 512


class Outbox:
    """Numbered news; safe to use from several threads. ``wake`` is called after something that cannot wait."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """Start empty."""
        self._wake, self._lock = wake, threading.Lock()
        self._news: deque[News] = deque()
        self._number = 0
        self._quiet_digests = 0

    def tell(
        self, card: int, answers: Sequence[Answered], faults: Sequence[PortFault], digests: Sequence[FrameDigest]
    ) -> None:
        """Add what one card has to say, if anything."""
        if not (answers or faults or digests):
            return
        placed = tuple(CardFault(card=card, fault=fault) for fault in faults)
        with self._lock:
            self._number += 1
            news = News(number=self._number, answers=tuple(answers), faults=placed, digests=tuple(digests))
            self._news.append(news)
            self._quiet_digests += len(digests)
            urgent = bool(answers or faults) or self._quiet_digests >= DIGESTS_AT_ONCE
        if urgent:
            self._wake()

    def acknowledge(self, number: int) -> None:
        """Drop all news up to ``number``."""
        with self._lock:
            while self._news and self._news[0].number <= number:
                self._news.popleft()
            self._quiet_digests = sum(len(news.digests) for news in self._news)

    def pending(self) -> tuple[News, ...]:
        """Return what is not acknowledged, oldest first."""
        with self._lock:
            return tuple(self._news)

    def urgent(self) -> bool:
        """Say whether something pending should be told now: answers, faults, or many digests."""
        with self._lock:
            return self._quiet_digests >= DIGESTS_AT_ONCE or any(news.answers or news.faults for news in self._news)
