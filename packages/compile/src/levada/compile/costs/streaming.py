# SPDX-License-Identifier: Apache-2.0
"""Small operations on streams, to which FINN gives no resources: padding, copies, sums, pooling, label selection.

All figures here are Levada's, counted from the structure; together they are under 1 % of a residual network's LUT.
"""

from levada.compile.costs.divisors import clog2
from levada.compile.costs.ports import hls_ports
from levada.compile.costs.rams import lutram_luts
from levada.core.manifests.common import Record
from levada.core.resources import Resources


class Padding(Record, frozen=True, kw_only=True):
    """A feature map that gets a border: sizes after padding."""

    channels: int
    height: int
    width: int
    bits: int


def padding_cycles(padding: Padding, simd: int) -> int:
    """Return the cycles per inference (finn: ``FMPadding.get_exp_cycles``)."""
    return padding.channels // simd * padding.height * padding.width


def padding_resources(padding: Padding, simd: int) -> Resources:
    """Return what FMPadding_rtl takes: three nested counters and two buffered beats of whole bytes, as in ``fmpadding.sv``."""
    counters = clog2(padding.width + 1) + clog2(padding.height + 1) + clog2(padding.channels // simd) + 1
    beat = -(-simd * padding.bits // 8) * 8
    return Resources(lut=16 + 2 * counters + beat, ff=counters + 2 * (beat + 1))


def copy_resources(pe: int, bits: int, copies: int) -> Resources:
    """Return what DuplicateStreams_hls takes: its ports alone."""
    return hls_ports([pe * bits] * (copies + 1))


class Addition(Record, frozen=True, kw_only=True):
    """A sum of two streams, or of a stream and constants: ``streamed_bits`` per element of each streamed operand.

    ``constant_words`` elements of ``constant_bits`` are kept in LUT RAM, both 0 where both operands are streams.
    """

    streamed_bits: tuple[int, ...]
    output_bits: int
    constant_words: int = 0
    constant_bits: int = 0


def addition_resources(addition: Addition, pe: int) -> Resources:
    """Return what ElementwiseAdd_hls takes: ports, an adder per PE, and the constants in LUT RAM.

    FINN counts constants so only where they are streamed (``mem_mode=internal_decoupled``), and embedded ones as nothing.
    """
    ports = hls_ports([pe * bits for bits in (*addition.streamed_bits, addition.output_bits)])
    table = (
        lutram_luts(-(-addition.constant_words // pe), pe * addition.constant_bits) if addition.constant_words else 0
    )
    return ports + Resources(lut=pe * addition.output_bits + table, ff=pe * addition.output_bits)


class Pooling(Record, frozen=True, kw_only=True):
    """A reduction over windows: ``state_bits`` per channel is the accumulator, or the largest value so far."""

    channels: int
    elements: int
    outputs: int
    input_bits: int
    output_bits: int
    state_bits: int


def pooling_cycles(pooling: Pooling, pe: int) -> int:
    """Return the cycles per inference (finn: ``Pool.get_exp_cycles``)."""
    return pooling.channels * pooling.elements // pe * pooling.outputs


def pooling_resources(pooling: Pooling, pe: int) -> Resources:
    """Return what Pool_hls takes: ports, and per PE a state with an adder or comparator and a multiplexer."""
    ports = hls_ports([pe * pooling.input_bits, pe * pooling.output_bits])
    return ports + Resources(lut=2 * pe * pooling.state_bits, ff=pe * pooling.state_bits)


class Selection(Record, frozen=True, kw_only=True):
    """The ``best`` of ``labels`` scores, as label numbers."""

    labels: int
    best: int
    score_bits: int
    label_bits: int


def selection_resources(selection: Selection, pe: int) -> Resources:
    """Return what LabelSelect_hls takes: ``best`` slots of score and label, each with a comparator and a multiplexer for every PE."""
    ports = hls_ports([pe * selection.score_bits, selection.label_bits])
    slot = selection.score_bits + selection.label_bits
    compared = pe * selection.best * (selection.score_bits // 2 + slot)
    return ports + Resources(lut=compared, ff=selection.best * slot)
