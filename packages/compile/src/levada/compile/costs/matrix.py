# SPDX-License-Identifier: Apache-2.0
"""Matrix-vector units (MVAU): cycles, LUT, FF and DSP of the HLS and the RTL form."""

from enum import Enum
from math import ceil, log2

from levada.compile.costs.divisors import ceil_div
from levada.compile.costs.rams import ROM_WORDS, lutram_luts, rom_bram18
from levada.core.datatypes import DataType
from levada.core.manifests.common import Record

_DSP_A_BITS = 27
_DSP_ACCUMULATOR_BITS = 48
_DSP_B_BITS = 18
_HLS_ROWS_PER_LANE = 1024

WIDEST_STREAM_BITS = 8191
"""The widest stream that FINN lets high-level synthesis build (``MAX_ALLOWED_AP_INT_W``)."""

WIDEST_RTL_WEIGHT_BITS = 16384
"""The widest weight stream that an RTL unit is offered with. Beyond 8191 bits nobody has shown that Vivado closes timing."""


class Multiplier(Enum):
    """What multiplies: LUTs or DSP slices."""

    LUT = "lut"
    DSP = "dsp"


class Rom(Enum):
    """Where fused thresholds lie: there are none, in LUT RAM, or in block RAM."""

    NONE = "none"
    LUTRAM = "distributed"
    BRAM = "block"


class MatrixUnit(Record, frozen=True, kw_only=True):
    """What the cost of a matrix-vector unit depends on besides its folding.

    ``mw`` inputs times ``mh`` outputs for each of ``vectors`` per inference; ``output`` is the type after the activation,
    ``activated`` says whether there is one.
    """

    mw: int
    mh: int
    vectors: int
    weights: DataType
    inputs: DataType
    accumulator: DataType
    output: DataType
    activated: bool

    @property
    def thresholds(self) -> int:
        """Return the thresholds per output channel, 0 without activation."""
        return (1 << self.output.bits) - 1 if self.activated else 0

    @property
    def accumulator_bits(self) -> int:
        """Return the accumulator's width: as annotated, or the bound from the types where that is less (finn: MVAU_hls)."""
        alpha = log2(self.mw) + self.weights.bits + self.inputs.bits - 1 - int(self.inputs.signed)
        return min(self.accumulator.bits, ceil(alpha + log2(1 + 2**-alpha) + 1))


