# SPDX-License-Identifier: Apache-2.0
"""A thread per card: it alone calls the card's driver, takes orders from a queue, and puts news into the outbox."""

import queue
import threading
import time
from collections.abc import Callable

from msgspec import Struct

from levada.core.errors import LevadaError
from levada.core.interfaces import Answered, CardReport, Endpoint, Wiring
from levada.runtime.agent.hold import NOTHING, CardHold
from levada.runtime.agent.outbox import Outbox
from levada.runtime.protocol.messages import Level, Picture, Trouble

TURN_S = 0.002
IDLE_S = 0.01
REPORT_S = 0.05


class Order(Struct, frozen=True, kw_only=True):
    """What the agent asks of a card: a level to reach within ``budget_s``, images to submit, or both."""

    level: Level = Level.IDLE
    wiring: Wiring | None = None
    budget_s: float = 0.0
    pictures: tuple[Picture, ...] = ()


class State(Struct, frozen=True, kw_only=True):
    """What a card's thread publishes; replaced whole, so that readers in other threads see one moment."""

    level: Level = Level.LOADED
    endpoints: tuple[Endpoint, ...] = ()
    trouble: Trouble | None = None


class CardWorker:
    """Runs one :class:`CardHold` in a thread of its own until :meth:`stop`."""

    def __init__(self, hold: CardHold, outbox: Outbox, changed: Callable[[], None]) -> None:
        """Start working; ``changed`` is called when the level rose or trouble came."""
        self._hold, self._outbox, self._changed = hold, outbox, changed
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._goal, self._due_s, self._reported_s = Order(level=Level.LOADED), 0.0, 0.0
        self.state = State()
        self.last: CardReport = NOTHING
        self._thread = threading.Thread(target=self._run, name=hold.place, daemon=True)
        self._thread.start()

    def order(self, order: Order) -> None:
        """Ask something of the card; its state tells how far it came."""
        self._orders.put(order)

    def stop(self, timeout_s: float) -> bool:
        """Let go of the card and end the thread; say whether it ended in time."""
        self._stopping.set()
        self._orders.put(Order())
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._turn()
        except LevadaError as error:
            self._fail(str(error), error.exit_code)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's driver raises is reported with its place
            self._fail(f"{type(error).__name__}: {error}", 1)
        finally:
            self._let_go()

    def _turn(self) -> None:
        streaming, started_s = self._hold.level >= Level.OUTPUTS, time.monotonic()
        answers = self._hold.answers(TURN_S if streaming else 0.0)
        self._report(answers)
        rose = self._hold.step(self._goal.level, self._goal.wiring)
        if rose:
            self._publish(State(level=self._hold.level, endpoints=self._hold.endpoints()))
        elif self._hold.level < self._goal.level and time.monotonic() > self._due_s:
            self._fail(f"did not reach {self._goal.level.name} in time: {self._hold.why_not()}", 1)
            self._goal = Order(level=self._hold.level)
        turn_s = 0.0 if rose or answers else TURN_S if streaming else IDLE_S
        self._obey(turn_s - (time.monotonic() - started_s))

    def _obey(self, wait_s: float) -> None:
        try:
            order = self._orders.get(timeout=wait_s) if wait_s > 0 else self._orders.get_nowait()
            while True:
                self._take(order)
                order = self._orders.get_nowait()
        except queue.Empty:
            return

    def _take(self, order: Order) -> None:
        if order.level > self._goal.level:
            self._goal, self._due_s = order, time.monotonic() + order.budget_s
        if order.pictures:
            self._hold.submit(order.pictures)

    def _report(self, answers: tuple[Answered, ...]) -> None:
        """Ask the card for its report now and then, with every answer, and always while it drains."""
        now_s = time.monotonic()
        if not answers and now_s - self._reported_s < REPORT_S and self._goal.level != Level.DRAINED:
            return
        self._reported_s = now_s
        self.last = self._hold.report()
        self._outbox.tell(self._hold.index, answers, self.last.faults, self.last.digests)

    def _publish(self, state: State) -> None:
        self.state = state
        self._changed()

    def _fail(self, reason: str, exit_code: int) -> None:
        trouble = Trouble(place=self._hold.place, reason=reason, exit_code=exit_code)
        self._publish(State(level=self.state.level, endpoints=self.state.endpoints, trouble=trouble))

    def _let_go(self) -> None:
        try:
            self._hold.release()
        except Exception as error:  # noqa: BLE001 - the card is given up either way, and why is worth a line
            self._fail(f"could not be released: {type(error).__name__}: {error}", 1)
