# SPDX-License-Identifier: Apache-2.0
"""A switch for emulated ports: it moves Ethernet frames by their MAC addresses, and loses what it is told to lose."""

from collections.abc import Callable, Iterable

from levada.core.interfaces import Carried, Delivered, EmulatedPort, Network, PortFault
from levada.core.manifests import Deployment, Hop, NetworkPort

ROUNDS = 10_000
PATIENCE = 8
"""How often ports are told that nothing moves before it is believed that nothing will."""
Tamper = Callable[[bytes, Carried | None], Iterable[bytes]]


class Switch:
    """The emulated ports of a deployment, joined. ``tamper`` returns what goes on of each frame that a port emits."""

    def __init__(self, network: Network, deployment: Deployment, *, configured: bool = True) -> None:
        """Make every port, and bring it to the state it should be in unless ``configured`` is False."""
        self.network, self.deployment = network, deployment
        self.planned = {(card.index, port.name): port for card in deployment.cards for port in card.ports}
        self.ports = {place: network.emulate(port, deployment) for place, port in self.planned.items()}
        self.tamper: Tamper = lambda wire, _: [wire]
        self.faults: list[PortFault] = []
        if configured:
            self.configure()

    def configure(self) -> None:
        """Configure every port, and let the ports learn of each other."""
        for place, port in self.planned.items():
            self.network.configure(self.ports[place].registers, port)
        self.move()

    def source(self, hop: Hop) -> EmulatedPort:
        """Return the port that a hop leaves through."""
        return self.ports[hop.source_card, hop.source_port]

    def sink(self, hop: Hop) -> EmulatedPort:
        """Return the port that a hop enters through."""
        return self.ports[hop.sink_card, hop.sink_port]

    def deliver(self) -> dict[str, list[Delivered]]:
        """Move frames, and take what arrives, until nothing moves any more; return stream → inferences in order."""
        found: dict[str, list[Delivered]] = {hop.stream: [] for hop in self.deployment.hops}
        quiet = 0
        while quiet < PATIENCE:
            self.move()
            taken = [self._take(hop, found) for hop in self.deployment.hops]
            quiet = 0 if any(taken) else quiet + 1
            if quiet:
                for port in self.ports.values():
                    port.idle()
        self.faults += [fault for port in self.ports.values() for fault in port.faults()]
        return found

    def move(self) -> None:
        """Move frames until no port emits any."""
        for _ in range(ROUNDS):
            emitted = [(place, wire) for place, port in self.ports.items() for wire in port.transmit()]
            for place, wire in emitted:
                for changed in self.tamper(wire, self.ports[place].carried(wire)):
                    self._forward(place, changed)
            if not emitted:
                return
        msg = f"the ports still emitted frames after {ROUNDS} rounds"
        raise AssertionError(msg)

    def _take(self, hop: Hop, found: dict[str, list[Delivered]]) -> bool:
        before = len(found[hop.stream])
        while (delivered := self.sink(hop).take(hop.stream)) is not None:
            found[hop.stream].append(delivered)
        return len(found[hop.stream]) > before

    def _forward(self, origin: tuple[int, str], wire: bytes) -> None:
        for place, port in self.planned.items():
            to_all = bool(wire[0] & 1) and place != origin
            if to_all or _mac(port) == wire[:6]:
                self.ports[place].receive(wire)


def _mac(port: NetworkPort) -> bytes:
    return bytes.fromhex(port.mac.replace(":", ""))
