# SPDX-License-Identifier: Apache-2.0
"""What partition takes from plug-ins: weight stores, topologies and partitioners, and what it asks a partitioner."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from levada.core.boards import Board
from levada.core.manifests import (
    Dataflow,
    Layer,
    LayerAnchor,
    Memory,
    PlacedLayer,
    Proof,
    Record,
    Route,
)  # fmt: skip
from levada.core.networks import NetworkModel
from levada.core.resources import Fractions, Name, Resources


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
    ``solver`` names the solver of programs, for partitioners that know several.
    ``streams_per_cut``: the most streams from a segment or before it to one behind it, those that pass a card by included; None: any.
    ``anchors``: layers that must lie on a given card, counted from 1 (where the route visits it twice, on either visit), and in a given SLR of it,
    if one is given.
    ``any_placement``: only the rate matters, so a partitioner may leave the other objectives, and their proofs, where it finds them;
    and a refusal needs no reason: whoever asks goes on without.
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
    solver: str = "cbc"
    streams_per_cut: int | None = None
    any_placement: bool = False
    anchors: tuple[LayerAnchor, ...] = ()


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
