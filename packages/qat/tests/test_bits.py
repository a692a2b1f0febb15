# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levada.core.errors import OptionError
from levada.core.manifests import Bits
from levada.qat.bits import parse_bits


def test_w4a5_is_the_papers_network():
    assert parse_bits("w4a5") == Bits(weights=4, activations=5, first=8, last=8, residual=5)


def test_w1a2_keeps_four_bit_residuals():
    assert parse_bits("w1a2") == Bits(weights=1, activations=2, first=8, last=8, residual=4)


def test_residual_bits_can_be_named():
    assert parse_bits("w4a5r6").residual == 6


@given(weights=st.integers(1, 8), activations=st.integers(2, 8), residual=st.integers(2, 8))
def test_every_width_in_range_is_read_as_written(weights, activations, residual):
    bits = parse_bits(f"w{weights}a{activations}r{residual}")
    assert (bits.weights, bits.activations, bits.residual) == (weights, activations, residual)


@pytest.mark.parametrize("text", ["", "w4", "a5", "4a5", "w4a5 ", "W4A5", "w4a5r", "w-4a5", "w4a5q3", "w٤a٥"])
def test_other_notations_are_refused_with_an_example(text):
    with pytest.raises(OptionError, match=r"expected bit widths written as w4a5 .* got ") as caught:
        parse_bits(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w0a5", "'w0a5': weights can have 1 to 8 bits, got 0"),
        ("w9a5", "'w9a5': weights can have 1 to 8 bits, got 9"),
        ("w4a1", "'w4a1': activations can have 2 to 8 bits, got 1"),
        ("w4a16", "'w4a16': activations can have 2 to 8 bits, got 16"),
        ("w4a5r1", "'w4a5r1': residuals can have 2 to 8 bits, got 1"),
    ],
)
def test_a_width_out_of_range_is_named(text, message):
    with pytest.raises(OptionError, match=message):
        parse_bits(text)
