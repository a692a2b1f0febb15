# SPDX-License-Identifier: Apache-2.0
"""Block RAM and LUT RAM counts of small on-chip tables (thresholds, constants). Weight memories are costed by weight stores."""

from levada.compile.costs.divisors import ceil_div

FILLED_BRAM_BITS = 1 << 14
"""A table of 16 Kib or more goes into block RAM: it fills a RAMB18 to eight ninths, and would take 256 LUT or more."""

ROM_WORDS = 256
"""High-level synthesis puts tables of fused thresholds with this many words or more into block RAM.

Fitted: of 128, 256 and 512 the depth that agrees with published designs (docs/estimates.md).
"""

_ROM_ASPECTS = ((36, 512), (18, 1024), (9, 2048))
_LUT_WORDS = 64


def lutram_luts(words: int, bits: int) -> int:
    """Return the LUTs of a table in LUT RAM: one LUT6 holds 64 words of a bit (finn: ``mem_primitives_versal["LUTRAM"]``)."""
    return bits * ceil_div(words, _LUT_WORDS)


def rom_bram18(words: int, bits: int) -> int:
    """Return the RAMB18 of a ROM: of 36x512, 18x1024 and 9x2048 the aspect that wastes the fewest bits.

    finn: ``get_memutil_alternatives`` restricted to block RAM, ties to the wider aspect.
    """
    counts = [(ceil_div(bits, width) * ceil_div(words, depth), width * depth) for width, depth in _ROM_ASPECTS]
    return min(counts, key=lambda option: option[0] * option[1])[0]


def in_block_ram(words: int, bits: int) -> bool:
    """Say whether a table of thresholds goes into block RAM rather than LUT RAM (levada)."""
    return words * bits >= FILLED_BRAM_BITS


def block_ram_words(bits: int) -> int:
    """Return the depth from which on tables of this width go into block RAM."""
    return ceil_div(FILLED_BRAM_BITS, bits)
