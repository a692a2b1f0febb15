# SPDX-License-Identifier: Apache-2.0
"""What levada-netstack registers: the network ``vnx`` and the stage ``netstack``."""

from typing import Any

from levada.core.hookspecs import hookimpl
from levada.core.interfaces import Network
from levada.core.stages import Stage
from levada.netstack.stage import Netstack
from levada.netstack.vnx import Vnx


@hookimpl
def levada_register_network() -> list[type[Network]]:
    """Return VNx."""
    return [Vnx]


@hookimpl
def levada_register_stage() -> list[type[Stage[Any]]]:
    """Return the stage that makes a Deployment."""
    return [Netstack]
