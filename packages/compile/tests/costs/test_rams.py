# SPDX-License-Identifier: Apache-2.0
"""Tables in LUT RAM and block RAM."""

import pytest

from levada.compile.costs.rams import block_ram_words, in_block_ram, lutram_luts, rom_bram18


@pytest.mark.parametrize(("words", "bits", "luts"), [(1, 1, 1), (64, 16, 16), (65, 16, 32), (1000, 16, 256)])
def test_a_lut_holds_64_words_of_a_bit(words: int, bits: int, luts: int) -> None:
    assert lutram_luts(words, bits) == luts


@pytest.mark.parametrize(
    ("words", "bits", "blocks"), [(512, 36, 1), (1024, 18, 1), (2048, 9, 1), (1024, 16, 1), (1024, 36, 2), (4096, 9, 2)]
)
def test_a_rom_takes_the_aspect_that_wastes_least(words: int, bits: int, blocks: int) -> None:
    assert rom_bram18(words, bits) == blocks


def test_a_small_rom_still_takes_a_whole_block() -> None:
    assert rom_bram18(1, 1) == 1


@pytest.mark.parametrize(("bits", "words"), [(16, 1024), (13, 1261), (6, 2731), (1, 16_384)])
def test_a_table_goes_to_block_ram_once_it_fills_one(bits: int, words: int) -> None:
    assert block_ram_words(bits) == words
    assert in_block_ram(words, bits)
    assert not in_block_ram(words - 1, bits)
