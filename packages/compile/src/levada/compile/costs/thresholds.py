# SPDX-License-Identifier: Apache-2.0
"""Standalone multi-thresholds (Thresholding_rtl): a binary search with one table per output bit."""

from levada.compile.costs.rams import in_block_ram, lutram_luts, rom_bram18
from levada.core.datatypes import DataType
from levada.core.manifests import Memory
from levada.core.manifests.common import Record


class Thresholds(Record, frozen=True, kw_only=True):
    """What the cost depends on besides PE: ``channels`` for each of ``vectors``, and the three types.

    ``shared`` says that all channels have the same levels: then a table is the same at all addresses of the channel, and synthesis
    keeps a row of it, which is logic rather than memory.
    """

    channels: int
    vectors: int
    inputs: DataType
    levels: DataType
    output: DataType
    shared: bool = False

    @property
    def steps(self) -> int:
        """Return the thresholds per channel."""
        return (1 << self.output.bits) - 1


def cycles(thresholds: Thresholds, pe: int) -> int:
    """Return the cycles per inference (finn: ``Thresholding.get_exp_cycles``)."""
    return thresholds.vectors * (thresholds.channels // pe)


def kept(thresholds: Thresholds, words: int) -> bool:
    """Say whether a stage's table of so many words is in block RAM."""
    return not thresholds.shared and in_block_ram(words, thresholds.levels.bits)


def stage_words(thresholds: Thresholds, pe: int) -> tuple[int, ...]:
    """Return the depth of each search stage's table in one PE, first to last (finn: ``get_pe_mem_geometries``, a row if shared)."""
    rows = 1 if thresholds.shared else thresholds.channels // pe
    return tuple(rows << stage for stage in range(thresholds.output.bits))


def memory(thresholds: Thresholds, pe: int) -> Memory:
    """Return the shape of all levels together: a row per channel of one PE."""
    return Memory(words=thresholds.channels // pe, bits=pe * thresholds.steps * thresholds.levels.bits)


def lut(thresholds: Thresholds, pe: int) -> int:
    """Return the LUT.

    levada: 1.2 x the tables in LUT RAM, 5 a bit of comparison and PE, and 40; against yosys, 16 channels of 5 bits with PE 1 are
    198 LUT where FINN, which counts the tables only, says 99.
    """
    bits = thresholds.levels.bits
    tables = pe * sum(lutram_luts(words, bits) for words in stage_words(thresholds, pe) if not kept(thresholds, words))
    return round(1.2 * tables + 5 * bits * pe + 40)


def ff(thresholds: Thresholds, pe: int) -> int:
    """Return the FF.

    levada: each stage of each PE registers the value twice, its threshold and the result so far, as ``thresholding.sv`` does with
    deep pipelining; and 60 of control.
    """
    per_stage = 2 * thresholds.inputs.bits + thresholds.levels.bits + thresholds.output.bits
    return 60 + pe * thresholds.output.bits * per_stage


def bram18(thresholds: Thresholds, pe: int) -> int:
    """Return the RAMB18 of the stages that fill block RAM (finn: ``Thresholding_rtl.bram_estimation`` with that depth trigger)."""
    bits = thresholds.levels.bits
    return pe * sum(rom_bram18(words, bits) for words in stage_words(thresholds, pe) if kept(thresholds, words))
