# SPDX-License-Identifier: Apache-2.0
"""Framed mode: numbered packets with CRCs, credits on the reverse socket; nothing is lost in silence.

A sender may be ``credits`` packets ahead of what its receiver has accounted for. A receiver accounts for a packet when the accelerator
has taken it in, or when it knows it to be lost. What it knows to be lost it names, by frame, and goes on with the next one.
"""

from collections import deque

from levada.core.interfaces import Carried, PortFault
from levada.core.manifests import Hop
from levada.netstack.emulation.bridge import Faults, ReceiveBuffer, Receiver, Sender
from levada.netstack.emulation.framing import HEADER_BYTES, Header, Kind, ahead, body_is_whole, pack, read_header
from levada.netstack.emulation.wire import HEADERS_BYTES


class FramedSender(Sender):
    """Sends while it has credits; learns of them from its receiver."""

    def __init__(self, hop: Hop, credits: int, faults: Faults) -> None:  # noqa: A002 - the word of the protocol
        """Be allowed ``credits`` packets."""
        super().__init__(hop)
        self._credits = credits
        self._faults = faults
        self._sent = self._accounted = 0
        self._probe_due = False

    def ready(self) -> bool:
        """Say whether a packet waits and a credit is left."""
        return bool(self._queue) and self._sent - self._accounted < self._credits

    def _enclose(self, frame: int, packet: int, body: bytes) -> bytes:
        header = Header(
            kind=Kind.DATA,
            stream=self.hop.stream_id,
            sequence=self._sent,
            length=len(body),
            frame=frame,
            packet=packet,
            packets=self._cut.packets,
        )
        self._sent += 1
        return pack(header, body)

    def hear(self, payload: bytes) -> None:
        """Take a credit; an old one changes nothing."""
        header = read_header(payload)
        if header is None or header.kind != Kind.CREDIT or header.stream != self.hop.stream_id:
            self._fault(
                "a packet came back that is no credit of this stream, or is not whole; a later credit makes up for it"
            )
            return
        step = ahead(header.sequence, self._accounted)
        if step > self._sent - self._accounted:
            self._fault(f"a credit accounts for {step} packets, only {self._sent - self._accounted} are out")
        elif step > 0:
            self._accounted += step

    def carried(self, payload: bytes) -> Carried | None:
        """Say what stream bytes a data packet holds."""
        header = read_header(payload)
        if header is None or header.kind != Kind.DATA:
            return None
        offset = HEADERS_BYTES + HEADER_BYTES
        return Carried(stream=self.hop.stream, frame=header.frame, offset=offset, size=header.length)

    def idle(self) -> None:
        """Ask the receiver what it has, where packets are out that it has not accounted for."""
        self._probe_due = self._sent != self._accounted

    def control(self) -> bytes | None:
        """Return a probe, where one is due."""
        if not self._probe_due:
            return None
        self._probe_due = False
        frame, packet = self.position
        return pack(
            Header(
                kind=Kind.PROBE,
                stream=self.hop.stream_id,
                sequence=self._sent,
                frame=frame,
                packet=packet + 1,
                packets=self._cut.packets,
            ),
            b"",
        )

    def _fault(self, reason: str) -> None:
        self._faults.append(PortFault(stream=self.hop.stream, frame=None, reason=reason, lost=False))


