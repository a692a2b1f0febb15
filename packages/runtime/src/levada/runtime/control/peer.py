# SPDX-License-Identifier: Apache-2.0
"""The controller's end of one agent: its socket, what was asked and not answered, and its last signs of life."""

from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

import msgspec
import zmq
from msgspec import Struct

from levada.core.manifests import AgentUse
from levada.runtime.keys import ControllerKeys
from levada.runtime.protocol.codec import MAX_MESSAGE_BYTES, MessageError, decode_reply, encode
from levada.runtime.protocol.messages import AnyReply, AnyRequest, Level, Report

RESEND_S = 1.5
HIGH_WATER = 1000
R = TypeVar("R", bound=AnyRequest)


class Target(Struct, frozen=True, kw_only=True):
    """A host of the cluster and where its agent listens."""

    host: str
    address: str


class Pending(Struct, kw_only=True):
    """A request that waits for its reply; ``sent_s`` None where the socket has not taken it yet."""

    request: AnyRequest
    content: bytes
    sent_s: float | None


class Answer(Struct, frozen=True):
    """A request of ours with the agent's reply."""

    host: str
    request: AnyRequest
    reply: AnyReply


class Peer:
    """One agent. Used from one thread; resends what stays unanswered, which an agent answers but once."""

    def __init__(
        self,
        context: "zmq.Context[zmq.Socket[bytes]]",
        target: Target,
        keys: ControllerKeys | None,
        clock: Callable[[], float],
    ) -> None:
        """Connect, in the background, to the agent at ``target``."""
        self.host, self.address, self._clock = target.host, target.address, clock
        self.socket = context.socket(zmq.DEALER)
        for option, value in (
            (zmq.LINGER, 0),
            (zmq.IMMEDIATE, 1),
            (zmq.SNDHWM, HIGH_WATER),
            (zmq.RCVHWM, HIGH_WATER),
            (zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES),
        ):
            self.socket.setsockopt(option, value)
        if keys is not None:
            self.socket.curve_serverkey = keys.hosts[target.host]
            self.socket.curve_publickey, self.socket.curve_secretkey = keys.own.public, keys.own.secret
        self.socket.connect(target.address)
        self._pending: dict[str, Pending] = {}
        self.heard_s = clock()
        self.report = Report(id="", level=Level.IDLE)
        self.news = 0
        self.use = AgentUse(host=target.host, pid=0, drivers=())

    def post(self, request: AnyRequest) -> None:
        """Send a request under a new id, or as soon as the socket takes it."""
        named = msgspec.structs.replace(request, id=uuid4().hex)
        self._pending[named.id] = Pending(request=named, content=encode(named), sent_s=None)
        self._push(self._pending[named.id])

    def push_all(self) -> None:
        """Send what the socket did not take before, and again what was not answered for long."""
        now_s = self._clock()
        for waiting in self._pending.values():
            if waiting.sent_s is None or now_s - waiting.sent_s > RESEND_S:
                self._push(waiting)

    def _push(self, waiting: Pending) -> None:
        try:
            self.socket.send(waiting.content, zmq.NOBLOCK)
            waiting.sent_s = self._clock()
        except zmq.Again:
            waiting.sent_s = None

    def receive(self) -> list[Answer]:
        """Return the replies that are here; those that answer nothing (any more) count as signs of life only."""
        answers = []
        while self.socket.poll(0):
            frames = self.socket.recv_multipart(zmq.NOBLOCK)
            try:
                reply = decode_reply(frames[-1])
            except MessageError as error:
                msg = f"host {self.host} at {self.address}: {error}"
                raise MessageError(error.cause, msg) from None
            self.heard_s = self._clock()
            waiting = self._pending.pop(reply.id, None)
            if waiting is not None:
                answers.append(Answer(self.host, waiting.request, reply))
        return answers

    def awaits(self, kind: type[AnyRequest]) -> bool:
        """Say whether a request of this kind is unanswered."""
        return any(isinstance(waiting.request, kind) for waiting in self._pending.values())

    def forget(self) -> None:
        """Give up on everything unanswered."""
        self._pending.clear()

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()
