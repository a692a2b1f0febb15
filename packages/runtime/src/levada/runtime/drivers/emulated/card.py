# SPDX-License-Identifier: Apache-2.0
"""The driver ``emulated``: a card's parts, ports and DMAs, moved on by whoever waits for answers. No threads of its own."""

import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from levada.core.datatypes import datatype
from levada.core.errors import InternalFault, NetworkError
from levada.core.interfaces import (
    Answered,
    CardReport,
    Driver,
    EmulatedPort,
    Endpoint,
    Network,
    Phase,
    PortFault,
    Registers,
    Wiring,
)
from levada.core.manifests import CardDeployment, Deployment, Hop, Part
from levada.runtime.drivers.emulated.compute import BATCH, Compute, Item, open_model, open_session
from levada.runtime.drivers.emulated.medium import Medium
from levada.runtime.drivers.emulated.mischief import Mischief
from levada.runtime.drivers.emulated.tally import Tally
from levada.runtime.drivers.emulated.weights import Matrix, WeightDma
from levada.runtime.packing import Layout, canonical, from_canonical, pack, unpack

GRAPH = "emulation_graph"
PENDING_PACKETS = 256
QUEUED_FRAMES = 2 * BATCH
QUIET_S = 0.25


class EmulatedCard(Driver):
    """One emulated card.

    Framed mode: at most two batches are queued per stream, then the port is left full and its credits push back. Plain mode: what
    arrives is taken at once, as the checker demands of a plain deployment, and the images in flight bound the queues.
    """

    name = "emulated"

    @classmethod
    def needs(cls, card: CardDeployment) -> tuple[str, ...]:
        """Return the emulation graph, of which each card takes its parts, and the weights that its host streams."""
        return (GRAPH, *(feed.payload for feed in card.weights))

    def __init__(self, card: CardDeployment, deployment: Deployment, payloads: Path, network: Network | None) -> None:
        """Take hold of nothing yet."""
        self._card, self._deployment, self._payloads, self._network = card, deployment, payloads, network
        self._streams = {stream.name: stream for stream in deployment.streams}
        self._leaving = {hop.stream: hop for hop in deployment.hops if hop.source_card == card.index}
        self._entering = {hop.stream: hop for hop in deployment.hops if hop.sink_card == card.index}
        self._layouts = {name: Layout.of(self._streams[name]) for name in (*self._leaving, *self._entering)}
        self._room = QUEUED_FRAMES if deployment.flow.mode == "framed" else None
        self._computes: tuple[Compute, ...] = ()
        self._dmas: tuple[WeightDma, ...] = ()
        self._ports: dict[str, EmulatedPort] = {}
        self._medium: Medium | None = None
        self._wired = False
        self._mischief = Mischief((), card.host, ())
        self._tally = Tally(self._entering)
        self._answers: deque[Answered] = deque()
        self._moved_s = time.monotonic()

    def program(self) -> None:
        """Load the parts' graphs and put the ports into reset. Raise GraphError or DependencyError where that fails."""
        model = open_model(self._payloads / GRAPH)
        self._dmas = tuple(
            WeightDma(feed, Matrix.of(model.graph, feed), self._payloads / feed.payload) for feed in self._card.weights
        )
        self._computes = tuple(self._compute(model, part) for part in self._card.parts)
        if self._network is not None:
            self._ports = {port.name: self._network.emulate(port, self._deployment) for port in self._card.ports}

    def _compute(self, model: Any, part: Part) -> Compute:
        inputs, outputs = ([self._streams[name] for name in names] for names in (part.inputs, part.outputs))
        dmas = [dma for dma in self._dmas if dma.layer in part.layers]
        session = open_session(model, inputs, outputs, [dma.matrix for dma in dmas])
        return Compute(part, self._streams, session, dmas)

    def endpoints(self, address: str | None) -> tuple[Endpoint, ...]:
        """Open the card's ports to others and return where they are met."""
        if self._medium is None:
            self._medium = Medium(self._card.ports, address)
        return self._medium.endpoints

    def wire(self, wiring: Wiring) -> None:
        """Connect every port to every other, once, and learn which faults to commit."""
        if self._wired or self._medium is None:
            return
        self._mischief = Mischief(wiring.injections, self._card.host, self._leaving.values())
        self._mischief.check(self._deployment.network, self._ports)
        self._medium.connect(wiring)
        self._wired = True

    def registers(self, port: str) -> Registers:
        """Return a port's register file. Raise NetworkError for a port that this card has not."""
        if port not in self._ports:
            known = ", ".join(self._ports) or "none"
            msg = f"card {self._card.name!r} has no port {port!r}; it has {known}"
            raise NetworkError(msg)
        return self._ports[port].registers

    def start(self, phase: Phase) -> None:
        """Start the DMAs of weights in their turn; those of images and answers wait for nobody."""
        if phase is Phase.WEIGHTS:
            for dma in self._dmas:
                dma.start()

    def submit(self, frame: int, image: bytes) -> None:
        """Queue an image for the parts that the input enters."""
        fed = False
        for compute in self._computes:
            for name in compute.inputs:
                stream = self._streams[name]
                if stream.source is None:
                    layout = Layout(stream.shape, datatype(stream.datatype), 1)
                    compute.put(name, Item(frame, from_canonical(image, layout)[0]))
                    fed = True
        if not fed:
            msg = f"card {self._card.name!r} got image {frame}, but the input enters on card {self._deployment.ingress_card}"
            raise InternalFault(msg)

    def answers(self, timeout_s: float) -> Iterable[Answered]:
        """Move frames and compute until there are answers, or ``timeout_s`` has passed."""
        until_s, moved = time.monotonic() + timeout_s, True
        while True:
            left_s = until_s - time.monotonic()
            moved = self._turn(0.0 if moved else max(left_s, 0.0))
            nothing_to_wait_for = not moved and (left_s <= 0 or not self._ports)
            if self._answers or nothing_to_wait_for or left_s < -timeout_s:
                answers = tuple(self._answers)
                self._answers.clear()
                return answers

    def report(self) -> CardReport:
        """Say what came in, what was lost, and how many frames are here."""
        counters = [count for port in self._ports.values() for count in port.counters()]
        faults = [fault for port in self._ports.values() for fault in port.faults()]
        notes = [*self._mischief.committed, *(self._medium.lost if self._medium else ())]
        self._mischief.committed.clear()
        if self._medium:
            self._medium.lost.clear()
        faults += [PortFault(stream=None, frame=None, reason=note, lost=False) for note in notes]
        return CardReport(
            traffic=self._tally.seen(counters),
            digests=self._tally.fresh(),
            faults=tuple(faults),
            in_flight=sum(compute.in_flight for compute in self._computes) + self._pending() + len(self._answers),
            weights=tuple(dma.total for dma in self._dmas),
        )

    def release(self) -> None:
        """Close every socket and forget the graphs."""
        medium, self._medium = self._medium, None
        self._computes, self._dmas, self._ports, self._wired = (), (), {}, False
        if medium:
            medium.close()

    def _pending(self) -> int:
        return sum(port.pending() for port in self._ports.values())

    def _turn(self, timeout_s: float) -> bool:
        """Move everything on by one step, waiting at most ``timeout_s`` for the wire; say whether anything moved."""
        moved = self._hear(timeout_s)
        moved |= self._take()
        for compute in self._computes:
            moved |= compute.run()
            moved |= self._deliver(compute)
        moved |= self._transmit()
        self._mind_the_quiet(moved=moved)
        return moved

    def _hear(self, timeout_s: float) -> bool:
        if self._medium is None or not self._wired:
            return False
        heard = self._medium.hear(timeout_s)
        for frame in heard:
            self._ports[frame.port].receive(frame.wire)
        return bool(heard)

    def _take(self) -> bool:
        moved = False
        for compute in self._computes:
            for hop in [self._entering[name] for name in compute.inputs if name in self._entering]:
                while self._room is None or compute.waiting(hop.stream) < self._room:
                    if not self._take_one(hop, compute):
                        break
                    moved = True
        return moved

    def _take_one(self, hop: Hop, compute: Compute) -> bool:
        delivered = self._ports[hop.sink_port].take(hop.stream)
        if delivered is None:
            return False
        layout = self._layouts[hop.stream]
        tensor = unpack(delivered.payload, layout)[0]
        self._tally.note(hop.stream, delivered.frame, canonical(tensor, layout.element))
        compute.put(hop.stream, Item(delivered.frame, tensor))
        return True

    def _deliver(self, compute: Compute) -> bool:
        """Hand on results, frame by frame, as far as there is room."""
        moved = False
        while compute.outbox and self._hand_on(*compute.outbox[0]):
            compute.outbox.popleft()
            moved = True
        return moved

    def _hand_on(self, name: str, item: Item) -> bool:
        if self._mischief.fatal(item.frame):
            self._transmit()
            self._mischief.die()
        hop = self._leaving.get(name)
        if hop is not None:
            port = self._ports[hop.source_port]
            if port.pending() >= PENDING_PACKETS:
                return False
            port.offer(name, item.frame, pack(item.tensor, self._layouts[name]))
        elif self._streams[name].sink is None:
            content = canonical(item.tensor, datatype(self._streams[name].datatype))
            self._answers.append(Answered(frame=item.frame, payload=content))
        else:
            self._neighbour(name).put(name, item)
        return True

    def _neighbour(self, name: str) -> Compute:
        """Return the part on this card that takes a stream which never leaves it."""
        for compute in self._computes:
            if name in compute.inputs:
                return compute
        msg = f"stream {name!r} leaves a part of card {self._card.name!r}, but no hop and no other part takes it"
        raise InternalFault(msg)

    def _transmit(self) -> bool:
        if self._medium is None or not self._wired:
            return False
        moved = False
        for name, port in self._ports.items():
            while not self._medium.blocked(name) and (frames := port.transmit()):
                for wire in frames:
                    spoiled = self._mischief.spoil(port, wire)
                    if spoiled is not None:
                        self._medium.send(name, spoiled)
                moved = True
        return moved

    def _mind_the_quiet(self, *, moved: bool) -> None:
        now_s = time.monotonic()
        if moved:
            self._moved_s = now_s
        elif now_s - self._moved_s >= QUIET_S:
            self._moved_s = now_s
            for port in self._ports.values():
                port.idle()
