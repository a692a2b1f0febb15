# SPDX-License-Identifier: Apache-2.0
"""One cable, one way: Ethernet frames over a socket that neither loses nor reorders them, and pushes back when full."""

import contextlib
import socket
from collections import deque

LENGTH_BYTES = 4
RECEIVE_BYTES = 1 << 18
MAX_FRAME_BYTES = 1 << 16
BUFFER_BYTES = 1 << 18


class Outgoing:
    """The sending end of a cable: keeps a backlog where the socket is full."""

    def __init__(self, connection: socket.socket, peer: str) -> None:
        """Send over a connected socket to the port ``peer``."""
        connection.settimeout(0)
        self.socket, self.peer = connection, peer
        self._packets = connection.type == getattr(socket, "SOCK_SEQPACKET", None)
        self._backlog: deque[bytes] = deque()
        self.down = False

    @property
    def blocked(self) -> bool:
        """Say whether earlier frames still wait."""
        return bool(self._backlog)

    def send(self, frame: bytes) -> None:
        """Queue a frame and send what the socket takes."""
        if self.down:
            return
        self._backlog.append(frame if self._packets else len(frame).to_bytes(LENGTH_BYTES, "little") + frame)
        self.flush()

    def flush(self) -> None:
        """Send what the socket takes. A peer that is gone takes this link down, like a cable that was pulled."""
        try:
            while self._backlog:
                sent = self.socket.send(self._backlog[0])
                if sent == len(self._backlog[0]):
                    self._backlog.popleft()
                else:
                    self._backlog[0] = self._backlog[0][sent:]
        except BlockingIOError:
            return
        except OSError:
            self.down = True
            self._backlog.clear()

    def close(self) -> None:
        """Send what can be sent at once, and close."""
        self.flush()
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        self.socket.close()


class Incoming:
    """The receiving end of a cable."""

    def __init__(self, connection: socket.socket) -> None:
        """Receive from a connected socket."""
        connection.settimeout(0)
        self.socket = connection
        self._packets = connection.type == getattr(socket, "SOCK_SEQPACKET", None)
        self._buffer = bytearray()
        self.ended = False

    def receive(self, most: int) -> list[bytes]:
        """Return the frames that are here, about ``most``; ``ended`` is set once the sender is gone."""
        return self._receive_packets(most) if self._packets else self._receive_bytes()

    def _receive_packets(self, most: int) -> list[bytes]:
        frames: list[bytes] = []
        try:
            while len(frames) < most:
                frame = self.socket.recv(MAX_FRAME_BYTES)
                if not frame:
                    self.ended = True
                    break
                frames.append(frame)
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True
        return frames

    def _receive_bytes(self) -> list[bytes]:
        try:
            content = self.socket.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            content = b""
        self.ended = not content
        self._buffer += content
        return self._split()

    def _split(self) -> list[bytes]:
        """Take whole frames out of the buffer; a length that no frame has ends the link."""
        frames: list[bytes] = []
        start = 0
        while start + LENGTH_BYTES <= len(self._buffer):
            length = int.from_bytes(self._buffer[start : start + LENGTH_BYTES], "little")
            if length > MAX_FRAME_BYTES:
                self.ended = True
                break
            if start + LENGTH_BYTES + length > len(self._buffer):
                break
            frames.append(bytes(self._buffer[start + LENGTH_BYTES : start + LENGTH_BYTES + length]))
            start += LENGTH_BYTES + length
        del self._buffer[:start]
        return frames

    def close(self) -> None:
        """Close."""
        self.socket.close()


def listen_unix(path: str) -> socket.socket:
    """Return a listening SOCK_SEQPACKET socket at ``path``."""
    return _listening(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET), path)


def listen_tcp(address: str) -> socket.socket:
    """Return a listening TCP socket on a free port of ``address``."""
    return _listening(socket.socket(socket.AF_INET, socket.SOCK_STREAM), (address, 0))


def _listening(listener: socket.socket, address: object) -> socket.socket:
    try:
        listener.bind(address)  # type: ignore[arg-type]
        listener.listen(64)
        listener.settimeout(0)
    except OSError:
        listener.close()
        raise
    return listener


def connect_unix(path: str, timeout_s: float) -> socket.socket:
    """Return a SOCK_SEQPACKET socket connected to ``path``."""
    return _connected(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET), path, timeout_s)


def connect_tcp(address: str, timeout_s: float) -> socket.socket:
    """Return a TCP socket connected to ``host:port``."""
    host, _, port = address.rpartition(":")
    target = (host, int(port))
    connection = _connected(socket.socket(socket.AF_INET, socket.SOCK_STREAM), target, timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _connected(connection: socket.socket, address: object, timeout_s: float) -> socket.socket:
    try:
        connection.settimeout(timeout_s)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        connection.connect(address)  # type: ignore[arg-type]
    except OSError:
        connection.close()
        raise
    return connection
