# SPDX-License-Identifier: Apache-2.0
"""What is judged, and the ground that it is judged on."""

from collections.abc import Iterable
from functools import cached_property

from levada.core.boards import Board
from levada.core.cluster import Cluster
from levada.core.interfaces import Topology, WeightStore
from levada.core.manifests import Dataflow, PlacedLayer, Plan, Record, Stream
from levada.core.networks import NetworkModel
from levada.core.resources import NAMES, Resources

SLACK = 1e-6
"""Relative difference of rates that counts as rounding."""


class Ground(Record, frozen=True, kw_only=True):
    """What is there, whatever a plan says: ``boards`` are those of the cluster's cards, in order, ``board`` that of the dataflow.

    ``topology`` is the one that the plan names; ``stores`` are the weight stores by name.
    """

    cluster: Cluster
    boards: tuple[Board, ...]
    board: Board
    network: NetworkModel
    topology: Topology
    stores: dict[str, WeightStore]


class Case(Record, frozen=True, kw_only=True, dict=True):
    """A plan, the dataflow that it is said to place, and the ground it stands on."""

    plan: Plan
    dataflow: Dataflow
    ground: Ground

    @cached_property
    def by_name(self) -> dict[str, PlacedLayer]:
        """Return each placed layer by its name, the first where several have it."""
        return {layer.name: layer for layer in reversed(self.plan.layers)}

    def placed(self, name: str | None) -> PlacedLayer | None:
        """Return the placed layer of this name, None where there is none."""
        return self.by_name.get(name or "")

    @cached_property
    def inner(self) -> tuple[tuple[Stream, PlacedLayer, PlacedLayer], ...]:
        """Return every stream between two layers, with both of them placed."""
        ends = ((stream, self.placed(stream.source), self.placed(stream.sink)) for stream in self.dataflow.streams)
        return tuple((stream, source, sink) for stream, source, sink in ends if source is not None and sink is not None)

    def board_of(self, layer: PlacedLayer) -> Board | None:
        """Return the board that a layer lies on, None where no such card is known."""
        return self.ground.boards[layer.card - 1] if 1 <= layer.card <= len(self.ground.boards) else None


def added(parts: Iterable[Resources]) -> Resources:
    """Return the sum of resources, count by count; unknown where any is unknown."""
    columns = list(zip(*(tuple(part.get(name) for name in NAMES) for part in (Resources(), *parts)), strict=True))
    return Resources(*(None if None in column else sum(count or 0 for count in column) for column in columns))
