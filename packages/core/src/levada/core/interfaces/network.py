# SPDX-License-Identifier: Apache-2.0
"""What joins cards: a network plans, checks, configures and probes ports, and models them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, Protocol

from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.manifests import (
    CardDeployment,
    Deployment,
    FlowControl,
    Hop,
    NetworkPort,
    Plan,
    Record,
    Verdict,
)  # fmt: skip
from levada.core.networks import NetworkModel


class Registers(Protocol):
    """32-bit registers by byte offset: a real card's AXI-Lite window, or an emulated one."""

    def read32(self, offset: int) -> int:
        """Return the word at ``offset`` (a multiple of 4)."""

    def write32(self, offset: int, value: int) -> None:
        """Write the word at ``offset``."""


class Health(Record, frozen=True, kw_only=True):
    """What a port says of itself; ``problems`` name causes and remedies, empty where ready."""

    port: str
    ready: bool
    problems: tuple[str, ...]


class NetworkPlan(Record, frozen=True, kw_only=True):
    """What a network adds to a plan: the cards with ports and link specification, hops, and flow control."""

    cards: tuple[CardDeployment, ...]
    hops: tuple[Hop, ...]
    flow: FlowControl


class Delivered(Record, frozen=True, kw_only=True):
    """One inference's stream bytes, as they came out of a port."""

    stream: str
    frame: int
    payload: bytes


class PortFault(Record, frozen=True, kw_only=True):
    """Something a port lost or refused: the stream and frame where they are known, and what happened.

    ``lost`` says whether that frame will never be delivered; a duplicate, say, is a fault that loses nothing.
    """

    stream: str | None
    frame: int | None
    reason: str
    lost: bool = True


class Counters(Record, frozen=True, kw_only=True):
    """What one stream's receiver counted."""

    stream: str
    frames: int
    packets: int
    stream_bytes: int
    wire_bytes: int


class Carried(Record, frozen=True, kw_only=True):
    """Where an Ethernet frame holds stream bytes: ``wire[offset : offset + size]``; ``frame`` is None where no header tells."""

    stream: str
    frame: int | None
    offset: int
    size: int


class EmulatedPort(ABC):
    """A model of one network port, without sockets, threads or clock: the driver moves frames and calls it.

    The application side offers and takes whole inferences of streams (``stream_bytes`` each, FINN's packed layout); the wire side
    emits and accepts the Ethernet frames that the hardware would (without FCS). Not thread-safe.
    """

    registers: Registers

    @abstractmethod
    def offer(self, stream: str, frame: int, payload: bytes) -> None:
        """Queue one inference of a stream that leaves through this port."""

    @abstractmethod
    def pending(self) -> int:
        """Return how many offered packets have not left yet (no credits, or not asked for): back-pressure."""

    @abstractmethod
    def transmit(self) -> list[bytes]:
        """Return the Ethernet frames that may leave now, in order; credits and ARP answers included."""

    @abstractmethod
    def receive(self, wire: bytes) -> None:
        """Take one Ethernet frame from the wire: count it, answer it, deliver it or drop it as the hardware would."""

    def carried(self, wire: bytes) -> Carried | None:  # noqa: ARG002 - the default knows no format
        """Say what stream bytes an Ethernet frame from :meth:`transmit` holds, None for any other; faults are injected there."""
        return None

    @abstractmethod
    def take(self, stream: str) -> Delivered | None:
        """Return the next complete inference of a stream that enters through this port, and free its buffer (credits)."""

    @abstractmethod
    def faults(self) -> tuple[PortFault, ...]:
        """Return what was lost or refused since the last call."""

    def idle(self) -> None:  # noqa: B027 - a network without acknowledgement owes nothing
        """Learn that nothing has moved for a while (the driver's clock): ask peers what they have, so that the loss of a last packet shows."""

    @abstractmethod
    def counters(self) -> tuple[Counters, ...]:
        """Return the receiving counters of each stream that enters here."""


class Network(ABC):
    """How cards are joined: plans addresses and packets, checks them, configures and probes ports, and models them."""

    name: ClassVar[str]
    model: ClassVar[NetworkModel]

    @abstractmethod
    def plan(
        self, plan: Plan, cluster: Cluster, boards: Sequence[Board], flow: Literal["framed", "plain"]
    ) -> NetworkPlan:
        """Give every port its addresses and tables, every cut its sockets and packets, every card its link.

        ``boards`` are those of ``plan.cards``, in order.
        """

    @abstractmethod
    def check(self, deployment: Deployment) -> Verdict:
        """Prove that the deployment can work, sharing no code with :meth:`plan`."""

    @abstractmethod
    def configure(self, registers: Registers, port: NetworkPort) -> None:
        """Bring a port to the state the deployment asks for. Idempotent."""

    @abstractmethod
    def health(self, registers: Registers, port: NetworkPort) -> Health:
        """Say whether the port is configured, linked and knows its neighbours."""

    @abstractmethod
    def emulate(self, port: NetworkPort, deployment: Deployment) -> EmulatedPort:
        """Return a model of the port in reset: it does nothing useful until configured through its registers."""
