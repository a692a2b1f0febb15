# SPDX-License-Identifier: Apache-2.0
"""What a plug-in implements: one documented base class, or one frozen value, for each thing that can be registered.

Values (:class:`Board`, :class:`Cluster`, :class:`NetworkModel`) are compared and stored; classes are chosen by their
``name``. Arrays are passed as objects of numpy, which core does not import. A class that lacks a method cannot be
instantiated; core fills no gap silently.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.manifests import (
    Bits,
    CardDeployment,
    Dataflow,
    Deployment,
    FlowControl,
    Folding,
    Hop,
    Lanes,
    Layer,
    Memory,
    NetworkPort,
    PlacedLayer,
    Plan,
    Preprocessing,
    Proof,
    Record,
    Route,
    Verdict,
)  # fmt: skip
from levada.core.networks import NetworkModel
from levada.core.resources import Fractions, Name, Resources

# ------------------------------------------------------------------------------------------------------ qat


class Architecture(ABC):
    """A trainable network of qat, chosen by ``name``.

    ``image_shape`` is height, width and channels of what it takes; ``dataset`` and ``recipe`` name what it is trained on and
    how, where the user asks for nothing else.
    """

    name: ClassVar[str]
    image_shape: ClassVar[tuple[int, int, int]]
    dataset: ClassVar[str]
    recipe: ClassVar[str] = "paper"

    @abstractmethod
    def build(self, bits: Bits, classes: int) -> Any:
        """Return a ``torch.nn.Module`` (Brevitas layers) that takes integer pixels, NCHW, and gives class scores."""


class Split(Record, frozen=True, kw_only=True):
    """Images of a data set in memory: ``images`` uint8 count × H × W × C, ``labels`` int64 count, ``classes`` names."""

    images: Any
    labels: Any
    classes: tuple[str, ...]


class Dataset(ABC):
    """Pictures with labels, chosen by ``name``; written ``name`` or ``name:folder`` on the command line.

    ``split`` resizes and crops as ``preprocessing`` says, so that all pictures are of one shape; the offset is subtracted later.
    """

    name: ClassVar[str]

    @abstractmethod
    def split(self, split: str, folder: Path | None) -> Split:
        """Return ``train`` or ``test``; fixed and equal on every machine. Raise DatasetError for any other name."""

    @abstractmethod
    def preprocessing(self) -> Preprocessing:
        """Say how a picture becomes what the network takes."""


# -------------------------------------------------------------------------------------------------- compile


class NodeTensor(Record, frozen=True, kw_only=True):
    """An input or output of a hardware node: name, shape with batch, QONNX data type, whether it is a constant."""

    name: str
    shape: tuple[int, ...]
    datatype: str
    constant: bool = False


class HardwareNode(Record, frozen=True, kw_only=True):
    """A node of the FINN graph before specialisation, as a layer class sees it: typed, read-only."""

    name: str
    op: str
    attributes: dict[str, int | float | str | tuple[int, ...]]
    inputs: tuple[NodeTensor, ...]
    outputs: tuple[NodeTensor, ...]


class EmulationGraph(Protocol):
    """What a layer's emulation form is written into: standard ONNX operators only."""

    def constant(self, array: Any) -> str:
        """Add an initialiser and return its name."""

    def add(self, op: str, inputs: Sequence[str], output: str | None = None, **attributes: Any) -> str:
        """Add a node and return the name of its output (given, or made)."""

    def add_all(
        self, op: str, inputs: Sequence[str], outputs: Sequence[str | None], **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node with several outputs and return their names; a name is made for each None."""


class HardwareLayer(ABC):
    """One hardware operation of FINN: what it can be folded into, what that costs, what flows, how it is emulated."""

    op: ClassVar[str]

    @abstractmethod
    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:
        """Return every way to build the node, each with cycles, resources without weights, and origins of the figures."""

    @abstractmethod
    def default(self, foldings: tuple[Folding, ...]) -> int:
        """Return the index of the folding to take where nothing else is asked: small, and not needlessly slow."""

    @abstractmethod
    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return which folding parameter sets the beat of its inputs, and of its outputs."""

    def rigid(self, node: HardwareNode) -> bool:  # noqa: ARG002 - most layers are not
        """Say whether the order of the node's output depends on its lanes, so that its sink must have the same (``Stream.rigid``)."""
        return False

    @abstractmethod
    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:
        """Return the node attributes that make FINN build this folding."""

    @abstractmethod
    def emulate(self, node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:
        """Write the node into ``graph``, bit-exact with FINN's own execution, tensors named as the node's."""


# ------------------------------------------------------------------------------------------------ partition


class StoreCost(Record, frozen=True, kw_only=True):
    """What keeping a layer's weights somewhere costs; ``external_bytes`` are read from outside per inference."""

    resources: Resources
    origin: str
    external_bytes: int = 0


class WeightStore(ABC):
    """Where a layer's weights are kept. Both methods are pure.

    ``cost`` is called while planning, ``finn_attributes`` while building.
    """

    name: ClassVar[str]

    @abstractmethod
    def cost(self, memory: Memory, layer: Layer, board: Board) -> StoreCost:
        """Return the cost of a memory of this shape for one layer on one board."""

    @abstractmethod
    def finn_attributes(self, layer: PlacedLayer) -> dict[str, int | str]:
        """Return the FINN node attributes (``ram_style``, ``mem_mode``) that put the weights there."""


class Topology(ABC):
    """A way through the cluster. The partitioner knows only the route that comes out."""

    name: ClassVar[str]

    @abstractmethod
    def route(self, boards: Sequence[Board]) -> Route:
        """Return the route over cards 1…N with these boards, in order."""


class StreamsPerCut(Enum):
    """Whether a network port can carry several streams at once."""

    ONE = "one"
    MANY = "many"


class CardBudget(Record, frozen=True, kw_only=True):
    """What a card offers: per SLR, what is there, and what shell and network take of it."""

    index: int
    name: str
    board: Board
    capacity: tuple[Resources, ...]
    overhead: tuple[Resources, ...]


class LayerOptions(Record, frozen=True, kw_only=True):
    """A layer's candidates: folding index and store name, with cycles and whole resources (weights included)."""

    layer: str
    candidates: tuple["Candidate", ...]


class Candidate(Record, frozen=True, kw_only=True):
    """One way to build one layer."""

    folding: int
    store: str
    cycles: int
    resources: Resources
    external_bytes: int = 0


class Request(Record, frozen=True, kw_only=True):
    """The whole problem a partitioner solves.

    Every card of the route must hold a layer. Streams with ``cuttable`` false may not leave a segment, and no stream joins two
    segments of one card (its parts share no wires). The input's layer lies in the ingress segment, the output's in the egress segment.
    Layers of ``options`` are in topological order. ``limits`` hold for a card, ``slr_limits`` for each SLR, shell and network included.
    Unknown counts of the resources in ``may_be_unknown`` are accepted, and that resource is then not limited; any other unknown is
    refused. ``max_cycles`` turns the rate from an objective into a demand. Utilisation counts exactly, or in steps of ``utilisation_step``
    where that is not 0, so that a thousandth of a card need not be bought with network bytes. ``time_limit_s`` is for each objective.
    """

    dataflow: Dataflow
    options: tuple[LayerOptions, ...]
    cards: tuple[CardBudget, ...]
    route: Route
    limits: Fractions
    slr_limits: Fractions
    clock_mhz: float
    network: NetworkModel
    max_cycles: int | None = None
    may_be_unknown: tuple[Name, ...] = ("ff",)
    utilisation_step: float = 0.0
    time_limit_s: float = 60.0


class Choice(Record, frozen=True, kw_only=True):
    """Where one layer goes and which candidate it takes (an index into its LayerOptions)."""

    layer: str
    segment: int
    slr: int
    candidate: int


class Placement(Record, frozen=True, kw_only=True):
    """A partitioner's answer: one choice per layer, and how good it is known to be."""

    choices: tuple[Choice, ...]
    proof: Proof


class Partitioner(ABC):
    """Finds places, foldings and stores. Objective, in order: rate, largest utilisation of a card, network bytes, SLR crossings."""

    name: ClassVar[str]

    @abstractmethod
    def place(self, request: Request) -> Placement:
        """Return the best placement.

        Raise InfeasibleError with resource, place, amount missing and what would fit; UnknownCostError where a count that nobody
        estimates could decide.
        """


# ------------------------------------------------------------------------------------------------- netstack


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


# -------------------------------------------------------------------------------------------------- runtime


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


class CardReport(Record, frozen=True, kw_only=True):
    """What a card says when asked: totals per incoming hop, what is new since the last call, frames in flight."""

    traffic: tuple[Seen, ...]
    digests: tuple[FrameDigest, ...]
    faults: tuple[PortFault, ...]
    in_flight: int


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
