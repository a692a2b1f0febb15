# SPDX-License-Identifier: Apache-2.0
"""The agent's loop: moves frames between its door and its logic, and knows nothing of either."""

import time
from collections.abc import Callable

from msgspec import Struct

from levada.runtime.agent.door import Door, Frame
from levada.runtime.agent.logic import Agent
from levada.runtime.protocol.codec import MessageError, decode_request, encode
from levada.runtime.protocol.messages import AnyRequest, Cause, Failed, Watch

TICK_MS = 250


class Parked(Struct, frozen=True):
    """A request that the agent will answer once there is something to say, at the latest at ``due_s``."""

    route: bytes
    request: AnyRequest
    due_s: float


class Closing:
    """Whether the agent is to end: asked once it drains first, asked twice it does not."""

    def __init__(self, drain_s: float) -> None:
        """Allow ``drain_s`` for frames in flight."""
        self._drain_s, self._until_s = drain_s, float("inf")

    def ask(self) -> None:
        """Ask to end."""
        now_s = time.monotonic()
        self._until_s = now_s if self.asked else now_s + self._drain_s

    @property
    def asked(self) -> bool:
        """Say whether the end was asked for."""
        return self._until_s != float("inf")

    def over(self, agent: Agent) -> bool:
        """Say whether to end now: nothing is in flight, or the time to drain is up."""
        return self.asked and (agent.idle or time.monotonic() >= self._until_s)


def serve(agent: Agent, door: Door, closing: Closing, say: Callable[[str], None]) -> None:
    """Answer requests from ``door`` until the end is asked for, then let go of the cards; whoever waits is told of a failure of its own."""
    parked: list[Parked] = []
    try:
        while not closing.over(agent):
            for frame in door.wait(TICK_MS):
                parked += answer(agent, door, frame, say)
            parked = [waiting for waiting in parked if not _settle(agent, door, waiting, patient=_early(waiting))]
            agent.closing = closing.asked
            if door.abandoned and not closing.asked:
                closing.ask()
            expired = agent.tick()
            if expired:
                say(expired)
    except Exception as error:
        agent.fault = f"its agent failed: {type(error).__name__}: {error}"
        raise
    finally:
        agent.closing = True
        for frame in door.wait(0):
            parked += answer(agent, door, frame, say)
        for waiting in parked:
            _settle(agent, door, waiting, patient=False)
        agent.release()


def answer(agent: Agent, door: Door, frame: Frame, say: Callable[[str], None]) -> list[Parked]:
    """Answer one frame, or return it parked; junk is answered too. What could not be done is said here as well."""
    try:
        request = decode_request(frame.content if frame.content is not None else b"")
    except MessageError as error:
        door.send(frame.route, encode(Failed(id="", cause=error.cause, reason=str(error))))
        return []
    reply = agent.answer(request, patient=isinstance(request, Watch))
    if reply is None and isinstance(request, Watch):
        return [Parked(frame.route, request, time.monotonic() + request.wait_ms / 1000)]
    if isinstance(reply, Failed) and reply.cause is Cause.STEP:
        say(reply.reason)
    door.send(frame.route, encode(reply or _silent(request)))
    return []


def _settle(agent: Agent, door: Door, waiting: Parked, *, patient: bool) -> bool:
    reply = agent.answer(waiting.request, patient=patient)
    if reply is not None:
        door.send(waiting.route, encode(reply))
    return reply is not None


def _early(waiting: Parked) -> bool:
    return time.monotonic() < waiting.due_s


def _silent(request: AnyRequest) -> Failed:
    return Failed(id=request.id, cause=Cause.BAD_REQUEST, reason="the agent had nothing to say")