class FramedReceiver(Receiver):
    """Accounts for every packet of its stream: delivered, or named as lost.

    ``_frame`` is the frame of the latest packet and ``_next`` the packet that should follow in it, 0 between frames; ``_parts`` holds
    what has come of it, None where it is damaged already.
    """

    def __init__(self, hop: Hop, credits: int, buffer: ReceiveBuffer, faults: Faults) -> None:  # noqa: A002
        """Expect packet 0 of the first frame."""
        super().__init__(hop, buffer, faults)
        self._credits = credits
        self._accounted = 0
        self._owes = False
        self._frame, self._next = -1, 0
        self._parts: list[bytes] | None = None
        self._held: deque[tuple[Header, bytes]] = deque()

    def hear(self, payload: bytes) -> None:
        """Take a packet: to the accelerator while its window is open, to the receive buffer otherwise."""
        header = read_header(payload)
        if header is None:
            self._fault(None, "a packet's header is not whole; its frame is named when the gap shows", lost=False)
        elif header.stream != self.hop.stream_id or header.kind not in {Kind.DATA, Kind.PROBE}:
            self._fault(
                None, f"a packet of stream id {header.stream}, kind {header.kind} came, which is not expected here"
            )
        elif header.kind == Kind.PROBE:
            self._answer(header)
        elif self._window_open():
            self._consume(header, payload)
        elif self._buffer.hold(payload):
            self._held.append((header, payload))
        else:
            self._fault(header.frame, f"packet {header.packet} of {header.packets} found the receive buffer full")

    def control(self) -> bytes | None:
        """Return a credit, where the sender does not know yet what was accounted for."""
        if not self._owes:
            return None
        self._owes = False
        return pack(Header(kind=Kind.CREDIT, stream=self.hop.stream_id, sequence=self._accounted), b"")

    def _drain(self) -> None:
        while self._held and self._window_open():
            header, payload = self._held.popleft()
            self._buffer.release(payload)
            self._consume(header, payload)

    def _answer(self, probe: Header) -> None:
        """Account for what the sender says it has sent and that has not come. Packets in the buffer will be accounted for in their turn."""
        if self._held:
            return
        gap = ahead(probe.sequence, self._accounted)
        if 0 < gap <= self._credits:
            self._lose(gap, probe.frame, probe.packet)
            self._accounted += gap
        self._owes = True

    def _consume(self, header: Header, payload: bytes) -> None:
        gap = ahead(header.sequence, self._accounted)
        self._owes = True
        if gap < 0:
            self._fault(header.frame, f"packet {header.packet} of {header.packets} came twice or late", lost=False)
            return
        if gap > self._credits:
            self._fault(header.frame, f"packet {header.packet} is {gap} ahead of its turn, {self._credits} are allowed")
        if gap:
            self._lose(min(gap, self._credits), header.frame, header.packet)
        self._accounted += gap + 1
        self._count(payload, header.length)
        self._assemble(header, payload)

    def _assemble(self, header: Header, payload: bytes) -> None:
        follows = header.packet == self._next and (header.packet == 0 or header.frame == self._frame)
        if not follows:
            self._name(self._frame, self._next, self._cut.packets)
        if header.packet == 0:
            self._parts = []
        self._frame, self._next = header.frame, header.packet + 1
        if not follows or header.packets != self._cut.packets or header.length != self._length(header.packet):
            self._damage(
                f"packet {header.packet} of {header.packets} with {header.length} bytes is not what should follow"
            )
        elif self._parts is not None and not body_is_whole(payload):
            self._damage(f"packet {header.packet} of {header.packets} is corrupt: its CRC does not match")
        elif self._parts is not None:
            self._parts.append(payload[HEADER_BYTES : HEADER_BYTES + header.length])
        if self._next >= self._cut.packets:
            self._finish()

    def _finish(self) -> None:
        if self._parts is not None:
            self._deliver(self._frame, b"".join(self._parts))
        self._parts, self._next = None, 0

    def _damage(self, reason: str) -> None:
        self._fault(self._frame, reason)
        self._parts = None

    def _length(self, packet: int) -> int:
        return self._cut.last_bytes if packet == self._cut.packets - 1 else self._cut.payload_bytes

    def _lose(self, gap: int, frame: int, packet: int) -> None:
        """Name the frames that ``gap`` missing packets belong to, where ``packet`` of ``frame`` comes next, and stand before it."""
        if self._next and frame == self._frame:
            self._name(frame, self._next, packet)
        else:
            if self._next:
                self._name(self._frame, self._next, self._cut.packets)
            # What is missing at the two ends is less than a frame each, so whole division leaves the whole frames.
            self._name_between(self._frame + 1, frame, (gap - packet) // self._cut.packets)
            if packet:
                self._parts = []
                self._name(frame, 0, packet)
        self._frame, self._next, self._parts = frame, packet % self._cut.packets, None

    def _name(self, frame: int, first: int, end: int) -> None:
        """Name a frame that misses the packets ``first`` to ``end`` - 1, unless it was damaged (and named) before."""
        if self._parts is None:
            return
        if end - first == self._cut.packets:
            self._fault(frame, f"all {self._cut.packets} packets lost")
            return
        which = f"packet {first}" if end - first == 1 else f"packets {first} to {end - 1}"
        self._fault(frame, f"{which} of {self._cut.packets} lost")

    def _name_between(self, first: int, end: int, count: int) -> None:
        """Name the ``count`` whole frames that were lost among ``first`` … ``end`` - 1; the others never came to this hop."""
        if count <= 0:
            return
        candidates = range(first, end)
        if len(candidates) < count:
            self._fault(None, f"{count} frames lost before frame {end}; their numbers do not follow frame {first - 1}")
            return
        others = "" if len(candidates) == count else f" (or before this hop: {count} of {first} to {end - 1} were sent)"
        for frame in candidates:
            self._fault(frame, f"all {self._cut.packets} packets lost{others}")
