# SPDX-License-Identifier: Apache-2.0
"""FF of what build puts on streams; their LUT, RAMB18 and URAM are FINN's (``StreamingDataWidthConverter``, ``StreamingFIFO``)."""

from levada.compile.costs.divisors import clog2


def converter_ff(input_bits: int, output_bits: int) -> int:
    """Return the FF of a width converter.

    levada: a register for a beat of either side, and 32 of counters; 10 to 240 bits are 281 FF in yosys.
    """
    return input_bits + output_bits + 32


def fifo_ff(depth: int, bits: int) -> int:
    """Return the FF of a FIFO.

    levada: input and output registers and four pointers, the beats themselves in LUT RAM, block RAM or URAM.
    """
    return 2 * bits + 4 * clog2(depth + 1)
