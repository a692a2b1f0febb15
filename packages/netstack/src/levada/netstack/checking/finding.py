# SPDX-License-Identifier: Apache-2.0
"""What a rule says: what it found wrong, and what holds if it found nothing."""

from collections.abc import Callable, Iterable

from levada.core.manifests import Deployment, Hop, NetworkPort, Record

SHOWN = 5


class Finding(Record, frozen=True, kw_only=True):
    """``problems`` are empty where the rule holds; ``proven`` then says what is certain, and what is not."""

    problems: tuple[str, ...]
    proven: str

    def detail(self) -> str:
        """Return the problems (the first few), or what is proven."""
        if not self.problems:
            return self.proven
        more = len(self.problems) - SHOWN
        return "; ".join(self.problems[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


Rule = Callable[[Deployment], Finding]


def finding(problems: Iterable[str], proven: str) -> Finding:
    """Return a finding; ``problems`` may be a generator."""
    return Finding(problems=tuple(problems), proven=proven)


def all_ports(deployment: Deployment) -> tuple[NetworkPort, ...]:
    """Return every port of every card."""
    return tuple(port for card in deployment.cards for port in card.ports)


def hop_place(hop: Hop) -> str:
    """Return how a hop is called in a message."""
    return f"stream {hop.stream!r} (card {hop.source_card} → {hop.sink_card})"


def repeated(values: Iterable[str]) -> tuple[str, ...]:
    """Return each value that occurs more than once."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for value in values:
        if value in seen:
            twice[value] = None
        seen.add(value)
    return tuple(twice)
