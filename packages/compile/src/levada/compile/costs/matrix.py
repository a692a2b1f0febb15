# SPDX-License-Identifier: Apache-2.0
"""Matrix-vector units (MVAU): cycles, LUT, FF and DSP of the HLS and the RTL form."""

from enum import Enum
from math import ceil, log2

from levada.compile.costs.divisors import ceil_div
from levada.compile.costs.rams import in_block_ram, rom_bram18
from levada.core.datatypes import DataType
from levada.core.manifests.common import Record

_DSP_A_BITS = 27
_DSP_ACCUMULATOR_BITS = 48
_DSP_B_BITS = 18
_HLS_ROWS_PER_LANE = 1024

WIDEST_STREAM_BITS = 8191
"""The widest stream that FINN lets high-level synthesis build (``MAX_ALLOWED_AP_INT_W``). RTL could be wider; that is unproven."""


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
    return Rom.BRAM if in_block_ram(unit.mh // pe, unit.accumulator_bits) else Rom.LUTRAM


def hls_possible(unit: MatrixUnit, pe: int, simd: int) -> bool:
    """Say whether MVAU_hls builds this folding: streams of at most 8191 bits and SIMD >= MW / 1024 (finn: ``MVAU_hls.defines``)."""
    widths = (weight_stream_bits(unit, pe, simd), simd * unit.inputs.bits, pe * unit.output.bits)
    return max(widths) <= WIDEST_STREAM_BITS and simd * _HLS_ROWS_PER_LANE >= unit.mw


def hls_lut(unit: MatrixUnit, fold: tuple[int, int], multiplier: Multiplier, rom: Rom) -> int:
    """Return the LUT of an MVAU_hls at ``fold`` = (PE, SIMD), weights apart.

    finn: ``MVAU_hls.lut_estimation`` (FINN-R, arXiv 1809.04570) with ``ram_style_thresholds=distributed``. For thresholds in
    block RAM FINN counts no comparators; here they stay and only the tables go (levada).
    """
    pe, simd = fold
    product_bits = unit.weights.bits + unit.inputs.bits
    multipliers = 0 if multiplier is Multiplier.DSP else simd * (2 * ceil(product_bits / 6) - 1) * product_bits
    adders = product_bits * (2 * simd - 1)
    accumulator = unit.accumulator_bits
    tables = unit.thresholds * accumulator * ceil_div(unit.mh // pe, 64) if rom is Rom.LUTRAM else 0
    comparators = unit.thresholds * accumulator if rom is not Rom.NONE else 0
    return int(300 + 1.1 * (pe * (multipliers + adders + accumulator + tables + comparators)))


def hls_ff(unit: MatrixUnit, fold: tuple[int, int], multiplier: Multiplier) -> int:
    """Return the FF of an MVAU_hls, weights apart.

    levada: one register for every operand, product and sum of the adder tree (a full pipeline), each accumulator, comparison
    and output, and 300 of control as for LUT. Counted from the structure, not measured: high-level synthesis may share more.
    """
    pe, simd = fold
    product_bits = unit.weights.bits + unit.inputs.bits
    products = 0 if multiplier is Multiplier.DSP else simd * product_bits
    per_pe = simd * unit.weights.bits + products + simd * (product_bits + 2)
    per_pe += unit.accumulator_bits + unit.thresholds + unit.output.bits
    return 300 + simd * unit.inputs.bits + pe * per_pe


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
    """Say whether MVAU_rtl computes this folding right: SIMD must stay under MW, and streams at most 8191 bits wide.

    With SIMD = MW a result comes every cycle and the output queue of FINN's ``mvu_vvu_axi.sv`` (finn-plus 1.6.1) is too
    shallow: under back-pressure it overflows and loses results silently.
    """
    widths = (weight_stream_bits(unit, pe, simd), simd * unit.inputs.bits, pe * unit.accumulator.bits)
    return simd < unit.mw and max(widths) <= WIDEST_STREAM_BITS


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
