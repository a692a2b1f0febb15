# SPDX-License-Identifier: Apache-2.0
"""All cards of one host for one deployment, as one: the lowest level, the first trouble, everybody's news."""

from collections.abc import Callable, Sequence
from typing import Protocol

from levada.core.interfaces import Endpoint, Seen, WeightsRead, Wiring
from levada.runtime.agent.hold import Assignment, CardHold
from levada.runtime.agent.outbox import Outbox
from levada.runtime.agent.worker import CardWorker, Order
from levada.runtime.protocol.messages import Level, News, Picture, Trouble

STOP_S = 10.0


class Bench(Protocol):
    """What the agent's logic needs of the cards; tests answer for it without threads."""

    @property
    def level(self) -> Level:
        """Return the level that all cards have reached."""

    @property
    def trouble(self) -> Trouble | None:
        """Return why the cards cannot go on, if they cannot."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return where the cards' ports can be met."""

    @property
    def traffic(self) -> tuple[Seen, ...]:
        """Return the totals of every incoming hop."""

    @property
    def weights(self) -> tuple[WeightsRead, ...]:
        """Return what every weight DMA streamed."""

    @property
    def in_flight(self) -> int:
        """Return how many frames the cards hold."""

    def reach(self, level: Level, wiring: Wiring | None, budget_s: float) -> None:
        """Ask the cards to come to ``level``."""

    def submit(self, pictures: Sequence[Picture]) -> None:
        """Give images to the ingress card."""

    def acknowledge(self, number: int) -> None:
        """Forget news up to ``number``."""

    def pending(self) -> tuple[News, ...]:
        """Return unacknowledged news."""

    def urgent(self) -> bool:
        """Say whether some news should be told at once."""

    def release(self) -> None:
        """Let go of all cards."""


class WorkingBench:
    """The bench that works: a :class:`CardWorker` per card."""

    def __init__(self, assignments: Sequence[Assignment], wake: Callable[[], None]) -> None:
        """Start a thread for each assignment; ``wake`` is called when there is something to tell."""
        self._outbox = Outbox(wake)
        self._ingress = assignments[0].deployment.ingress_card
        self._workers = {given.card.index: CardWorker(CardHold(given), self._outbox, wake) for given in assignments}

    @property
    def level(self) -> Level:
        """Return the level that all cards have reached."""
        return min(worker.state.level for worker in self._workers.values())

    @property
    def trouble(self) -> Trouble | None:
        """Return the first card's trouble."""
        return next((worker.state.trouble for worker in self._workers.values() if worker.state.trouble), None)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return where the cards' ports can be met."""
        return tuple(endpoint for worker in self._workers.values() for endpoint in worker.state.endpoints)

    @property
    def traffic(self) -> tuple[Seen, ...]:
        """Return the totals of every incoming hop."""
        return tuple(seen for worker in self._workers.values() for seen in worker.last.traffic)

    @property
    def weights(self) -> tuple[WeightsRead, ...]:
        """Return what every weight DMA streamed."""
        return tuple(read for worker in self._workers.values() for read in worker.last.weights)

    @property
    def in_flight(self) -> int:
        """Return how many frames the cards hold."""
        return sum(worker.last.in_flight for worker in self._workers.values())

    def reach(self, level: Level, wiring: Wiring | None, budget_s: float) -> None:
        """Ask every card to come to ``level``."""
        for worker in self._workers.values():
            worker.order(Order(level=level, wiring=wiring, budget_s=budget_s))

    def submit(self, pictures: Sequence[Picture]) -> None:
        """Give images to the ingress card."""
        self._workers[self._ingress].order(Order(pictures=tuple(pictures)))

    def acknowledge(self, number: int) -> None:
        """Forget news up to ``number``."""
        self._outbox.acknowledge(number)

    def pending(self) -> tuple[News, ...]:
        """Return unacknowledged news."""
        return self._outbox.pending()

    def urgent(self) -> bool:
        """Say whether some news should be told at once."""
        return self._outbox.urgent()

    def release(self) -> None:
        """Stop all threads; each lets go of its card."""
        for worker in self._workers.values():
            worker.stop(STOP_S)
