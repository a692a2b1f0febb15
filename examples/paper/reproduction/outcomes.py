# SPDX-License-Identifier: Apache-2.0
"""What was made for each design of the paper, as the tables take it: manifests, and answers to "does it fit?"."""

from levada.core.manifests import Basis, Dataflow, Plan
from levada.core.manifests.common import Record
from levada.core.resources import Resources


class Design(Record, frozen=True, kw_only=True):
    """A design of the paper: its name in ``paper.json``, its network, and how it keeps its weights in words."""

    name: str
    network: str
    weights: str
    flow: str

    @property
    def title(self) -> str:
        """Return the design as headings call it."""
        return f"{self.network.upper()}, weights in {self.weights}"


W1A2 = Design(name="w1a2", network="w1a2", weights="BRAM", flow="w1a2.toml")
BRAM = Design(name="w4a5-bram", network="w4a5", weights="BRAM", flow="w4a5-bram.toml")
URAM = Design(name="w4a5-uram", network="w4a5", weights="URAM", flow="w4a5-uram.toml")
DESIGNS = (W1A2, BRAM, URAM)


class Outcome(Record, frozen=True, kw_only=True):
    """One design, computed. ``plans``: one per topology, the first is the one whose resources are tabled.

    ``finn``: FINN's own estimate of the same design, its graph specialised with converters and FIFOs; None where it was not asked.
    """

    design: Design
    dataflow: Dataflow
    plans: tuple[Plan, ...]
    finn: Resources | None = None

    @property
    def plan(self) -> Plan:
        """Return the plan whose resources are tabled."""
        return self.plans[0]


class Attempt(Record, frozen=True, kw_only=True):
    """Whether a design fits on so many cards; ``reason`` is the planner's own text where it does not."""

    design: Design
    basis: Basis
    cards: int
    fits: bool
    reason: str = ""


class Reproduction(Record, frozen=True, kw_only=True):
    """Everything the tables are made of, besides what is published."""

    outcomes: tuple[Outcome, ...]
    attempts: tuple[Attempt, ...] = ()

    def outcome(self, design: Design) -> Outcome:
        """Return the outcome of a design. Raise KeyError where it was not made."""
        return {each.design.name: each for each in self.outcomes}[design.name]