def cycles(unit: MatrixUnit, pe: int, simd: int) -> int:
    """Return the cycles per inference (finn: ``MVAU.get_exp_cycles``, untiled)."""
    return (unit.mh // pe) * (unit.mw // simd) * unit.vectors


def weight_stream_bits(unit: MatrixUnit, pe: int, simd: int) -> int:
    """Return the width of the weight stream, which is the word width of the weight memory."""
    return pe * simd * unit.weights.bits


def threshold_rom(unit: MatrixUnit, pe: int) -> Rom:
    """Return where fused thresholds go; each threshold of each PE has a table of its own, ``MH / PE`` accumulators deep."""
    if not unit.activated:
        return Rom.NONE
    return Rom.BRAM if unit.mh // pe >= ROM_WORDS else Rom.LUTRAM


def hls_possible(unit: MatrixUnit, pe: int, simd: int) -> bool:
    """Say whether MVAU_hls builds this folding: streams of at most 8191 bits and SIMD >= MW / 1024 (finn: ``MVAU_hls.defines``)."""
    widths = (weight_stream_bits(unit, pe, simd), simd * unit.inputs.bits, pe * unit.output.bits)
    return max(widths) <= WIDEST_STREAM_BITS and simd * _HLS_ROWS_PER_LANE >= unit.mw


def hls_lut(unit: MatrixUnit, fold: tuple[int, int], multiplier: Multiplier, rom: Rom) -> int:
    """Return the LUT of an MVAU_hls at ``fold`` = (PE, SIMD), weights apart.

    levada: 300 of control and the multipliers as FINN has them (``MVAU_hls.lut_estimation``, FINN-R, arXiv 1809.04570); the adder
    tree, the input buffer and the activation counted from hlslib's source. FINN has 2 SIMD - 1 adders, all as wide as a product,
    no buffer, and comparators of a LUT a bit.
    """
    pe, simd = fold
    product_bits = unit.weights.bits + unit.inputs.bits
    per_lane = 0 if multiplier is Multiplier.DSP else (2 * ceil(product_bits / 6) - 1) * product_bits
    per_pe = simd * per_lane + adder_tree(simd, product_bits) + unit.accumulator_bits + activation_lut(unit, pe, rom)
    return int(300 + buffer_lut(unit, fold) + pe * per_pe)


def adder_tree(terms: int, bits: int) -> int:
    """Return the LUT that add ``terms`` numbers two by two: a LUT for each bit of a sum, which is a bit wider than what it adds.

    levada: counted from the structure; 32 products of 4 x 5 bits with their multipliers are 1297 LUT in yosys, 1200 here.
    """
    luts = 0
    while terms > 1:
        bits += 1
        luts += terms // 2 * bits
        terms = ceil_div(terms, 2)
    return luts


def buffer_lut(unit: MatrixUnit, fold: tuple[int, int]) -> int:
    """Return the LUT of the input buffer, which keeps a row of the inputs as long as outputs are folded.

    levada: hlslib partitions it completely into MW / SIMD registers, so each bit is selected out of that many: 0.3 LUT for each and
    one for what bypasses them, and a LUT per register to enable it. yosys: 176 LUT for 16 registers of 32 bits, 809 for 72 of 32.
    """
    pe, simd = fold
    kept = unit.mw // simd
    if pe == unit.mh or kept == 1:
        return 0
    return ceil((0.3 * kept + 1) * simd * unit.inputs.bits) + kept


def activation_lut(unit: MatrixUnit, pe: int, rom: Rom) -> int:
    """Return the LUT of one PE's activation: comparators, the count of those that hold, and the tables where they are in LUT RAM.

    levada: two bits of a comparison fit one LUT before a carry chain (UG574), and counting ones takes a LUT for each; 31
    comparisons of 16 bits are 383 LUT in yosys, which packs no two functions into a LUT, and 279 here. With a single row of
    thresholds per PE there are no tables but constants: 31 of 21 bits are 254 LUT in yosys with their count, 372 here.
    """
    if rom is Rom.NONE:
        return 0
    bits, rows = unit.accumulator_bits, unit.mh // pe
    tables = lutram_luts(rows, bits) if rom is Rom.LUTRAM and rows > 1 else 0
    return unit.thresholds * (ceil_div(bits, 2) + 1 + tables)


def hls_ff(unit: MatrixUnit, fold: tuple[int, int], multiplier: Multiplier) -> int:
    """Return the FF of an MVAU_hls, weights apart.

    levada: one register for every operand, product and sum of the adder tree (a full pipeline), each accumulator, comparison
    and output, the input buffer, and 300 of control as for LUT. Counted from the structure, not measured: high-level synthesis may
    share more.
    """
    pe, simd = fold
    product_bits = unit.weights.bits + unit.inputs.bits
    products = 0 if multiplier is Multiplier.DSP else simd * product_bits
    per_pe = simd * unit.weights.bits + products + simd * (product_bits + 2)
    per_pe += unit.accumulator_bits + unit.thresholds + unit.output.bits
    held = simd if pe == unit.mh else unit.mw
    return 300 + held * unit.inputs.bits + pe * per_pe


def hls_dsp(unit: MatrixUnit, fold: tuple[int, int], multiplier: Multiplier) -> int:
    """Return the DSP slices of an MVAU_hls: one per product and 48 bits of operands (finn: ``MVAU_hls.dsp_estimation``)."""
    pe, simd = fold
    return 0 if multiplier is Multiplier.LUT else pe * simd * ceil((unit.weights.bits + unit.inputs.bits) / 48)


def fused_bram18(unit: MatrixUnit, pe: int, rom: Rom) -> int:
    """Return the RAMB18 of fused thresholds: a ROM per PE and threshold, ``MH / PE`` deep.

    levada: FINN counts none, but its generated code partitions the table completely over PEs and thresholds.
    """
    return pe * unit.thresholds * rom_bram18(unit.mh // pe, unit.accumulator_bits) if rom is Rom.BRAM else 0


def rtl_possible(unit: MatrixUnit) -> bool:
    """Say whether MVAU_rtl takes these types on DSP48E2 (finn: ``_mvu_rtl_possible``), thresholds standing alone."""
    narrow = min(unit.weights.bits, unit.inputs.bits) >= 2 and unit.weights.signed
    fits = unit.inputs.bits - unit.inputs.signed < _DSP_B_BITS and unit.weights.bits <= _DSP_A_BITS
    return narrow and fits and unit.accumulator.bits <= _DSP_ACCUMULATOR_BITS


def rtl_fold_sound(unit: MatrixUnit, pe: int, simd: int) -> bool:
    """Say whether MVAU_rtl computes this folding right: SIMD must stay under MW, and streams narrow enough.

    Its weights may come 16384 bits wide, since no high-level synthesis sees them; inputs and accumulators pass on to layers of
    either form and stay within 8191. With SIMD = MW a result comes every cycle and the output queue of FINN's
    ``mvu_vvu_axi.sv`` (finn-plus 1.6.1) is too shallow: under back-pressure it overflows and loses results silently.
    """
    narrow = max(simd * unit.inputs.bits, pe * unit.accumulator.bits) <= WIDEST_STREAM_BITS
    return simd < unit.mw and narrow and weight_stream_bits(unit, pe, simd) <= WIDEST_RTL_WEIGHT_BITS


def rtl_lanes(unit: MatrixUnit) -> int:
    """Return how many products of neighbouring PEs one DSP48E2 computes.

    levada: the closed form of FINN's ``mvu.sv`` (NUM_LANES) for weights that may take their most negative value, which is
    never more than with a narrow range. FINN's own estimate assumes 4 whatever the widths.
    """
    if unit.weights.bits == _DSP_A_BITS:
        return 1
    return 1 + (_DSP_A_BITS - 1 - unit.weights.bits) // (unit.weights.bits + unit.inputs.bits - 1)


def rtl_dsp(unit: MatrixUnit, pe: int, simd: int) -> int:
    """Return the DSP slices of an MVAU_rtl: ceil(PE / lanes) x SIMD (levada: read off ``mvu.sv``, exact)."""
    return ceil_div(pe, rtl_lanes(unit)) * simd


def rtl_lut(unit: MatrixUnit, pe: int, simd: int) -> int:
    """Return the LUT of an MVAU_rtl, weights apart. FINN says 0.

    levada: 18.4 PE SIMD + 90 PE for W4A5, x 1.4 for W8A8, linear in the sum of the widths between; fitted to yosys synthesis for
    UltraScale+, within 15 % of every point.
    """
    return round(_width_factor(unit) * (18.4 * pe * simd + 90 * pe))


def rtl_ff(unit: MatrixUnit, pe: int, simd: int) -> int:
    """Return the FF of an MVAU_rtl, weights apart.

    levada: 22 PE SIMD + 209 PE for W4A5, x 1.4 for W8A8; fitted to yosys synthesis, within 20 %, small units overstated.
    """
    return round(_width_factor(unit) * (22 * pe * simd + 209 * pe))


def _width_factor(unit: MatrixUnit) -> float:
    return max(1.0, 1 + 0.4 * (unit.weights.bits + unit.inputs.bits - 9) / 7)
