# SPDX-License-Identifier: Apache-2.0
"""What runtime takes from plug-ins: drivers, one host's hold on one card."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import ClassVar, Literal

from levada.core.interfaces.network import Counters, Network, PortFault, Registers
from levada.core.manifests import (
    CardDeployment,
    Deployment,
    Record,
)  # fmt: skip


class Phase(Enum):
    """The order of starting: outputs first, then external weights, input last."""

    OUTPUTS = 1
    WEIGHTS = 2
    INPUT = 3


class Answered(Record, frozen=True, kw_only=True):
    """One frame's answer: the bytes of the output tensor, canonical form."""

    frame: int
    payload: bytes


class Seen(Record, frozen=True, kw_only=True):
    """What came over one incoming hop so far; ``sha256`` digests the tensors (canonical form) in order, None on a real card."""

    counters: Counters
    sha256: str | None


class FrameDigest(Record, frozen=True, kw_only=True):
    """The sha256 (32 bytes) of one stream's tensor for one frame, canonical form: compared with the golden one."""

    stream: str
    frame: int
    sha256: bytes


class WeightsRead(Record, frozen=True, kw_only=True):
    """What one DMA streamed into a layer so far: for how many inferences, and how many bytes in all."""

    layer: str
    inferences: int
    bytes_read: int


class CardReport(Record, frozen=True, kw_only=True):
    """What a card says when asked: totals per incoming hop and per weight DMA, what is new since the last call, frames in flight."""

    traffic: tuple[Seen, ...]
    digests: tuple[FrameDigest, ...]
    faults: tuple[PortFault, ...]
    in_flight: int
    weights: tuple[WeightsRead, ...] = ()


class Endpoint(Record, frozen=True, kw_only=True):
    """Where an emulated port can be met: ``unix`` path on the machine of this ``machine`` id, ``tcp`` (host:port) from others."""

    port: str
    mac: str
    machine: str
    unix: str | None
    tcp: str | None


class Injection(Record, frozen=True, kw_only=True):
    """A fault to commit: flip a byte or drop a packet of ``stream``'s frame, or kill the agent of ``host`` at that frame."""

    action: Literal["flip", "drop", "kill"]
    target: str
    frame: int


class Wiring(Record, frozen=True, kw_only=True):
    """What cables and a switch are to real cards: every port's endpoint, the token that peers show, faults to commit."""

    endpoints: tuple[Endpoint, ...]
    token: bytes
    injections: tuple[Injection, ...] = ()


class Driver(ABC):
    """One host's hold on one card. Made with the card's share of a deployment and the folder of its payloads.

    Steps are idempotent. A call that waits takes ``timeout_s`` and returns; nothing blocks for ever. Implementations
    are called from one thread, :meth:`answers` again and again: the place to move frames. ``payloads`` is a folder with the payloads
    of the deployment that the driver :meth:`needs`, one file each, named as the payload.
    """

    name: ClassVar[str]

    @classmethod
    def needs(cls, card: CardDeployment) -> tuple[str, ...]:  # noqa: ARG003 - the default needs none
        """Return the names of the payloads that it opens for this card; only these are brought to the card's host."""
        return ()

    @abstractmethod
    def __init__(self, card: CardDeployment, deployment: Deployment, payloads: Path, network: Network | None) -> None:
        """Take hold of the card, without changing it."""

    @abstractmethod
    def program(self) -> None:
        """Load the card's parts (bitstream or emulation graph)."""

    def endpoints(self, address: str | None) -> tuple[Endpoint, ...]:  # noqa: ARG002 - a real card has cables
        """Return where this card's ports can be met, after :meth:`program`: on this machine, and on ``address`` unless None."""
        return ()

    def wire(self, wiring: Wiring) -> None:  # noqa: B027 - real cards are wired by hand
        """Learn where the other ports are; called before the ports are configured."""

    @abstractmethod
    def registers(self, port: str) -> Registers:
        """Return the register window of one network port."""

    @abstractmethod
    def start(self, phase: Phase) -> None:
        """Start the DMAs of one phase."""

    @abstractmethod
    def submit(self, frame: int, image: bytes) -> None:
        """Give one image to the input DMA (ingress card only): the input tensor in canonical form."""

    @abstractmethod
    def answers(self, timeout_s: float) -> Iterable[Answered]:
        """Return the answers that the output DMA has (egress card only), waiting at most ``timeout_s`` for the first."""

    @abstractmethod
    def report(self) -> CardReport:
        """Say what passed and what was lost."""

    @abstractmethod
    def release(self) -> None:
        """Stop everything and let go of the card."""
