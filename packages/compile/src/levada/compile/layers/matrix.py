# SPDX-License-Identifier: Apache-2.0
"""MVAU: convolutions after their windows, and fully-connected layers."""

from collections.abc import Iterator
from typing import Literal

from levada.compile.costs import matrix as costs
from levada.compile.costs import thresholds as standalone
from levada.compile.costs.divisors import divisors
from levada.compile.costs.matrix import MatrixUnit, Multiplier, Rom
from levada.compile.costs.thresholds import Thresholds
from levada.compile.layers.attributes import integer, integer_type, vectors
from levada.compile.layers.base import FINN, LEVADA, FinnLayer, smallest
from levada.compile.layers.thresholding import shared_levels
from levada.core.boards import Board
from levada.core.datatypes import datatype
from levada.core.interfaces import HardwareNode
from levada.core.manifests import Folding, Lanes, Memory, Origins
from levada.core.resources import Resources

_FEWEST_DEFAULT_LANES = 8
_WORDS: dict[Multiplier, Literal["lut", "dsp"]] = {Multiplier.LUT: "lut", Multiplier.DSP: "dsp"}
_HLS = Origins(lut=LEVADA, ff=LEVADA, bram18=FINN, uram=FINN, dsp=FINN)
_HLS_ROM = Origins(lut=LEVADA, ff=LEVADA, bram18=LEVADA, uram=FINN, dsp=FINN)
_HLS_STANDALONE = Origins(lut=LEVADA, ff=LEVADA, bram18=FINN, uram=FINN, dsp=FINN)
_RTL = Origins(lut=LEVADA, ff=LEVADA, bram18=FINN, uram=FINN, dsp=LEVADA)


class MatrixVector(FinnLayer):
    """A matrix-vector unit, folded by PE over its outputs and SIMD over its inputs.

    With an activation its thresholds are fused into the HLS form, or stand alone behind the HLS or RTL form with the same PE
    (build splits the node). Without one both forms are possible. RTL always multiplies with DSP slices.
    """

    op = "MVAU"
    emulation = "mvau"

    def foldings(self, node: HardwareNode, board: Board) -> tuple[Folding, ...]:  # noqa: ARG002 - DSP48E2 on all boards
        """Return every PE that divides MH with every SIMD that divides MW, in every form that FINN builds soundly.

        Two are left out on purpose: an RTL unit with SIMD = MW, which loses results (see ``rtl_fold_sound``), and streams of
        more than 8191 bits, but for the weights of an RTL unit, which may take 16384.
        """
        unit = matrix_unit(node)
        detached = detached_thresholds(node, unit) if unit.activated else None
        folds = [(pe, simd) for pe in divisors(unit.mh) for simd in divisors(unit.mw)]
        return tuple(folding for fold in folds for folding in _forms(unit, detached, fold))

    def default(self, foldings: tuple[Folding, ...]) -> int:
        """Return the smallest folding with at least 8 multipliers; with fewer the fixed part of the unit outweighs them."""
        return smallest(foldings, _FEWEST_DEFAULT_LANES)

    def lanes(self) -> tuple[Lanes, Lanes]:
        """Return SIMD for the input and PE for the output."""
        return Lanes.SIMD, Lanes.PE

    def finn_attributes(self, node: HardwareNode, folding: Folding) -> dict[str, int | str]:
        """Return the attributes of the MVAU itself; its standalone thresholds are a node of their own, made by build."""
        attributes: dict[str, int | str] = {
            "PE": folding.pe,
            "SIMD": folding.simd,
            "resType": folding.multiplier or Multiplier.LUT.value,
            "preferred_impl_style": folding.implementation,
        }
        if folding.thresholds == "fused":
            attributes["ram_style_thresholds"] = costs.threshold_rom(matrix_unit(node), folding.pe).value
        return attributes


def matrix_unit(node: HardwareNode) -> MatrixUnit:
    """Return what of an MVAU node its cost depends on."""
    return MatrixUnit(
        mw=integer(node, "MW"),
        mh=integer(node, "MH"),
        vectors=vectors(node),
        weights=integer_type(node, "weightDataType"),
        inputs=integer_type(node, "inputDataType"),
        accumulator=integer_type(node, "accDataType"),
        output=integer_type(node, "outputDataType"),
        activated=integer(node, "noActivation", 0) == 0,
    )


def detached_thresholds(node: HardwareNode, unit: MatrixUnit) -> Thresholds:
    """Return the thresholds of an activated unit as a layer of their own, which compares accumulators.

    Their type is that of the node's third input, often a bit wider than the accumulator: a level that is never reached lies
    one above its range.
    """
    levels = datatype(node.inputs[2].datatype)
    return Thresholds(
        channels=unit.mh,
        vectors=unit.vectors,
        inputs=unit.accumulator,
        levels=levels,
        output=unit.output,
        shared=shared_levels(node.inputs[2]),
    )


