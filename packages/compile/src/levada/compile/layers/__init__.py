# SPDX-License-Identifier: Apache-2.0
"""FINN's hardware operations: their foldings, costs and streams."""

from levada.core.interfaces import HardwareLayer

LAYERS: tuple[type[HardwareLayer], ...] = ()
