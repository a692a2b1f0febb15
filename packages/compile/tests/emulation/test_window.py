# SPDX-License-Identifier: Apache-2.0
"""ConvolutionInputGenerator's emulation form against FINN's execution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

KERNELS = st.tuples(st.integers(1, 3), st.integers(1, 3))
STRIDES = st.tuples(st.integers(1, 3), st.integers(1, 3))


@settings(max_examples=20, deadline=None)
@given(
    kernel=KERNELS, stride=STRIDES, extra=st.tuples(st.integers(0, 4), st.integers(0, 4)), channels=st.integers(1, 3)
)
def test_any_window_over_any_map_is_as_finn_slides_it(agreement, nodes, kernel, stride, extra, channels):
    size = (kernel[0] + extra[0], kernel[1] + extra[1])
    agreement.check(nodes.window(size, kernel, stride, channels), {})


def test_a_single_pixel_with_stride_two_drops_pixels(agreement, nodes):
    (out,) = agreement.check(nodes.window((5, 5), (1, 1), (2, 2), 3), {})
    assert out.shape == (2, 3, 3, 3)


def test_a_window_of_one_pixel_and_stride_one_is_the_map_itself(agreement, nodes):
    agreement.check(nodes.window((4, 3), (1, 1), (1, 1), 2), {})


@pytest.mark.parametrize("kind", ["INT5", "UINT8", "BIPOLAR", "INT16"])
def test_values_of_every_type_pass_unchanged(agreement, nodes, kind):
    agreement.check(nodes.window((4, 4), (3, 3), (1, 1), 2, kind=kind), {})


def test_a_dilated_window_leaves_gaps(agreement, nodes):
    agreement.check(nodes.window((7, 7), (3, 3), (1, 1), 2, dilation=2), {})


def test_a_window_is_laid_out_row_then_column_then_channel(agreement, nodes):
    image = np.arange(18).reshape(1, 3, 3, 2)
    (out,) = agreement.emulated(nodes.window((3, 3), (2, 2), (1, 1), 2), {}, [image])
    assert out[0, 0, 0].tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
