# SPDX-License-Identifier: Apache-2.0
"""The ``judge`` command: holds a saved plan against every rule."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec

from levada.core.artefact import Artefact, load
from levada.core.cluster import Cluster
from levada.core.commands import Context
from levada.core.errors import ClusterError, PayloadError
from levada.core.manifests import Dataflow, Plan
from levada.core.plugins import Registry
from levada.core.stages import Flag, Options
from levada.partition.judge import judge
from levada.partition.rules.case import Ground


class JudgeOptions(Options, frozen=True, kw_only=True):
    """The flags of ``levada judge``."""

    plan: Annotated[str, Flag("folder of a plan", positional=True)]
    cluster: Annotated[
        str | None, Flag("the cluster it is for: a preset's name or a TOML file; else the one that it names", file=True)
    ] = None


def judge_plan(options: JudgeOptions, context: Context) -> int:
    """Say of a saved plan which rules it obeys; the exit code is 1 where it breaks one."""
    artefact = load(Path(options.plan), Plan)
    dataflow = _dataflow(artefact)
    verdict = judge(
        artefact.manifest, dataflow, _ground(artefact.manifest, dataflow, options.cluster, context.registry)
    )
    for check in verdict.checks:
        sys.stdout.write(
            f"{'holds ' if check.passed else 'BROKEN'}  {check.rule}{'' if check.passed else f': {check.detail}'}\n"
        )
    broken = sum(not check.passed for check in verdict.checks)
    sys.stdout.write(
        f"{len(verdict.checks)} rules, {broken} of them broken\n"
        if broken
        else f"all {len(verdict.checks)} rules hold\n"
    )
    return 1 if broken else 0


def _dataflow(artefact: Artefact[Plan]) -> Dataflow:
    path = artefact.payload("dataflow")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Dataflow)
    except msgspec.DecodeError as error:
        msg = f"{path}: expected the manifest of the plan's dataflow: {error}; plan again"
        raise PayloadError(msg) from None


def _ground(plan: Plan, dataflow: Dataflow, cluster_name: str | None, registry: Registry) -> Ground:
    cluster = registry.cluster(cluster_name) if cluster_name else _own_cluster(plan, registry)
    return Ground(
        cluster=cluster,
        boards=tuple(registry.board(card.board) for card in cluster.cards),
        board=registry.board(dataflow.board),
        network=registry.network_model(cluster.network),
        topology=registry.topology(plan.route.topology)(),
        stores={name: store() for name, store in registry.weight_stores().items()},
    )


def _own_cluster(plan: Plan, registry: Registry) -> Cluster:
    """Return the cluster that the plan names. Raise ClusterError, saying how to give it, where it is no preset."""
    try:
        return registry.cluster(plan.cluster)
    except ClusterError as error:
        msg = f"the plan is for {plan.cluster!r}, which is no preset; give the cluster that it was made for with --cluster FILE ({error})"
        raise ClusterError(msg) from None
