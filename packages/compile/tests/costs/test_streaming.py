# SPDX-License-Identifier: Apache-2.0
"""Small operations: cycles are FINN's, resources are counted from the structure and never 0."""

import pytest

from levada.compile.costs import streaming
from levada.compile.costs.streaming import Addition, Padding, Pooling, Selection

RESNET_POOL = Pooling(channels=64, elements=9, outputs=3136, input_bits=5, output_bits=5, state_bits=5)


@pytest.mark.parametrize(("padding", "simd", "cycles"), [((3, 230, 8), 3, 52_900), ((64, 114, 5), 4, 207_936)])
def test_cycles_of_paddings_are_those_of_finn(padding: tuple[int, int, int], simd: int, cycles: int) -> None:
    channels, size, bits = padding
    assert streaming.padding_cycles(Padding(channels=channels, height=size, width=size, bits=bits), simd) == cycles


def test_a_padding_is_near_synthesis() -> None:
    # yosys: 55 LUT and 67 FF for a 10x10 map of 5-bit channels, four to a beat
    found = streaming.padding_resources(Padding(channels=16, height=10, width=10, bits=5), 4)
    assert found.lut == pytest.approx(55, rel=0.2)
    assert found.ff == pytest.approx(67, rel=0.2)


def test_a_padding_buffers_whole_bytes() -> None:
    resources = [streaming.padding_resources(Padding(channels=8, height=4, width=4, bits=bits), 1) for bits in (1, 8)]
    assert resources[0] == resources[1]


def test_cycles_of_poolings_are_those_of_finn() -> None:
    assert streaming.pooling_cycles(RESNET_POOL, 4) == 451_584


def test_a_fork_pays_for_every_copy() -> None:
    two, three = (streaming.copy_resources(4, 5, copies) for copies in (2, 3))
    assert three.lut - two.lut == 4 * 5 + 8


def test_constants_of_a_sum_lie_in_lut_ram() -> None:
    plain = streaming.addition_resources(Addition(streamed_bits=(24,), output_bits=25), 1)
    biased = streaming.addition_resources(
        Addition(streamed_bits=(24,), output_bits=25, constant_words=1000, constant_bits=16), 1
    )
    assert biased.lut - plain.lut == 16 * 16


def test_a_join_has_three_ports() -> None:
    join = streaming.addition_resources(Addition(streamed_bits=(5, 5), output_bits=6), 2)
    assert join.lut == 24 + (10 + 10 + 12 + 3 * 8) + 12


def test_a_pooling_keeps_a_state_per_pe() -> None:
    one, two = (streaming.pooling_resources(RESNET_POOL, pe) for pe in (1, 2))
    assert two.ff - one.ff == 5 + 2 * 10


def test_more_answers_cost_more_slots() -> None:
    one, five = (
        streaming.selection_resources(Selection(labels=1000, best=best, score_bits=25, label_bits=16), 1)
        for best in (1, 5)
    )
    assert five.lut > one.lut
    assert five.ff - one.ff == 4 * (25 + 16)
