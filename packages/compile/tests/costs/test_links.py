# SPDX-License-Identifier: Apache-2.0
"""Flip-flops of converters and FIFOs, of which FINN says nothing."""

import pytest

from levada.compile.costs.links import converter_ff, fifo_ff


def test_a_converter_is_near_synthesis() -> None:
    # yosys: 281 FF from 10 to 240 bits
    assert converter_ff(10, 240) == pytest.approx(281, rel=0.02)


def test_a_converter_costs_the_same_in_both_directions() -> None:
    assert converter_ff(5, 80) == converter_ff(80, 5)


def test_a_deeper_fifo_needs_longer_pointers_only() -> None:
    assert fifo_ff(1023, 8) - fifo_ff(511, 8) == 4
