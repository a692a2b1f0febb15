# SPDX-License-Identifier: Apache-2.0
"""The agent's sockets: a ROUTER for requests, a ZAP handler that admits known keys only, and a way to be woken up."""

import os
import socket
import sys
from types import TracebackType

import zmq
from zmq.utils import z85

from levada.core.errors import OptionError, UnreachableError
from levada.runtime.keys import AgentKeys
from levada.runtime.protocol.codec import MAX_MESSAGE_BYTES

HIGH_WATER = 1000
LINGER_MS = 500
HANDSHAKE_MS = 5000
READ_BYTES = 4096


class Frame:
    """One message as it came: the route back, and its bytes (None where it had not exactly one frame)."""

    __slots__ = ("content", "route")

    def __init__(self, route: bytes, content: bytes | None) -> None:
        """Hold both."""
        self.route, self.content = route, content


class Door:
    """Owns every socket of an agent; used from one thread, but for :meth:`wake`."""

    def __init__(self, address: str, keys: AgentKeys | None, *, tethered: bool = False) -> None:
        """Listen on ``address``.

        Raise OptionError for TCP without keys, UnreachableError where the address is in use. ``tethered``: standard input that
        ends means that whoever started this agent is gone.
        """
        if keys is None and not address.startswith("ipc://"):
            msg = (
                f"refusing to listen on {address} without keys: anybody could reprogram the cards; make keys with "
                f"`levada keys --cluster C --out DIR`, and give both agent and run --keys DIR"
            )
            raise OptionError(msg)
        self._allowed = keys.allowed if keys else frozenset()
        self._context = zmq.Context()
        self._zap = self._bind_zap() if keys else None
        self._router = self._context.socket(zmq.ROUTER)
        self._configure(keys)
        self._listen(address)
        self._ear, self._mouth = socket.socketpair()
        self._ear.settimeout(0)
        self._mouth.settimeout(0)
        self._tether: int | None = sys.stdin.fileno() if tethered else None
        self.abandoned = False

    def _configure(self, keys: AgentKeys | None) -> None:
        for option, value in (
            (zmq.LINGER, LINGER_MS),
            (zmq.SNDHWM, HIGH_WATER),
            (zmq.RCVHWM, HIGH_WATER),
            (zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES),
            (zmq.HANDSHAKE_IVL, HANDSHAKE_MS),
        ):
            self._router.setsockopt(option, value)
        if keys:
            self._router.curve_server = True
            self._router.curve_publickey, self._router.curve_secretkey = keys.own.public, keys.own.secret
            self._router.zap_domain = b"levada"

    def _listen(self, address: str) -> None:
        try:
            self._router.bind(address)
        except zmq.ZMQError as error:
            self._router.close()
            if self._zap:
                self._zap.close()
            self._context.term()
            msg = f"cannot listen on {address}: {zmq.strerror(error.errno or 0)}; end what uses it, or change the host's address in the cluster"
            raise UnreachableError(msg) from None

    def _bind_zap(self) -> "zmq.Socket[bytes]":
        zap = self._context.socket(zmq.REP)
        zap.setsockopt(zmq.LINGER, 0)
        zap.bind("inproc://zeromq.zap.01")
        return zap

    def wait(self, timeout_ms: int) -> list[Frame]:
        """Return the messages that came, after at most ``timeout_ms`` or a wake-up; strangers are refused on the way."""
        poller = zmq.Poller()
        for source in (self._router, self._ear, self._zap, self._tether):
            if source is not None:
                poller.register(source, zmq.POLLIN)
        ready = dict(poller.poll(timeout_ms))
        if self._ear.fileno() in ready:
            self._ear.recv(READ_BYTES)
        if self._tether is not None and self._tether in ready and not os.read(self._tether, READ_BYTES):
            self.abandoned, self._tether = True, None
        if self._zap is not None and self._zap in ready:
            self._admit(self._zap)
        return self._receive() if self._router in ready else []

    def _receive(self) -> list[Frame]:
        frames: list[Frame] = []
        while len(frames) < HIGH_WATER and self._router.poll(0):
            route, *content = self._router.recv_multipart()
            frames.append(Frame(route, content[0] if len(content) == 1 else None))
        return frames

    def _admit(self, zap: "zmq.Socket[bytes]") -> None:
        """Answer one ZAP request (RFC 27): 200 for an allowed public key, 400 for any other."""
        version, request, _domain, _address, _identity, mechanism, *credentials = zap.recv_multipart()
        admitted = mechanism == b"CURVE" and len(credentials) == 1 and z85.encode(credentials[0]) in self._allowed
        verdict = [b"200", b"OK", b"controller"] if admitted else [b"400", b"key is not known here", b""]
        zap.send_multipart([version, request, *verdict, b""])

    def send(self, route: bytes, content: bytes) -> None:
        """Send a reply; one whose peer is gone is dropped."""
        try:
            self._router.send_multipart([route, content], zmq.NOBLOCK)
        except zmq.Again:
            return

    def wake(self) -> None:
        """End :meth:`wait` from any thread or signal handler."""
        try:
            self._mouth.send(b"!")
        except (BlockingIOError, OSError):
            return

    def close(self) -> None:
        """Close everything."""
        self._router.close()
        if self._zap:
            self._zap.close()
        self._ear.close()
        self._mouth.close()
        self._context.term()

    def __enter__(self) -> "Door":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
