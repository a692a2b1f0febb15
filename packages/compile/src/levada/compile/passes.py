# SPDX-License-Identifier: Apache-2.0
"""What a pass is, what it may demand and promise, and how a row of passes is run."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeAlias

import msgspec

from levada.compile import properties
from levada.compile._finn import (
    GiveReadableTensorNames,
    GiveUniqueNodeNames,
    InferDataTypes,
    ModelWrapper,
    RemoveUnusedTensors,
    SortGraph,
)
from levada.compile.indexed import IndexedModel
from levada.core.errors import GraphError, InternalFault, LevadaError
from levada.core.progress import Progress

Step: TypeAlias = Callable[[ModelWrapper], ModelWrapper]
FEWEST_ROUNDS = 12
"""A scale moves at least one node on in a round, so that a network's depth bounds the rounds; a small one may grow first."""


class Property(Enum):
    """What can be said of the whole graph; each has a cheap check, which raises GraphError naming the node at fault."""

    STREAMABLE_OPERATORS = "only operators that can become hardware layers"
    QUANTISED_WEIGHTS = "every weight comes out of a quantiser"
    THRESHOLDS = "quantisers are integer weights and thresholds"
    LABELS = "ends in a TopK that gives class indices"
    INTEGER = "every tensor is integer"
    MATRIX = "convolutions are matrix products, channels last"
    HARDWARE = "every node but the input's transpose is a hardware layer of FINN"
    CHANNELS_LAST_INPUT = "the input is channels last, and every node is a hardware layer of FINN"
    NARROW = "accumulators and thresholds are as narrow as their values allow"


CHECKS: dict[Property, Callable[[ModelWrapper], None]] = {
    Property.STREAMABLE_OPERATORS: properties.check_operators,
    Property.QUANTISED_WEIGHTS: properties.check_weights,
    Property.THRESHOLDS: properties.check_no_quantisers,
    Property.LABELS: properties.check_labels,
    Property.INTEGER: properties.check_integer,
    Property.HARDWARE: properties.check_hardware,
    Property.CHANNELS_LAST_INPUT: properties.check_channels_last,
}


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """One named step from QONNX to hardware layers.

    ``reason`` says why it is there, or why it stands where it stands. What it ``requires`` must have been established by an
    earlier pass; what it ``establishes`` is checked after it. ``until_stable`` repeats it until the graph no longer changes.
    ``renames`` tidies the graph after it, with new names for nodes and tensors.
    """

    name: str
    steps: tuple[Step, ...]
    reason: str
    requires: tuple[Property, ...] = ()
    establishes: tuple[Property, ...] = ()
    until_stable: bool = False
    renames: bool = True

    def apply(self, model: ModelWrapper) -> ModelWrapper:
        """Return the graph after this pass, tidied; ``model`` stays. Raise GraphError where FINN cannot do it."""
        model = IndexedModel.copy_of(model)
        if not self.until_stable:
            return self._once(model)
        rounds = FEWEST_ROUNDS + len(model.graph.node)
        for _ in range(rounds):
            before, model = _structure(model), self._once(model)
            if _structure(model) == before:
                return model
        msg = f"pass {self.name!r} still changes the graph after {rounds} rounds; this network is not supported"
        raise GraphError(msg)

    def _once(self, model: IndexedModel) -> IndexedModel:
        try:
            with model.in_place():
                for step in self.steps:
                    model = step(model)
                return tidy(model) if self.renames else model
        except LevadaError:
            raise
        except Exception as error:  # FINN raises Exception itself, AssertionError, KeyError and more
            cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            msg = f"FINN cannot bring this network through pass {self.name!r} ({self.reason}): {cause}"
            raise GraphError(msg) from error


def finn(*transformations: Callable[[], object]) -> tuple[Step, ...]:
    """Make steps of FINN transformations, each made anew when it runs, nodes named uniquely after each.

    Several of FINN's transformations find nodes by name, and what another one inserts has none.
    """
    return tuple(_step(transformation) for transformation in transformations)


def _step(transformation: Callable[[], object]) -> Step:
    def step(model: ModelWrapper) -> ModelWrapper:
        return model.transform(transformation()).transform(GiveUniqueNodeNames())

    return step


def tidy(model: ModelWrapper) -> ModelWrapper:
    """Return the graph sorted, with readable names and data types annotated."""
    for transformation in (
        RemoveUnusedTensors,
        SortGraph,
        GiveUniqueNodeNames,
        GiveReadableTensorNames,
        InferDataTypes,
    ):
        model = model.transform(transformation())
    return model


def run(passes: Sequence[Pass], model: ModelWrapper, progress: Progress, title: str) -> ModelWrapper:
    """Return the graph after all ``passes``, each checked against what it establishes; progress stands under ``title``."""
    with progress.task(title, total=len(passes)) as task:
        for each in passes:
            task.title(f"{title}: {each.name}")
            model = each.apply(model)
            for established in each.establishes:
                CHECKS.get(established, _unchecked)(model)
            task.advance()
    return model


def check_order(passes: Sequence[Pass]) -> None:
    """Raise InternalFault where a pass requires what none before it establishes."""
    established: set[Property] = set()
    for each in passes:
        for required in each.requires:
            if required not in established:
                msg = f"pass {each.name!r} requires {required.value!r}, which no pass before it establishes"
                raise InternalFault(msg)
        established.update(each.establishes)


def _unchecked(model: ModelWrapper) -> None:
    """Accept what has no cheap check."""


def _structure(model: ModelWrapper) -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    return tuple((node.op_type, tuple(node.input), tuple(node.output)) for node in model.graph.node)
