# SPDX-License-Identifier: Apache-2.0
"""The question that the stage asks: a dataflow, a cluster and the user's wishes; and the request it makes of a partitioner."""

from functools import cached_property
from itertools import pairwise

from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.errors import ClusterError, InfeasibleError, PluginError
from levada.core.interfaces import Candidate, CardBudget, LayerOptions, Request, StoreCost, Topology, WeightStore
from levada.core.manifests import Basis, Dataflow, Folding, Layer, LayerAnchor, Record, Route
from levada.core.networks import NetworkModel
from levada.core.resources import Fractions, Name, Resources, total
from levada.partition.reduction import share
from levada.partition.topologies import network_slr
from levada.partition.wishes import AUTO, FoldingRule, Weights, narrowed

NO_STORE = "none"
"""The store of a layer without weights."""


class Settings(Record, frozen=True, kw_only=True):
    """What bounds a plan, and how it is searched for."""

    clock_mhz: float
    basis: Basis
    limits: Fractions
    slr_limits: Fractions
    may_be_unknown: tuple[Name, ...]
    fps: float | None = None
    weight_stream_bits: int | None = None
    utilisation_step: float = 0.0
    time_limit_s: float = 60.0
    solver: str = "cbc"
    streams_per_cut: int | None = None
    any_placement: bool = False
    anchors: tuple[LayerAnchor, ...] = ()

    @property
    def max_cycles(self) -> int | None:
        """Return the cycles per inference that the rate leaves, None where no rate is asked for."""
        return None if self.fps is None else int(share(self.clock_mhz) * 1_000_000 / share(self.fps))


class Question(Record, frozen=True, kw_only=True, dict=True):
    """Everything a plan depends on but the number of cards. ``boards`` are those of the cluster's cards, in order.

    ``streamed``: layers whose weights may also come from outside where their store is left to the planner; those of others may only where
    nothing on chip has a cost.
    """

    dataflow: Dataflow
    cluster: Cluster
    boards: tuple[Board, ...]
    board: Board
    network: NetworkModel
    topology: Topology
    stores: dict[str, WeightStore]
    weights: Weights
    folding: FoldingRule
    settings: Settings
    streamed: tuple[str, ...] = ()

    @cached_property
    def options(self) -> tuple[LayerOptions, ...]:
        """Return every layer's candidates: foldings the rule allows, with each store that is asked for."""
        return tuple(self._options(layer) for layer in self.dataflow.layers)

    def request(self, cards: int) -> Request:
        """Return the request for the first ``cards`` cards.

        Raise ClusterError where there are fewer, InfeasibleError where a layer is anchored on one behind them.
        """
        settings = self.settings
        _check_reach(settings.anchors, cards)
        return Request(
            dataflow=self.dataflow,
            options=self.options,
            cards=self.budgets(cards),
            route=self.route(cards),
            limits=settings.limits,
            slr_limits=settings.slr_limits,
            clock_mhz=settings.clock_mhz,
            network=self.network,
            max_cycles=settings.max_cycles,
            may_be_unknown=settings.may_be_unknown,
            utilisation_step=settings.utilisation_step,
            time_limit_s=settings.time_limit_s,
            solver=settings.solver,
            streams_per_cut=settings.streams_per_cut,
            any_placement=settings.any_placement,
            anchors=settings.anchors,
        )

    def route(self, cards: int) -> Route:
        """Return the topology's route over ``cards`` cards. Raise PluginError for one that is no way through them."""
        route = self.topology.route(self._used(cards))
        _check_route(route, self._used(cards))
        return route

    def budgets(self, cards: int) -> tuple[CardBudget, ...]:
        """Return what each card offers, and what shell, DMAs and, for several cards, the network take of it."""
        boards = self._used(cards)
        route = self.route(cards)
        ends = [route.segments[end].card for end in (route.ingress, route.egress)]
        network = self.network if cards > 1 else None
        return tuple(
            CardBudget(
                index=number,
                name=self.cluster.cards[number - 1].name,
                board=board,
                capacity=board.capacity(self.settings.basis),
                overhead=_overhead(board, self.settings.basis, network, ends.count(number)),
            )
            for number, board in enumerate(boards, 1)
        )

    def _used(self, cards: int) -> tuple[Board, ...]:
        if cards > len(self.boards):
            msg = (
                f"{cards} cards are asked for, but cluster {self.cluster.name!r} has {len(self.boards)}; "
                f"ask for fewer with --cards, or name a larger cluster"
            )
            raise ClusterError(msg)
        return self.boards[:cards]

    def foldings(self, layer: Layer) -> list[int]:
        """Return the foldings that may be taken for a layer: those that are quick enough, or else the fastest."""
        most = self.settings.max_cycles
        bits = self.settings.weight_stream_bits
        indices = (self.folding if bits is None else narrowed(self.folding, bits))(layer)
        quick = [index for index in indices if most is None or layer.foldings[index].cycles <= most]
        return quick or [min(indices, key=lambda index: layer.foldings[index].cycles)]

    def _options(self, layer: Layer) -> LayerOptions:
        candidates = tuple(
            _candidate(index, layer.foldings[index], store, cost)
            for index in self.foldings(layer)
            for store, cost in self._costs(layer, layer.foldings[index])
        )
        return LayerOptions(layer=layer.name, candidates=candidates)

    def _costs(self, layer: Layer, folding: Folding) -> list[tuple[str, StoreCost]]:
        if folding.weights is None:
            return [(NO_STORE, StoreCost(resources=Resources(), origin=""))]
        costs = self.store_costs(layer, folding)
        on_chip = {name: cost for name, cost in costs.items() if not cost.external_bytes}
        if self.weights.of(layer.name) != AUTO or not on_chip:
            return list(costs.items())
        if layer.name in self.streamed:
            return [(name, cost) for name, cost in costs.items() if name in on_chip or not cost.resources.unknown()]
        return list(on_chip.items())

    @cached_property
    def outside(self) -> frozenset[str]:
        """Return the stores that are asked for and keep weights outside."""
        costs = (self.store_costs(layer, layer.foldings[layer.default]) for layer in self.dataflow.layers)
        return frozenset(name for each in costs for name, cost in each.items() if cost.external_bytes)

    def store_costs(self, layer: Layer, folding: Folding) -> dict[str, StoreCost]:
        """Return what each store that is asked for takes to keep a folding's weights, on chip or not; none where there are no weights."""
        if folding.weights is None:
            return {}
        asked = self.weights.of(layer.name)
        names = sorted(self.stores) if asked == AUTO else [asked]
        return {name: self.stores[name].cost(folding.weights, layer, self.board) for name in names}


