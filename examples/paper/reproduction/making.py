# SPDX-License-Identifier: Apache-2.0
"""Makes the three designs by their flows, and asks how many cards they need."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from levada.core import flows
from levada.core.artefact import Artefact, load_any, save
from levada.core.errors import InfeasibleError, UndecidedError
from levada.core.manifests import Basis, Build, Dataflow, Plan
from levada.core.manifests.common import Record
from levada.core.runner import Runner
from reproduction import finn_estimate
from reproduction.outcomes import DESIGNS, Attempt, Design, Outcome, Reproduction

HERE = Path(__file__).parents[1]
EIGHT_CARDS = HERE / "eight-cards.toml"
MOST_CARDS = 8
MODEL, DATAFLOW, CHAIN = "model", "dataflow", "chain"


class Wishes(Record, frozen=True, kw_only=True):
    """What the user may give: a Model or a Dataflow per network instead of making one, and values of the flows' parameters."""

    models: Mapping[str, Path] = {}
    dataflows: Mapping[str, Path] = {}
    parameters: Mapping[str, str] = {}

    def given(self, network: str) -> dict[str, Path]:
        """Return what takes the place of a network's steps, by the folder that they would write."""
        found = {MODEL: self.models.get(network), DATAFLOW: self.dataflows.get(network)}
        return {folder: path for folder, path in found.items() if path is not None}


class Made(Record, frozen=True, kw_only=True):
    """One design's artefacts, and the options with which it was partitioned."""

    design: Design
    dataflow: Artefact[Dataflow]
    plans: tuple[Artefact[Plan], ...]
    build: Artefact[Build] | None
    asked: Any


def reproduce(out: Path, wishes: Wishes, runner: Runner) -> Reproduction:
    """Make every design under ``out``, and try the numbers of cards that the tables speak of."""
    made = [make(design, out / design.name, wishes, runner) for design in DESIGNS]
    outcomes = tuple(_outcome(each, runner, out) for each in made)
    attempts = tuple(attempt for each in made for attempt in _attempts(each, runner))
    return Reproduction(outcomes=outcomes, attempts=attempts)


def make(design: Design, out: Path, wishes: Wishes, runner: Runner) -> Made:
    """Run a design's flow; what was given takes the place of the steps that would make it."""
    flow = flows.read(HERE / design.flow)
    known = {name: value for name, value in wishes.parameters.items() if name in flow.parameters}
    calls = flows.plan(flow, flows.parameters_of(flow)(**known), out, runner.registry)
    done = {folder: adopt(path, out / folder) for folder, path in wishes.given(design.network).items()}
    for number, call in enumerate(calls, 1):
        if call.folder in done or (call.folder == MODEL and DATAFLOW in done):
            continue
        runner.progress.say(f"{design.name} [{number}/{len(calls)}] {call.stage.name}")
        inputs = [out / name for name in call.inputs]
        done[call.folder] = runner.run(call.stage, inputs, call.options, out / call.folder, force=True)
    return Made(
        design=design,
        dataflow=done[DATAFLOW],
        plans=tuple(done[folder] for folder in ("plan", CHAIN) if folder in done),
        build=done.get("build"),
        asked=next(call.options for call in calls if call.folder == "plan"),
    )


def adopt(folder: Path, out: Path) -> Artefact[Any]:
    """Put an artefact that was given where a flow looks for it; its payloads are linked."""
    given = load_any(folder)
    payloads = {name: given.payload(name) for name in given.manifest.files}
    return save(out, given.manifest, payloads, replace=True)


def _outcome(made: Made, runner: Runner, out: Path) -> Outcome:
    finn = None
    if made.build is not None:
        with runner.progress.task(f"{made.design.name}: FINN's own estimate"):
            finn = finn_estimate.of(made.build, made.dataflow.manifest.part, out)
    return Outcome(
        design=made.design,
        dataflow=made.dataflow.manifest,
        plans=tuple(plan.manifest for plan in made.plans),
        finn=finn,
    )


# ------------------------------------------------------------------------------------------ how many cards


def _attempts(made: Made, runner: Runner) -> Iterator[Attempt]:
    """Yield the numbers of cards from one upwards until the design fits, on the paper's basis and on FINN's."""
    bases: tuple[Basis, ...] = ("paper", "finn")
    for basis in bases:
        for cards in range(1, MOST_CARDS + 1):
            attempt = try_cards(made, cards, basis, runner)
            yield attempt
            if attempt.fits:
                break


def try_cards(made: Made, cards: int, basis: Basis, runner: Runner) -> Attempt:
    """Say whether a design fits on so many cards; the plans that were made are not made again."""
    plan = made.plans[0].manifest
    if (len(plan.cards), plan.basis) == (cards, basis):
        return Attempt(design=made.design, basis=basis, cards=cards, fits=True)
    with runner.progress.task(f"{made.design.name}: does it fit, with {cards} of the cards, on basis {basis}?"):
        reason = _hindrance(made, cards, basis, runner)
    return Attempt(design=made.design, basis=basis, cards=cards, fits=reason == "", reason=reason)


def _hindrance(made: Made, cards: int, basis: Basis, runner: Runner) -> str:
    """Return the planner's proof that a design does not fit; nothing where it does. UndecidedError is no proof, and not caught."""
    from levada.partition.stage import ask  # loads the solver

    options = msgspec.structs.replace(made.asked, cluster=str(EIGHT_CARDS), cards=str(cards), basis=basis)
    question = ask(made.dataflow.manifest, options, runner.registry)
    try:
        runner.registry.partitioner(options.partitioner)().place(question.request(cards))
    except UndecidedError:
        raise
    except InfeasibleError as error:
        return str(error)
    return ""
