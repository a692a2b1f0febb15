# SPDX-License-Identifier: Apache-2.0
"""What levada-partition registers: one stage, three commands, two partitioners, two topologies, four weight stores."""

from typing import Any

from levada.core.commands import Commands
from levada.core.hookspecs import hookimpl
from levada.core.interfaces import Partitioner, Topology, WeightStore
from levada.core.stages import Stage
from levada.partition.drawing import DrawOptions, floorplan
from levada.partition.ilp import Ilp, IlpAlone
from levada.partition.judging import JudgeOptions, judge_plan
from levada.partition.pareto import ParetoOptions, pareto
from levada.partition.stage import Partition
from levada.partition.stores import Bram, External, Lutram, Uram
from levada.partition.topologies import Chain, Loop


@hookimpl
def levada_register_stage() -> list[type[Stage[Any]]]:
    """Register ``levada partition``."""
    return [Partition]


@hookimpl
def levada_register_partitioner() -> list[type[Partitioner]]:
    """Register the integer linear program, with the dynamic programme and without."""
    return [Ilp, IlpAlone]


@hookimpl
def levada_register_topology() -> list[type[Topology]]:
    """Register the loop and the chain."""
    return [Loop, Chain]


@hookimpl
def levada_register_weight_store() -> list[type[WeightStore]]:
    """Register block RAM, UltraRAM, LUT RAM and external memory."""
    return [Bram, Uram, Lutram, External]


@hookimpl
def levada_register_command(commands: Commands) -> None:
    """Add ``levada floorplan``, ``levada judge`` and ``levada pareto``."""
    commands.add("floorplan", DrawOptions, floorplan)
    commands.add("judge", JudgeOptions, judge_plan)
    commands.add("pareto", ParetoOptions, pareto)
