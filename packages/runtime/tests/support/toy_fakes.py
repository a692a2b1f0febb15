# SPDX-License-Identifier: Apache-2.0
"""Stand-ins without threads or sockets: a clock, a bench, a driver, a session, a door."""

from collections.abc import Iterable, Sequence

from levada.core.interfaces import Answered, CardReport, Driver, Endpoint, Phase, PortFault
from levada.runtime.agent.door import Frame
from levada.runtime.agent.hold import NOTHING
from levada.runtime.protocol.messages import Level, News


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class FakeBench:
    """A bench that does at once what it is asked, and remembers it."""

    def __init__(self, assignments: Sequence[object]) -> None:
        self.assignments = assignments
        self.level, self.trouble, self.in_flight = Level.LOADED, None, 0
        self.endpoints: tuple[Endpoint, ...] = ()
        self.traffic = self.weights = ()
        self.news: list[News] = []
        self.reached, self.pictures, self.acknowledged, self.released = [], [], 0, 0

    def reach(self, level, wiring, budget_s) -> None:
        self.reached.append((level, wiring, budget_s))
        self.level = max(self.level, level)

    def submit(self, pictures) -> None:
        self.pictures += pictures

    def acknowledge(self, number) -> None:
        self.acknowledged = number
        self.news = [news for news in self.news if news.number > number]

    def pending(self):
        return tuple(self.news)

    def urgent(self) -> bool:
        return any(news.answers or news.faults for news in self.news)

    def release(self) -> None:
        self.released += 1


class FakeDriver(Driver):
    """A driver that writes down its calls; what it answers and reports is set by the test."""

    name = "fake"
    made: "list[FakeDriver]" = []

    def __init__(self, card, deployment, payloads, network) -> None:
        self.calls: list[object] = []
        self.ready: list[Answered] = []
        self.reports: list[CardReport] = []
        self.error: Exception | None = None
        FakeDriver.made.append(self)

    def program(self) -> None:
        self.calls.append("program")

    def endpoints(self, address):
        return (Endpoint(port="port1", mac="02:00:00:00:00:01", machine="m", unix="/x", tcp=address),)

    def wire(self, wiring) -> None:
        self.calls.append(("wire", wiring))

    def registers(self, port):
        self.calls.append(("registers", port))
        return {}

    def start(self, phase: Phase) -> None:
        self.calls.append(phase)

    def submit(self, frame, image) -> None:
        self.calls.append(("submit", frame, image))

    def answers(self, timeout_s) -> Iterable[Answered]:
        if self.error:
            raise self.error
        answers, self.ready = tuple(self.ready), []
        return answers

    def report(self) -> CardReport:
        return self.reports.pop(0) if self.reports else NOTHING

    def release(self) -> None:
        self.calls.append("release")


def faulty(stream: str = "A->B", frame: int = 0) -> CardReport:
    """Return a report of one lost frame."""
    fault = PortFault(stream=stream, frame=frame, reason="lost")
    return CardReport(traffic=(), digests=(), faults=(fault,), in_flight=0)


class FakeDoor:
    """A door that gives prepared frames and keeps what is sent."""

    def __init__(self, *frames: Frame) -> None:
        self.frames, self.sent, self.abandoned = list(frames), [], False
        self.on_wait = lambda: None

    def wait(self, timeout_ms):
        self.on_wait()
        frames, self.frames = self.frames, []
        return frames

    def send(self, route, content) -> None:
        self.sent.append((route, content))