def _forms(unit: MatrixUnit, detached: Thresholds | None, fold: tuple[int, int]) -> Iterator[Folding]:
    multipliers = list(Multiplier) if min(unit.weights.bits, unit.inputs.bits) > 1 else [Multiplier.LUT]
    if costs.hls_possible(unit, *fold):
        for multiplier in multipliers:
            yield _hls(unit, fold, multiplier)
            if detached:
                yield _hls_standalone(unit, detached, fold, multiplier)
    if costs.rtl_possible(unit) and costs.rtl_fold_sound(unit, *fold):
        yield _rtl(unit, detached, fold)


def _hls(unit: MatrixUnit, fold: tuple[int, int], multiplier: Multiplier) -> Folding:
    pe, simd = fold
    rom = costs.threshold_rom(unit, pe)
    bits = pe * unit.thresholds * unit.accumulator_bits
    return Folding(
        implementation="hls",
        pe=pe,
        simd=simd,
        cycles=costs.cycles(unit, pe, simd),
        resources=Resources(
            lut=costs.hls_lut(unit, fold, multiplier, rom),
            ff=costs.hls_ff(unit, fold, multiplier),
            bram18=costs.fused_bram18(unit, pe, rom),
            dsp=costs.hls_dsp(unit, fold, multiplier),
        ),
        origins=_HLS_ROM if rom is Rom.BRAM else _HLS,
        multiplier=_WORDS[multiplier],
        thresholds="fused" if unit.activated else None,
        weights=_weights(unit, fold),
        threshold_memory=Memory(words=unit.mh // pe, bits=bits) if unit.activated else None,
        threshold_resources=Resources(
            lut=pe * costs.activation_lut(unit, pe, rom), bram18=costs.fused_bram18(unit, pe, rom)
        ),
    )


def _hls_standalone(unit: MatrixUnit, detached: Thresholds, fold: tuple[int, int], multiplier: Multiplier) -> Folding:
    pe, simd = fold
    bare = _bare(unit)
    core = Resources(
        lut=costs.hls_lut(bare, fold, multiplier, Rom.NONE),
        ff=costs.hls_ff(bare, fold, multiplier),
        dsp=costs.hls_dsp(bare, fold, multiplier),
    )
    return Folding(
        implementation="hls",
        pe=pe,
        simd=simd,
        cycles=costs.cycles(unit, pe, simd),
        resources=core + _thresholds(detached, pe),
        origins=_HLS_STANDALONE,
        multiplier=_WORDS[multiplier],
        thresholds="standalone",
        weights=_weights(unit, fold),
        threshold_memory=standalone.memory(detached, pe),
        threshold_resources=_thresholds(detached, pe),
    )


def _rtl(unit: MatrixUnit, detached: Thresholds | None, fold: tuple[int, int]) -> Folding:
    pe, simd = fold
    core = Resources(
        lut=costs.rtl_lut(unit, pe, simd), ff=costs.rtl_ff(unit, pe, simd), dsp=costs.rtl_dsp(unit, pe, simd)
    )
    return Folding(
        implementation="rtl",
        pe=pe,
        simd=simd,
        cycles=costs.cycles(unit, pe, simd),
        resources=core + _thresholds(detached, pe) if detached else core,
        origins=_RTL,
        multiplier="dsp",
        thresholds="standalone" if detached else None,
        weights=_weights(unit, fold),
        threshold_memory=standalone.memory(detached, pe) if detached else None,
        threshold_resources=_thresholds(detached, pe) if detached else Resources(),
    )


def _bare(unit: MatrixUnit) -> MatrixUnit:
    """Return the unit without its activation: it puts out accumulators."""
    return MatrixUnit(
        mw=unit.mw,
        mh=unit.mh,
        vectors=unit.vectors,
        weights=unit.weights,
        inputs=unit.inputs,
        accumulator=unit.accumulator,
        output=unit.accumulator,
        activated=False,
    )


def _thresholds(detached: Thresholds, pe: int) -> Resources:
    return Resources(
        lut=standalone.lut(detached, pe), ff=standalone.ff(detached, pe), bram18=standalone.bram18(detached, pe)
    )


def _weights(unit: MatrixUnit, fold: tuple[int, int]) -> Memory:
    pe, simd = fold
    return Memory(words=unit.mw * unit.mh // (pe * simd), bits=costs.weight_stream_bits(unit, pe, simd))
