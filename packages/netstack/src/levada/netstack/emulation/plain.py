# SPDX-License-Identifier: Apache-2.0
"""Plain mode: the stream's bytes and nothing else. Frames are told apart by counting bytes; a loss shifts all that follows, unnoticed."""

from collections import deque

from levada.core.interfaces import Carried
from levada.core.manifests import Hop
from levada.netstack.emulation.bridge import WINDOW_FRAMES, Faults, ReceiveBuffer, Receiver, Sender
from levada.netstack.emulation.wire import HEADERS_BYTES

FLIT_BYTES = 64
WINDOW_PACKETS = 128
"""Nobody holds a sender back, and a driver moves frames in batches: so many packets' worth of inferences may wait to be taken."""


class PlainSender(Sender):
    """Sends whatever there is: nobody holds it back."""

    def _enclose(self, frame: int, packet: int, body: bytes) -> bytes:  # noqa: ARG002 - plain packets have no number
        return body.ljust(-(-len(body) // FLIT_BYTES) * FLIT_BYTES, b"\0")

    def hear(self, payload: bytes) -> None:
        """Ignore what comes back: nothing should."""

    def carried(self, payload: bytes) -> Carried | None:
        """Say what stream bytes a packet holds; the last of an inference, told by its size, is padded."""
        last = len(payload) == self._cut.last_padded_bytes != self._cut.payload_bytes
        size = self._cut.last_bytes if last or self._cut.packets == 1 else len(payload)
        return Carried(stream=self.hop.stream, frame=None, offset=HEADERS_BYTES, size=size)


class PlainReceiver(Receiver):
    """Counts bytes: so many, padding included, are one inference."""

    def __init__(self, hop: Hop, buffer: ReceiveBuffer, faults: Faults) -> None:
        """Expect the first byte of frame 0."""
        super().__init__(hop, buffer, faults)
        self._window_frames = max(WINDOW_FRAMES, WINDOW_PACKETS // self._cut.packets)
        self._inference_bytes = (self._cut.packets - 1) * self._cut.payload_bytes + self._cut.last_padded_bytes
        self._held: deque[bytes] = deque()
        self._parts: list[bytes] = []
        self._bytes = 0

    def hear(self, payload: bytes) -> None:
        """Take a packet: to the accelerator while its window is open, to the receive buffer otherwise."""
        if self._window_open():
            self._consume(payload)
        elif self._buffer.hold(payload):
            self._held.append(payload)
        else:
            self._fault(self._frames, "a packet found the receive buffer full; all that follows is shifted")

    def _drain(self) -> None:
        while self._held and self._window_open():
            payload = self._held.popleft()
            self._buffer.release(payload)
            self._consume(payload)

    def _consume(self, payload: bytes) -> None:
        self._parts.append(payload)
        self._bytes += len(payload)
        self._count(payload, 0)
        if self._bytes >= self._inference_bytes:
            self._cut_off()

    def _cut_off(self) -> None:
        """Deliver the first bytes as an inference, without its padding, and keep what is left."""
        everything = b"".join(self._parts)
        rest = everything[self._inference_bytes :]
        self._parts, self._bytes = [rest] if rest else [], len(rest)
        self._stream_bytes += self._cut.stream_bytes
        self._deliver(self._frames, everything[: self._cut.stream_bytes])
