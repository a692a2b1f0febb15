# SPDX-License-Identifier: Apache-2.0
"""The account of a run's images: every one is waiting, in flight, answered or failed, and never two of these."""

import math
from collections.abc import Sequence

from msgspec import Struct

from levada.core.manifests import Failure, Latency


class Loss(Struct, frozen=True, kw_only=True):
    """Where and why an image was lost. Of several losses of one image the one nearest the input (lowest ``rank``) counts."""

    place: str
    reason: str
    rank: int = 0


class Ledger:
    """Accounts for images 0…count-1, at most ``window`` of them in flight, submitted in order at no more than ``rate_per_s``."""

    def __init__(self, count: int, window: int, rate_per_s: float | None = None) -> None:
        """Start with every image waiting."""
        self.count, self._window, self._rate_per_s = count, window, rate_per_s
        self._next = 0
        self._first_s = 0.0
        self._in_flight: dict[int, float] = {}
        self._latencies_ms: dict[int, float] = {}
        self._losses: dict[int, Loss] = {}
        self.answers: dict[int, bytes] = {}

    def due(self, now_s: float) -> range:
        """Return the images to submit now."""
        room = self._window - len(self._in_flight)
        if self._rate_per_s is not None:
            allowed = int((now_s - self._first_s) * self._rate_per_s) + 1 if self._next else 1
            room = min(room, allowed - self._next)
        return range(self._next, min(self._next + max(room, 0), self.count))

    def submit(self, frames: Sequence[int], now_s: float) -> None:
        """Note that ``frames``, the next in order, were submitted."""
        if not self._next:
            self._first_s = now_s
        self._in_flight |= dict.fromkeys(frames, now_s)
        self._next += len(frames)

    def answer(self, frame: int, payload: bytes, now_s: float) -> bool:
        """Note an answer; say whether it was expected (a second one, or one for a lost image, is not)."""
        sent_s = self._in_flight.pop(frame, None)
        if sent_s is None:
            return False
        self.answers[frame] = payload
        self._latencies_ms[frame] = (now_s - sent_s) * 1000
        return True

    def lose(self, frame: int, loss: Loss) -> bool:
        """Note that an image in flight is lost; say whether that is new. A place nearer the input replaces an earlier one."""
        known = self._losses.get(frame)
        if known is not None:
            if loss.rank < known.rank:
                self._losses[frame] = loss
            return False
        if self._in_flight.pop(frame, None) is None:
            return False
        self._losses[frame] = loss
        return True

    def lose_all(self, loss: Loss) -> None:
        """Note that nothing more will come: every image without an answer is lost."""
        self._in_flight |= dict.fromkeys(range(self._next, self.count), math.nan)
        self._next = self.count
        for frame in sorted(self._in_flight):
            self.lose(frame, loss)

    @property
    def submitted(self) -> int:
        """Return how many images were submitted."""
        return self._next

    @property
    def in_flight(self) -> tuple[int, ...]:
        """Return the images in flight, in order."""
        return tuple(sorted(self._in_flight))

    @property
    def done(self) -> bool:
        """Say whether every image is answered or lost."""
        return len(self.answers) + len(self._losses) == self.count

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Return the lost images, in order."""
        return tuple(Failure(image=f, place=loss.place, reason=loss.reason) for f, loss in sorted(self._losses.items()))

    @property
    def latency(self) -> Latency:
        """Return quantiles over the answered images (0 where there are none)."""
        ordered = sorted(self._latencies_ms.values())
        return Latency(p50_ms=_quantile(ordered, 0.5), p90_ms=_quantile(ordered, 0.9), p99_ms=_quantile(ordered, 0.99))


def _quantile(ordered: Sequence[float], fraction: float) -> float:
    """Return the smallest value that at least ``fraction`` of all do not exceed."""
    return round(ordered[max(math.ceil(fraction * len(ordered)) - 1, 0)], 3) if ordered else 0.0
