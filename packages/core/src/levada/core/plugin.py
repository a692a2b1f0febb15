# SPDX-License-Identifier: Apache-2.0
"""What core registers itself: boards, cluster presets, commands."""

from levada.core import builtin_commands, presets
from levada.core.boards import Board
from levada.core.boards_alveo import ALVEO
from levada.core.cluster import Cluster
from levada.core.commands import Commands
from levada.core.hookspecs import hookimpl


@hookimpl
def levada_register_board() -> list[Board]:
    """Return the Alveo boards."""
    return list(ALVEO)


@hookimpl
def levada_register_cluster() -> list[Cluster]:
    """Return the presets."""
    return list(presets.ALL)


@hookimpl
def levada_register_command(commands: Commands) -> None:
    """Add demo, flow, show, plugins and schema."""
    builtin_commands.register(commands)
