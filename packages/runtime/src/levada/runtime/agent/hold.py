# SPDX-License-Identifier: Apache-2.0
"""One card on its way from level to level: what each step does to its driver, without threads or clocks of its own."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from levada.core.errors import NetworkError
from levada.core.interfaces import Answered, CardReport, Driver, Endpoint, Network, Phase, Wiring
from levada.core.manifests import CardDeployment, Deployment
from levada.runtime.protocol.messages import Level, Picture

NOTHING = CardReport(traffic=(), digests=(), faults=(), in_flight=0)


class Assignment(Struct, frozen=True, kw_only=True):
    """What one card of this host has to do: its driver, its network (None without ports), the folder of its payloads.

    ``address``: where other machines can meet the ports of emulated cards, None for nowhere.
    """

    card: CardDeployment
    deployment: Deployment
    payloads: Path
    driver: type[Driver]
    network: type[Network] | None
    address: str | None = None


class CardHold:
    """One card. Every method is called from one thread."""

    def __init__(self, assignment: Assignment) -> None:
        """Take no hold of the card yet; :meth:`step` towards PROGRAMMED does."""
        self._assignment = assignment
        self._network = assignment.network() if assignment.network else None
        self._driver: Driver | None = None
        self._in_flight = 0
        self.level = Level.LOADED

    @property
    def place(self) -> str:
        """Return how messages call this card."""
        return f"card {self._assignment.card.index} ({self._assignment.card.name}) on host {self._assignment.card.host}"

    @property
    def index(self) -> int:
        """Return the card's number."""
        return self._assignment.card.index

    def step(self, target: Level, wiring: Wiring | None) -> bool:
        """Do one step towards ``target`` and say whether the level rose; False also where one must wait and ask again."""
        if self.level >= target:
            return False
        step = Level(self.level + 1)
        if not self._steps()[step](wiring):
            return False
        self.level = step
        return True

    def why_not(self) -> str:
        """Say what the next step is waiting for."""
        if self.level == Level.CONFIGURED:
            return "; ".join(self._problems())
        if self.level == Level.INPUT:
            return f"{self._in_flight} frames are still in flight"
        return f"still at {self.level.name}"

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return where the card's ports can be met."""
        return self._driver.endpoints(self._assignment.address) if self._driver else ()

    def submit(self, pictures: Sequence[Picture]) -> None:
        """Give images to the input DMA."""
        for picture in pictures:
            self.driver.submit(picture.frame, picture.image)
        self._in_flight += len(pictures)

    def answers(self, timeout_s: float) -> tuple[Answered, ...]:
        """Let the card work for at most ``timeout_s`` and return its answers."""
        return tuple(self._driver.answers(timeout_s)) if self._driver else ()

    def report(self) -> CardReport:
        """Return what the card says of itself."""
        report = self._driver.report() if self._driver else NOTHING
        self._in_flight = report.in_flight
        return report

    def release(self) -> None:
        """Let go of the card."""
        driver, self._driver = self._driver, None
        self.level = Level.LOADED
        if driver:
            driver.release()

    @property
    def driver(self) -> Driver:
        """Return the driver. Raise NetworkError before the card is programmed."""
        if self._driver is None:
            msg = f"{self.place} is not programmed"
            raise NetworkError(msg)
        return self._driver

    def _steps(self) -> dict[Level, Callable[[Wiring | None], bool]]:
        return {
            Level.PROGRAMMED: self._program,
            Level.CONFIGURED: self._configure,
            Level.LINKED: lambda _: not self._problems(),
            Level.OUTPUTS: lambda _: self._start(Phase.OUTPUTS),
            Level.WEIGHTS: lambda _: self._start(Phase.WEIGHTS),
            Level.INPUT: lambda _: self._start(Phase.INPUT),
            Level.DRAINED: lambda _: self._in_flight == 0,
        }

    def _program(self, _wiring: Wiring | None) -> bool:
        given = self._assignment
        self._driver = given.driver(given.card, given.deployment, given.payloads, self._network)
        self._driver.program()
        return True

    def _configure(self, wiring: Wiring | None) -> bool:
        if wiring is not None:
            self.driver.wire(wiring)
        if self._network is not None:
            for port in self._assignment.card.ports:
                self._network.configure(self.driver.registers(port.name), port)
        return True

    def _problems(self) -> tuple[str, ...]:
        if self._network is None:
            return ()
        states = [self._network.health(self.driver.registers(port.name), port) for port in self._assignment.card.ports]
        return tuple(
            f"port {state.port}: {', '.join(state.problems) or 'not ready'}" for state in states if not state.ready
        )

    def _start(self, phase: Phase) -> bool:
        self.driver.start(phase)
        return True
