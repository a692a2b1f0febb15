# SPDX-License-Identifier: Apache-2.0
"""What this package registers: the stage ``run``, the commands ``agent`` and ``keys``, the drivers ``emulated`` and ``xrt``."""

from typing import Any

from levada.core.commands import Commands
from levada.core.hookspecs import hookimpl
from levada.core.interfaces import Driver
from levada.core.stages import Stage


@hookimpl
def levada_register_stage() -> list[type[Stage[Any]]]:
    """Register ``run``."""
    from levada.runtime.stage import RunStage

    return [RunStage]


@hookimpl
def levada_register_driver() -> list[type[Driver]]:
    """Register the drivers; importing them loads numpy, but neither onnxruntime nor pyxrt."""
    from levada.runtime.drivers.emulated.card import EmulatedCard
    from levada.runtime.drivers.xrt.card import XrtCard

    return [EmulatedCard, XrtCard]


@hookimpl
def levada_register_command(commands: Commands) -> None:
    """Add ``agent`` and ``keys``."""
    from levada.runtime.agent.command import AgentOptions, KeysOptions, make_keys, run_agent

    commands.add("agent", AgentOptions, run_agent)
    commands.add("keys", KeysOptions, make_keys)
