# SPDX-License-Identifier: Apache-2.0
"""Bit widths as they are written: ``w4a5`` is 4-bit weights and 5-bit activations."""

import re

from levada.core.errors import OptionError
from levada.core.manifests import Bits

EDGE_BITS = 8
"""The first and the last layer keep 8-bit weights, as in the paper (section III)."""

LEAST_RESIDUAL_BITS = 4
"""finn-examples' ResNet-50 keeps 4-bit residuals beside its 2-bit activations."""

_NOTATION = re.compile(r"w([0-9]{1,2})a([0-9]{1,2})(?:r([0-9]{1,2}))?")


def parse_bits(text: str) -> Bits:
    """Return the widths that ``w<N>a<M>`` or ``w<N>a<M>r<K>`` names. Raise OptionError for anything else.

    N (1 to 8) is for weights but the first and last layer's, M (2 to 8) for activations, K (2 to 8) for the arms of a residual sum;
    without K, sums are as wide as the activations, and at least :data:`LEAST_RESIDUAL_BITS`.
    """
    match = _NOTATION.fullmatch(text)
    if match is None:
        msg = f"expected bit widths written as w4a5 (4-bit weights, 5-bit activations) or w4a5r6 (6-bit residuals), got {text!r}"
        raise OptionError(msg)
    weights, activations = int(match[1]), int(match[2])
    residual = int(match[3]) if match[3] else max(activations, LEAST_RESIDUAL_BITS)
    _check(text, "weights", weights, 1)
    _check(text, "activations", activations, 2)
    _check(text, "residuals", residual, 2)
    return Bits(weights=weights, activations=activations, first=EDGE_BITS, last=EDGE_BITS, residual=residual)


def _check(text: str, what: str, bits: int, least: int) -> None:
    if not least <= bits <= EDGE_BITS:
        msg = f"bit widths {text!r}: {what} can have {least} to {EDGE_BITS} bits, got {bits}"
        raise OptionError(msg)
