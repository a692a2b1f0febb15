# SPDX-License-Identifier: Apache-2.0
"""What converters and FIFOs take; against FINN's own answers they are compared where FINN is installed (in compile's tests)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.resources import Resources
from levada.core.stream_costs import Storage, converter, fifo, link, ram_tiles, storage


def test_equal_widths_need_no_converter() -> None:
    assert converter(20, 20) == Resources()


def test_a_narrowing_converter_shifts_a_beat_out() -> None:
    # 320 to 20 bits: a count of sixteen and the narrow beat
    assert converter(320, 20).lut == 4 + 20


def test_a_widening_converter_holds_the_wide_beat() -> None:
    assert converter(10, 240).lut == 4 + 240


def test_widths_that_do_not_divide_go_through_their_common_multiple() -> None:
    assert converter(24, 32).lut == 2 + 96 + 2 + 32


def test_converter_registers_are_near_synthesis() -> None:
    # yosys: 281 FF from 10 to 240 bits
    assert converter(10, 240).ff == pytest.approx(281, rel=0.02)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_shallowest_fifo_is_in_the_ports(depth: int) -> None:
    assert fifo(depth, 64) == Resources()


@pytest.mark.parametrize(
    ("depth", "bits", "kept"),
    [
        (33, 8, Storage.SRL),
        (64, 8, Storage.SRL),
        (64, 16, Storage.LUTRAM),
        (257, 16, Storage.LUTRAM),
        (5000, 4, Storage.LUTRAM),
        (258, 16, Storage.BRAM),
        (2028, 16, Storage.BRAM),
        (2029, 16, Storage.URAM),
    ],
)
def test_depth_and_width_decide_where_beats_are_kept(depth: int, bits: int, kept: Storage) -> None:
    assert storage(depth, bits) is kept


def test_a_word_is_split_over_shapes_so_that_fewest_blocks_are_needed() -> None:
    # 44 bits of 512 words: 36 bits in one RAMB18, 8 in another
    assert ram_tiles(512, 44) == (2, 1)


def test_a_deep_memory_counts_the_blocks_that_follow_each_other() -> None:
    assert ram_tiles(32768, 1) == (2, 2)


def test_a_deep_fifo_is_in_uram() -> None:
    # the input of ResNet-50 at its published depth: 41 243 pixels of 24 bits
    assert fifo(41243, 24).uram == 12


@given(st.integers(3, 100_000), st.integers(1, 600))
def test_beats_take_whole_bytes(depth: int, bits: int) -> None:
    padded = -(-bits // 8) * 8
    mine, whole = fifo(depth, bits), fifo(depth, padded)
    assert (mine.lut, mine.bram18, mine.uram) == (whole.lut, whole.bram18, whole.uram)


@given(st.integers(3, 100_000), st.integers(1, 600))
def test_a_fifo_never_takes_less_than_its_bits(depth: int, bits: int) -> None:
    cost = fifo(depth, bits)
    room = (cost.lut or 0) * 64 + (cost.bram18 or 0) * 18432 + (cost.uram or 0) * 294912
    assert room >= (depth - 17) * bits


def test_a_link_is_a_fifo_at_the_sources_width_and_a_converter() -> None:
    assert link(5, (2, 64), 1000) == fifo(500, 10) + converter(10, 320)


def test_a_link_of_equal_lanes_and_shallow_fifo_is_free() -> None:
    assert link(5, (4, 4), 8) == Resources()
