# SPDX-License-Identifier: Apache-2.0
"""A VNx port without a card: the bridge's senders and receivers over an emulated network layer."""

from collections.abc import Mapping
from typing import TypeVar

from levada.core.errors import NetworkError
from levada.core.interfaces import Carried, Counters, Delivered, EmulatedPort, PortFault
from levada.core.manifests import Deployment, Hop, NetworkPort
from levada.netstack.addresses import ip_value
from levada.netstack.emulation.bridge import Faults, ReceiveBuffer, Receiver, Sender
from levada.netstack.emulation.framed import FramedReceiver, FramedSender
from levada.netstack.emulation.network_layer import Arrival, Drop, NetworkLayer
from levada.netstack.emulation.plain import PlainReceiver, PlainSender
from levada.netstack.emulation.register_file import RegisterFile
from levada.netstack.emulation.wire import HEADERS_BYTES, TYPE_IP, UDP, ethernet_type, read_ip

End = TypeVar("End", Sender, Receiver)


class VnxPort(EmulatedPort):
    """One port in reset; it works as its registers say, once somebody has written them."""

    def __init__(self, port: NetworkPort, deployment: Deployment) -> None:
        """Have the senders and receivers of the deployment's hops that use ``port``."""
        self.registers: RegisterFile = RegisterFile()
        self.name = port.name
        self._layer = NetworkLayer(self.registers)
        self._faults: Faults = []
        self._buffer = ReceiveBuffer(deployment.flow.rx_buffer_bytes)
        self._flow = deployment.flow
        here = (port.card, port.name)
        leaving = [hop for hop in deployment.hops if (hop.source_card, hop.source_port) == here]
        entering = [hop for hop in deployment.hops if (hop.sink_card, hop.sink_port) == here]
        self._senders: dict[str, Sender] = {hop.stream: self._sender(hop) for hop in leaving}
        self._receivers: dict[str, Receiver] = {hop.stream: self._receiver(hop) for hop in entering}
        self._ends: dict[int, Sender | Receiver] = {
            **{hop.source_socket: self._senders[hop.stream] for hop in leaving},
            **{hop.sink_socket: self._receivers[hop.stream] for hop in entering},
        }
        sockets = {socket.index: socket for socket in port.sockets}
        self._flows = {
            (ip_value(sockets[i].their_ip), sockets[i].their_port, sockets[i].my_port): self._senders[hop.stream]
            for hop in leaving
            if (i := hop.source_socket) in sockets
        }

    def offer(self, stream: str, frame: int, payload: bytes) -> None:
        """Queue one inference of a stream. Raise NetworkError for a stream that does not leave here, or a wrong size."""
        _known(self._senders, stream, self.name, "leave").offer(frame, payload)

    def pending(self) -> int:
        """Return how many offered packets have not left yet."""
        return sum(sender.pending for sender in self._senders.values())

    def transmit(self) -> list[bytes]:
        """Return the frames that may leave now: credits and probes first, then a packet of each stream in turn."""
        for socket, end in self._ends.items():
            control = end.control()
            drop = self._layer.send(socket, control) if control else None
            if drop is not None:
                self._fault(f"a packet of flow control did not leave: {drop.value}", end.hop.stream)
        ready = [sender for sender in self._senders.values() if sender.ready()]
        while ready:
            for sender in ready:
                self._send(sender)
            ready = [sender for sender in ready if sender.ready()]
        return self._layer.leave()

    def receive(self, wire: bytes) -> None:
        """Take a frame from the wire."""
        result = self._layer.receive(wire)
        if isinstance(result, Drop):
            self._fault(f"dropped a frame of {len(wire)} bytes: {result.value}")
        elif isinstance(result, Arrival):
            end = self._ends.get(result.socket)
            if end is None:
                self._fault(f"socket {result.socket} got {len(result.payload)} bytes, and no stream uses it")
            else:
                end.hear(result.payload)

    def carried(self, wire: bytes) -> Carried | None:
        """Say what stream bytes a frame from :meth:`transmit` holds."""
        seen = _read_udp(wire)
        sender = self._flows.get(seen) if seen else None
        return sender.carried(wire[HEADERS_BYTES:]) if sender else None

    def take(self, stream: str) -> Delivered | None:
        """Return the next whole inference of a stream. Raise NetworkError for one that does not enter here."""
        return _known(self._receivers, stream, self.name, "enter").take()

    def faults(self) -> tuple[PortFault, ...]:
        """Return what was lost or refused since the last call."""
        faults = tuple(self._faults)
        self._faults.clear()
        return faults

    def idle(self) -> None:
        """Ask the receivers what they have, where something is out that they have not accounted for."""
        for sender in self._senders.values():
            sender.idle()

    def counters(self) -> tuple[Counters, ...]:
        """Return the receiving counters of each stream that enters here."""
        return tuple(receiver.counters() for receiver in self._receivers.values())

    def _send(self, sender: Sender) -> None:
        drop = self._layer.send(sender.hop.source_socket, sender.next())
        if drop is not None:
            frame, packet = sender.position
            reason = f"packet {packet} did not leave: {drop.value}"
            self._faults.append(PortFault(stream=sender.hop.stream, frame=frame, reason=reason))

    def _sender(self, hop: Hop) -> Sender:
        if self._flow.mode == "framed":
            return FramedSender(hop, self._flow.credits, self._faults)
        return PlainSender(hop)

    def _receiver(self, hop: Hop) -> Receiver:
        if self._flow.mode == "framed":
            return FramedReceiver(hop, self._flow.credits, self._buffer, self._faults)
        return PlainReceiver(hop, self._buffer, self._faults)

    def _fault(self, reason: str, stream: str | None = None) -> None:
        self._faults.append(PortFault(stream=stream, frame=None, reason=reason, lost=False))


def _read_udp(frame: bytes) -> tuple[int, int, int] | None:
    """Return receiver's address, receiver's port and sender's port of a UDP frame."""
    seen = read_ip(frame) if ethernet_type(frame) == TYPE_IP else None
    if seen is None or seen.protocol != UDP:
        return None
    return seen.sink_ip, seen.sink_port, seen.source_port


def _known(ends: Mapping[str, End], stream: str, port: str, verb: str) -> End:
    if stream not in ends:
        msg = f"stream {stream!r} does not {verb} through port {port!r}; those that do: {', '.join(sorted(ends)) or 'none'}"
        raise NetworkError(msg)
    return ends[stream]
