# SPDX-License-Identifier: Apache-2.0
"""Every hook that a plug-in may implement (entry-point group ``levada``).

A register hook takes no argument and returns classes or values that are later chosen by their ``name``; a name that is
registered twice is an error naming both plug-ins. Observers may look and may not change; one that raises is reported, not obeyed.
"""

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from pathlib import Path

    from levada.core.boards import Board
    from levada.core.cluster import Cluster
    from levada.core.commands import Commands
    from levada.core.interfaces import (
        Architecture,
        Dataset,
        Driver,
        HardwareLayer,
        Network,
        Partitioner,
        Topology,
        WeightStore,
    )  # fmt: skip
    from levada.core.manifests import Event, Manifest
    from levada.core.stages import Stage, StageReport

hookspec = pluggy.HookspecMarker("levada")
hookimpl = pluggy.HookimplMarker("levada")


@hookspec
def levada_register_stage() -> "list[type[Stage[Any]]]":  # type: ignore[empty-body]
    """Return stages; each becomes a sub-command, and a step that flows can name."""


@hookspec
def levada_register_board() -> "list[Board]":  # type: ignore[empty-body]
    """Return boards (values). A cluster names them, the planner fills them."""


@hookspec
def levada_register_cluster() -> "list[Cluster]":  # type: ignore[empty-body]
    """Return cluster presets (values) that ``--cluster`` takes by name."""


@hookspec
def levada_register_weight_store() -> "list[type[WeightStore]]":  # type: ignore[empty-body]
    """Return places where weights can be kept; ``--weights`` takes their names."""


@hookspec
def levada_register_topology() -> "list[type[Topology]]":  # type: ignore[empty-body]
    """Return ways through a cluster; ``--topology`` takes their names."""


@hookspec
def levada_register_partitioner() -> "list[type[Partitioner]]":  # type: ignore[empty-body]
    """Return solvers of the placement; ``--partitioner`` takes their names."""


@hookspec
def levada_register_network() -> "list[type[Network]]":  # type: ignore[empty-body]
    """Return networks between cards; a cluster's ``network`` names one."""


@hookspec
def levada_register_driver() -> "list[type[Driver]]":  # type: ignore[empty-body]
    """Return holds on a card; a cluster's card names its ``driver``."""


@hookspec
def levada_register_layer() -> "list[type[HardwareLayer]]":  # type: ignore[empty-body]
    """Return hardware operations of FINN, one class per op type."""


@hookspec
def levada_register_model() -> "list[type[Architecture]]":  # type: ignore[empty-body]
    """Return trainable networks; ``levada train`` takes their names."""


@hookspec
def levada_register_dataset() -> "list[type[Dataset]]":  # type: ignore[empty-body]
    """Return data sets; ``--data`` takes their names."""


@hookspec
def levada_register_command(commands: "Commands") -> None:
    """Add sub-commands that are no stage: a name, a frozen Options struct and a function that returns the exit code."""


@hookspec
def levada_artifact_saved(folder: "Path", manifest: "Manifest") -> None:
    """Observe an artefact after it was written whole."""


@hookspec
def levada_stage_ran(report: "StageReport") -> None:
    """Observe a stage after it ran or was answered from the store."""


@hookspec
def levada_card_event(event: "Event") -> None:
    """Observe an event of a card while a run goes on."""
