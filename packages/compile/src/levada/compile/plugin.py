# SPDX-License-Identifier: Apache-2.0
"""What levada-compile registers: its stages, and FINN's hardware layers. Imports nothing heavy."""

from typing import Any

from levada.compile.build import STAGES as BUILD_STAGES
from levada.compile.layers import LAYERS
from levada.core.hookspecs import hookimpl
from levada.core.interfaces import HardwareLayer
from levada.core.stages import Stage


@hookimpl
def levada_register_stage() -> list[type[Stage[Any]]]:
    """Register ``compile`` and ``build``."""
    from levada.compile.stage import Compile

    return [Compile, *BUILD_STAGES]


@hookimpl
def levada_register_layer() -> list[type[HardwareLayer]]:
    """Register one class per hardware operation of FINN that can be planned and built."""
    return list(LAYERS)
