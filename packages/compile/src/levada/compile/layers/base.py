# SPDX-License-Identifier: Apache-2.0
"""What FINN's layers share: how a default is chosen, how a figure names its origin, and where the emulation form is."""

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

from levada.core.interfaces import EmulationGraph, HardwareLayer, HardwareNode
from levada.core.manifests import Folding, Origins
from levada.core.resources import Resources

SLOWEST_DEFAULT_CYCLES = 1 << 20
"""No default folding is slower than this if the layer can help it: 190 inferences a second at 200 MHz."""

_LUT_PER_DSP = 144
_LUT_PER_BRAM18 = 323

FINN, LEVADA = "finn", "levada"
BY_LEVADA = Origins(lut=LEVADA, ff=LEVADA, bram18=LEVADA, uram=LEVADA, dsp=LEVADA)
"""Every count is Levada's: FINN leaves all of them 0."""


class FinnLayer(HardwareLayer):
    """A layer of FINN whose emulation form is in ``levada.compile.emulation.<emulation>``."""

    emulation: ClassVar[str]

    def default(self, foldings: tuple[Folding, ...]) -> int:
        """Return the smallest folding of at most :data:`SLOWEST_DEFAULT_CYCLES`; the fastest where all are slower."""
        return smallest(foldings)

    def emulate(self, node: HardwareNode, constants: Mapping[str, Any], graph: EmulationGraph) -> None:
        """Write the node into ``graph`` as standard ONNX."""
        importlib.import_module(f"levada.compile.emulation.{self.emulation}").emulate(node, constants, graph)


def smallest(foldings: tuple[Folding, ...], least_lanes: int = 1) -> int:
    """Return the index of the smallest folding that is fast enough and has ``least_lanes`` multipliers, if one has."""
    most = max(fold.pe * fold.simd for fold in foldings)
    wide = [i for i, fold in enumerate(foldings) if fold.pe * fold.simd >= min(least_lanes, most)]
    quick = [i for i in wide if foldings[i].cycles <= SLOWEST_DEFAULT_CYCLES]
    quick = quick or [min(wide, key=lambda i: foldings[i].cycles)]
    return min(quick, key=lambda i: (area(foldings[i].resources), foldings[i].cycles))


def area(resources: Resources) -> int:
    """Return resources as LUT equivalents, by what a VU37P has of each: a DSP slice counts 144, a RAMB18 323. Unknown counts 0."""
    return (resources.lut or 0) + _LUT_PER_DSP * (resources.dsp or 0) + _LUT_PER_BRAM18 * (resources.bram18 or 0)
