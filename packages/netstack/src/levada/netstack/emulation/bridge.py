# SPDX-License-Identifier: Apache-2.0
"""The bridge between a card's streams and its network layer: one sender per stream that leaves, one receiver per one that enters.

What the two modes share; :mod:`levada.netstack.emulation.framed` and :mod:`levada.netstack.emulation.plain` are the modes.
"""

from abc import ABC, abstractmethod
from collections import deque

from levada.core.errors import NetworkError
from levada.core.interfaces import Carried, Counters, Delivered, PortFault
from levada.core.manifests import Hop
from levada.netstack.emulation.wire import HEADERS_BYTES

WINDOW_FRAMES = 2
"""How many whole inferences of a stream wait for the accelerator; beyond, packets stay in the receive buffer and credits stop."""
WIRE_OVERHEAD_BYTES = 66
FLIT_BYTES = 64
FRAME_NUMBERS = 1 << 32
Faults = list[PortFault]


class ReceiveBuffer:
    """The card's receive buffer (CMAC and UDP FIFOs): frames in whole 64-byte beats, all streams together."""

    def __init__(self, capacity_bytes: int) -> None:
        """Be empty."""
        self._free = capacity_bytes

    def hold(self, payload: bytes) -> bool:
        """Keep a UDP payload with its headers; False where there is no room and the hardware loses it."""
        size = footprint(payload)
        if size > self._free:
            return False
        self._free -= size
        return True

    def release(self, payload: bytes) -> None:
        """Give back the room of a payload that was held."""
        self._free += footprint(payload)


def footprint(payload: bytes) -> int:
    """Return the bytes that a UDP payload occupies in the receive buffer: its frame, in whole beats."""
    return -(-(len(payload) + HEADERS_BYTES) // FLIT_BYTES) * FLIT_BYTES


class Sender(ABC):
    """The sending side of one hop: cuts inferences into the payloads of UDP packets."""

    def __init__(self, hop: Hop) -> None:
        """Have nothing to send."""
        self.hop = hop
        self.pending = 0
        self.position = (0, 0)
        self._cut = hop.packetisation
        self._queue: deque[tuple[int, bytes]] = deque()
        self._packet = 0

    def offer(self, frame: int, payload: bytes) -> None:
        """Queue one inference. Raise NetworkError where it has not the stream's size, or a number that no header holds."""
        if not 0 <= frame < FRAME_NUMBERS:
            msg = f"expected a frame number from 0 to {FRAME_NUMBERS - 1} for stream {self.hop.stream!r}, got {frame}"
            raise NetworkError(msg)
        if len(payload) != self._cut.stream_bytes:
            msg = (
                f"expected {self._cut.stream_bytes} bytes of stream {self.hop.stream!r} per inference, got {len(payload)} "
                f"for frame {frame}; pack the tensor as the stream's beats say"
            )
            raise NetworkError(msg)
        self._queue.append((frame, payload))
        self.pending += self._cut.packets

    def ready(self) -> bool:
        """Say whether a packet may leave now."""
        return bool(self._queue)

    def next(self) -> bytes:
        """Return the next packet's UDP payload; :attr:`position` is then its frame and packet number."""
        frame, payload = self._queue[0]
        packet, room = self._packet, self._cut.payload_bytes
        self.position = (frame, packet)
        self.pending -= 1
        self._packet += 1
        if self._packet == self._cut.packets:
            self._queue.popleft()
            self._packet = 0
        return self._enclose(frame, packet, payload[packet * room : packet * room + room])

    @abstractmethod
    def _enclose(self, frame: int, packet: int, body: bytes) -> bytes:
        """Return the UDP payload for one packet's share of an inference."""

    @abstractmethod
    def hear(self, payload: bytes) -> None:
        """Take a UDP payload that came back over the socket."""

    @abstractmethod
    def carried(self, payload: bytes) -> Carried | None:
        """Say what stream bytes a UDP payload of this sender holds; offsets count from the start of the Ethernet frame."""

    def idle(self) -> None:  # noqa: B027 - only a sender that is told of arrivals can ask for them
        """Learn that nothing has moved for a while."""

    def control(self) -> bytes | None:
        """Return a packet beside the data, where one is due."""
        return None


class Receiver(ABC):
    """The receiving side of one hop: puts inferences together and hands them to the accelerator."""

    def __init__(self, hop: Hop, buffer: ReceiveBuffer, faults: Faults) -> None:
        """Expect the first inference."""
        self.hop = hop
        self._cut = hop.packetisation
        self._buffer = buffer
        self._faults = faults
        self._window_frames = WINDOW_FRAMES
        self._whole: deque[Delivered] = deque()
        self._frames = self._packets = self._stream_bytes = self._wire_bytes = 0

    @abstractmethod
    def hear(self, payload: bytes) -> None:
        """Take a UDP payload from the wire."""

    @abstractmethod
    def _drain(self) -> None:
        """Move packets from the receive buffer to the accelerator until it is empty or the window closes."""

    def take(self) -> Delivered | None:
        """Return the next whole inference, and let the next packets in."""
        if not self._whole:
            return None
        delivered = self._whole.popleft()
        self._drain()
        return delivered

    def control(self) -> bytes | None:
        """Return a packet for the sender, where one is due."""
        return None

    def counters(self) -> Counters:
        """Return what was counted so far: data packets that were new, and whole inferences."""
        return Counters(
            stream=self.hop.stream,
            frames=self._frames,
            packets=self._packets,
            stream_bytes=self._stream_bytes,
            wire_bytes=self._wire_bytes,
        )

    def _window_open(self) -> bool:
        return len(self._whole) < self._window_frames

    def _count(self, payload: bytes, stream_bytes: int) -> None:
        self._packets += 1
        self._wire_bytes += len(payload) + WIRE_OVERHEAD_BYTES
        self._stream_bytes += stream_bytes

    def _deliver(self, frame: int, payload: bytes) -> None:
        self._frames += 1
        self._whole.append(Delivered(stream=self.hop.stream, frame=frame, payload=payload))

    def _fault(self, frame: int | None, reason: str, *, lost: bool = True) -> None:
        self._faults.append(PortFault(stream=self.hop.stream, frame=frame, reason=reason, lost=lost))
