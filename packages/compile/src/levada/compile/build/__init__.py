# SPDX-License-Identifier: Apache-2.0
"""A plan turned into hardware, as far as the tools at hand go."""

from typing import Any

from levada.compile.build.stage import BuildHardware
from levada.core.stages import Stage

STAGES: tuple[type[Stage[Any]], ...] = (BuildHardware,)
