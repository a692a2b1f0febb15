# SPDX-License-Identifier: Apache-2.0
"""What build puts on a stream, and what it takes: a width converter where the lanes differ, and a FIFO.

Both depend on both ends of the stream, so no layer can count them. Planner and build use these same figures. LUT, RAMB18 and URAM
are FINN's (finn-plus 1.6.1, UltraScale+): ``StreamingDataWidthConverter.lut_estimation`` and ``finn.util.resource_models``, the
model of ``fifo.sv`` that its authors fitted to Vivado. Of FF FINN says nothing; those are Levada's.
"""

from enum import Enum
from functools import lru_cache
from math import ceil, gcd, log2
from typing import Literal

from levada.core.resources import Resources

SHALLOWEST = 2
"""Beats that every kernel's own ports hold: FINN puts no FIFO where no more are asked for."""

_RAMB18_SHAPES = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))
_URAM_WORDS, _URAM_BITS = 4096, 72
_SRL_DEPTH = 33
_LUTRAM_DEPTH = 257
_BRAM_DEPTH = 2028
_NARROW, _SLIM = 5, 12
_LEAST_BRAM_ADDRESS, _LEAST_URAM_ADDRESS = 9, 12
_URAM_QUEUE = 16
_UPPER_URAM_RATIO = 7
_CONVERTER_COUNTERS = 32


class Storage(Enum):
    """What a FIFO keeps its beats in."""

    SRL = "srl"
    LUTRAM = "distributed"
    BRAM = "block"
    URAM = "ultra"


def link(
    element_bits: int, lanes: tuple[int, int], depth: int, side: Literal["source", "sink"] = "source"
) -> Resources:
    """Return the cost of a stream: lanes at (source, sink), and a FIFO of ``depth`` elements in the beats of one side."""
    source, sink = (element_bits * each for each in lanes)
    held = lanes[0] if side == "source" else lanes[1]
    return fifo(-(-depth // held), element_bits * held) + converter(source, sink)


def converter(in_bits: int, out_bits: int) -> Resources:
    """Return the cost of a width converter, nothing where both widths are equal.

    LUT: finn. FF: levada, a register for a beat of either side and 32 of counters; 10 to 240 bits are 281 FF in yosys.
    """
    if in_bits == out_bits:
        return Resources()
    between = in_bits * out_bits // gcd(in_bits, out_bits)
    luts = 0
    if in_bits != between:
        luts += abs(ceil(log2(in_bits / between))) + between
    if out_bits != between:
        luts += abs(ceil(log2(between / out_bits))) + out_bits
    return Resources(lut=luts, ff=in_bits + out_bits + _CONVERTER_COUNTERS)


def fifo(depth: int, bits: int) -> Resources:
    """Return the cost of a FIFO of ``depth`` beats; nothing up to :data:`SHALLOWEST`. Beats take whole bytes, as on AXI-Stream.

    FF: levada, input and output registers and four pointers; the beats themselves are in LUT RAM, block RAM or URAM.
    """
    if depth <= SHALLOWEST:
        return Resources()
    width = -(-bits // 8) * 8
    registers = Resources(ff=2 * bits + 4 * _clog2(depth + 1))
    return _KEPT[storage(depth, width)](depth, width) + registers


def storage(depth: int, bits: int) -> Storage:
    """Return where ``fifo.sv`` keeps this many beats if it may choose (finn: ``RAM_STYLE_EFF``)."""
    if depth <= _SRL_DEPTH or (depth <= 64 and bits < _SLIM):
        return Storage.SRL
    if depth <= _LUTRAM_DEPTH or bits < _NARROW:
        return Storage.LUTRAM
    return Storage.BRAM if depth <= _BRAM_DEPTH else Storage.URAM


@lru_cache(maxsize=4096)
def ram_tiles(words: int, bits: int) -> tuple[int, int]:
    """Return the RAMB18 that Vivado takes for a memory, and how many of them follow each other in depth.

    It splits the word over shapes (UG573, table 1-10) so that the fewest are needed (finn: ``_bram18_plan``).
    """
    tiles, groups = [0], [0]
    for width in range(1, bits + 1):
        options = [
            (
                -(-words // depth) + tiles[max(0, width - wide)],
                -wide,
                max(-(-words // depth), groups[max(0, width - wide)]),
            )
            for wide, depth in _RAMB18_SHAPES
        ]
        fewest, _, group = min(options)
        tiles.append(fewest)
        groups.append(group)
    return tiles[bits], groups[bits]


def _counter(depth: int) -> int:
    return _clog2(depth + 1) + 1


def _srl(depth: int, bits: int) -> Resources:
    stages = -(-max(depth - 1, 4) // 32)
    return Resources(lut=stages * bits + 5 * _counter(depth) - 7)


def _lutram(depth: int, bits: int) -> Resources:
    rows = 1 << _clog2(depth - 1)
    return Resources(lut=_tables(rows, bits) + rows // 128 * (bits // 2) + 8 * _counter(depth) - 15)


def _bram(depth: int, bits: int) -> Resources:
    lower, upper = _spaces(depth - 1, _LEAST_BRAM_ADDRESS)
    tiles, groups = ram_tiles(1 << lower, bits)
    luts = _select(bits) if upper else 0
    if upper and _fills_ram(1 << upper, bits):
        more, upper_groups = ram_tiles(1 << upper, bits)
        tiles, groups = tiles + more, max(groups, upper_groups)
    elif upper:
        luts += _tables(1 << upper, bits)
    return Resources(lut=luts + 54 + 3 * groups + 2 * tiles // 5, bram18=tiles)


def _uram(depth: int, bits: int) -> Resources:
    lower, upper = _spaces(max(depth - _URAM_QUEUE - 1, 1), _LEAST_URAM_ADDRESS)
    groups = -(-(1 << lower) // _URAM_WORDS)
    luts = 6 * _counter(depth) + max(1, groups // 4 - 2) * bits
    kept = Resources(lut=luts, uram=groups * -(-bits // _URAM_BITS))
    return kept + _upper(1 << upper, bits) if upper else kept


def _upper(rows: int, bits: int) -> Resources:
    """Return the second, smaller memory that makes up a depth which is no power of two, behind URAM."""
    select = Resources(lut=_select(bits))
    if not _fills_ram(rows, bits):
        return select + Resources(lut=_tables(rows, bits) + bits)
    uram, bram18 = -(-rows // _URAM_WORDS) * -(-bits // _URAM_BITS), ram_tiles(rows, bits)[0]
    deep = rows >= 1 << _LEAST_URAM_ADDRESS or bram18 >= _UPPER_URAM_RATIO * uram
    return select + (Resources(uram=uram) if deep else Resources(bram18=bram18))


def _spaces(words: int, least: int) -> tuple[int, int]:
    """Return the address bits of the larger and the smaller memory that ``fifo.sv`` makes (0: there is no second one)."""
    lower = _clog2(words)
    if lower <= least:
        return lower, 0
    upper = _clog2(words - (1 << (lower - 1)))
    return (lower - 1, max(upper, 1)) if upper < lower - 1 else (lower, 0)


def _fills_ram(rows: int, bits: int) -> bool:
    return rows * rows * bits >= 1 << 20


def _select(bits: int) -> int:
    return 18 + 3 * bits // 7


def _tables(rows: int, bits: int) -> int:
    return -(-rows // 32) * -(-bits // 2) * 5 // 4


def _clog2(number: int) -> int:
    return max(number - 1, 0).bit_length()


_KEPT = {Storage.SRL: _srl, Storage.LUTRAM: _lutram, Storage.BRAM: _bram, Storage.URAM: _uram}
