# SPDX-License-Identifier: Apache-2.0
"""The paper's designs played by a small network, planned over one card and over three."""

import msgspec
import pytest

from levada.core.plugins import Registry
from levada.core.resources import Resources
from levada.core.testing import dataflow, plan
from reproduction import published
from reproduction.comparison import EVERY_BASIS, Paper, all_rows
from reproduction.counting import capacity, shell
from reproduction.outcomes import BRAM, URAM, W1A2, Attempt, Outcome, Reproduction

FINN = Resources(lut=1000, ff=None, bram18=20, uram=3, dsp=0)
ATTEMPTS = (
    Attempt(design=BRAM, basis="paper", cards=2, fits=False, reason="card 1 would need 3262 bram18"),
    Attempt(design=BRAM, basis="paper", cards=3, fits=True),
    Attempt(design=BRAM, basis="finn", cards=4, fits=True),
    Attempt(design=W1A2, basis="paper", cards=1, fits=True),
)


def outcome(design, *plans) -> Outcome:
    return Outcome(design=design, dataflow=dataflow(), plans=plans, finn=FINN)


@pytest.fixture(scope="session")
def made() -> Reproduction:
    three = (plan(3, "loop"), plan(3, "chain"))
    outcomes = (outcome(W1A2, plan(1)), outcome(BRAM, *three), outcome(URAM, plan(1)))
    return Reproduction(outcomes=outcomes, attempts=ATTEMPTS)


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry()


@pytest.fixture(scope="session")
def paper(made, registry) -> Paper:
    plan_1 = made.outcomes[0].plan
    capacities = {basis: capacity(plan_1, basis, registry) for basis in EVERY_BASIS}
    shells = {basis: shell(plan_1, basis, registry) for basis in EVERY_BASIS}
    return Paper(published=published.read(), made=made, capacities=capacities, shells=shells)


@pytest.fixture(scope="session")
def rows(paper):
    return all_rows(paper)


@pytest.fixture
def scored(paper):
    """Return a function: the same, with a top-1 measured on a data set."""

    def with_score(dataset, value):
        score = msgspec.structs.replace(dataflow().scores[0], dataset=dataset, value=value)
        outcomes = tuple(
            msgspec.structs.replace(each, dataflow=msgspec.structs.replace(each.dataflow, scores=(score,)))
            for each in paper.made.outcomes
        )
        return msgspec.structs.replace(paper, made=msgspec.structs.replace(paper.made, outcomes=outcomes))

    return with_score
