# SPDX-License-Identifier: Apache-2.0
"""What a published folding rule says of a layer, found among the layer's foldings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeAlias

from levada.core.interfaces import HardwareNode
from levada.core.manifests import Fifo, Folding
from levada.core.manifests.common import Record


class Wanted(Record, frozen=True, kw_only=True):
    """A folding as a rule writes it; what is None is not said."""

    pe: int | None = None
    simd: int | None = None
    implementation: Literal["hls", "rtl"] | None = None
    multiplier: Literal["lut", "dsp"] | None = None
    thresholds: Literal["fused", "standalone"] | None = None

    def fits(self, folding: Folding) -> bool:
        """Say whether a folding is as wanted. A layer without activation has no thresholds to place."""
        pairs = (
            (self.pe, folding.pe), (self.simd, folding.simd), (self.implementation, folding.implementation),
            (self.multiplier, folding.multiplier), (self.thresholds, folding.thresholds),
        )  # fmt: skip
        return all(wanted is None or given is None or wanted == given for wanted, given in pairs)


FoldingRule: TypeAlias = Callable[[Sequence[HardwareNode]], Mapping[str, Sequence[Wanted]]]
"""Says of a whole network what it wants of each layer, by name, best first; a layer that it does not speak of is left out."""

FifoRule: TypeAlias = Callable[[Sequence[HardwareNode]], Mapping[str, Fifo]]
"""Says of a whole network what FIFO each tensor gets; a tensor that it does not speak of is left out."""


def index(foldings: Sequence[Folding], wanted: Sequence[Wanted]) -> int | None:
    """Return the index of the first folding that is the best wanted one there is; None where there is none."""
    fits = (at for each in wanted for at, folding in enumerate(foldings) if each.fits(folding))
    return next(fits, None)
