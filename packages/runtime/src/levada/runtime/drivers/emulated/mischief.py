# SPDX-License-Identifier: Apache-2.0
"""Faults committed on purpose: a flipped byte or a dropped packet on the wire, an agent that dies at a frame."""

import os
import signal
from collections import Counter
from collections.abc import Iterable, Mapping

from levada.core.errors import NetworkError
from levada.core.interfaces import Carried, EmulatedPort, Injection
from levada.core.manifests import Hop


class Mischief:
    """The faults that this card is to commit; each wire fault happens once."""

    def __init__(self, injections: Iterable[Injection], host: str, hops: Iterable[Hop]) -> None:
        """Know the faults of ``host`` and those of the ``hops`` that leave its card."""
        self._packets = {hop.stream: hop.packetisation.packets for hop in hops}
        self._wire = [one for one in injections if one.action != "kill" and one.target in self._packets]
        self._deaths = [one.frame for one in injections if one.action == "kill" and one.target == host]
        self._sent: Counter[str] = Counter()
        self.committed: list[str] = []

    def check(self, network: str, ports: Mapping[str, EmulatedPort]) -> None:
        """Raise NetworkError where wire faults are asked for on a network that cannot say what a frame carries."""
        for port in ports.values():
            if self._wire and type(port).carried is EmulatedPort.carried:
                msg = f"network {network!r} does not say what its frames carry, so no fault can be injected on its wire"
                raise NetworkError(msg)

    def spoil(self, port: EmulatedPort, wire: bytes) -> bytes | None:
        """Return an Ethernet frame as it goes on: untouched, with a flipped byte, or None for dropped."""
        carried = port.carried(wire) if self._wire else None
        if carried is None:
            return wire
        frame = self._frame(carried)
        for injection in self._wire:
            if (injection.target, injection.frame) == (carried.stream, frame):
                self._wire.remove(injection)
                return self._commit(injection, wire, carried)
        return wire

    def _frame(self, carried: Carried) -> int:
        """Return the frame that a packet belongs to: as its header says, else by counting packets."""
        self._sent[carried.stream] += 1
        if carried.frame is not None:
            return carried.frame
        return (self._sent[carried.stream] - 1) // self._packets[carried.stream]

    def _commit(self, injection: Injection, wire: bytes, carried: Carried) -> bytes | None:
        self.committed.append(f"injected: {injection.action} at stream {injection.target} frame {injection.frame}")
        if injection.action == "drop":
            return None
        spoiled = bytearray(wire)
        spoiled[carried.offset] ^= 0x01  # the lowest bit belongs to element 0 of a beat, never to padding
        return bytes(spoiled)

    def fatal(self, frame: int) -> bool:
        """Say whether this card's agent is to die before it hands on ``frame``."""
        return any(frame >= death for death in self._deaths)

    def die(self) -> None:
        """Kill this process, as a power cut would."""
        os.kill(os.getpid(), signal.SIGKILL)
