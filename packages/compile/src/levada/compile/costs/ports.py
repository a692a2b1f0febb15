# SPDX-License-Identifier: Apache-2.0
"""The stream ports of a kernel that high-level synthesis makes."""

from collections.abc import Iterable

from levada.core.resources import Resources


def hls_ports(widths_bits: Iterable[int]) -> Resources:
    """Return what the AXI-Stream ports of these widths take.

    levada: a register slice per port holds two words behind a multiplexer, that is 2 FF and 1 LUT a bit, with 8 LUT and
    4 FF of handshake; 24 LUT and 16 FF for the kernel's control. Counted from the structure, not measured.
    """
    widths = tuple(widths_bits)
    return Resources(lut=24 + sum(width + 8 for width in widths), ff=16 + sum(2 * width + 4 for width in widths))