def _check_reach(anchors: tuple[LayerAnchor, ...], cards: int) -> None:
    for anchor in anchors:
        if anchor.card > cards:
            msg = f"layer {anchor.layer!r} is anchored on card {anchor.card}; use as many cards, or anchor it elsewhere"
            raise InfeasibleError(msg)


def _candidate(index: int, folding: Folding, store: str, cost: StoreCost) -> Candidate:
    return Candidate(
        folding=index,
        store=store,
        cycles=folding.cycles,
        resources=folding.resources + cost.resources,
        external_bytes=cost.external_bytes,
    )


def _overhead(board: Board, basis: Basis, network: NetworkModel | None, ends: int) -> tuple[Resources, ...]:
    """Return, per SLR, what shell, network (in the SLR of the QSFPs) and ``ends`` ways in and out take on a basis."""
    found = list(board.overhead(basis))
    if ends and board.memories:
        found[board.memories[0].slr] += total([board.dma] * ends)
    if network is not None:
        found[network_slr(board)] += network.overhead
    return tuple(found)


def _check_route(route: Route, boards: tuple[Board, ...]) -> None:
    visited = [segment.card for segment in route.segments]
    if set(visited) != set(range(1, len(boards) + 1)):
        _refuse(route, f"visits cards {sorted(set(visited))} of {len(boards)}")
    if any(early == late for early, late in pairwise(visited)):
        _refuse(route, "has two neighbouring segments on one card; they are one segment")
    for segment in route.segments:
        known = {slr.index for slr in boards[segment.card - 1].slrs}
        if not segment.slrs or not set(segment.slrs) <= known:
            _refuse(route, f"visits SLRs {segment.slrs} of card {segment.card}, which has {sorted(known)}")
    if not {route.ingress, route.egress, *(anchor.segment for anchor in route.anchors)} <= set(range(len(visited))):
        _refuse(route, f"puts input, output or an anchor in a segment beyond its {len(visited)}")


def _refuse(route: Route, fault: str) -> None:
    msg = f"topology {route.topology!r} is not sound: its route {fault}"
    raise PluginError(msg)
