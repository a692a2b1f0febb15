# SPDX-License-Identifier: Apache-2.0
"""FMPadding's emulation form against FINN's execution."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6))
PADS = st.tuples(*[st.integers(0, 3)] * 4)


@settings(max_examples=12, deadline=None)
@given(size=SIZES, pads=PADS, channels=st.integers(1, 4), kind=st.sampled_from(["UINT5", "INT8", "BIPOLAR", "UINT8"]))
def test_any_padding_of_any_map_is_as_finn_pads(agreement, nodes, size, pads, channels, kind):
    agreement.check(nodes.padding(size, pads, channels, kind), {})


@pytest.mark.parametrize("kind", ["INT12", "UINT16"])
def test_streams_wider_than_a_byte_are_padded_too(agreement, nodes, kind):
    agreement.check(nodes.padding((3, 2), (1, 0, 2, 1), 2, kind), {})


def test_the_border_is_zero(agreement, nodes):
    (out,) = agreement.check(nodes.padding((2, 2), (1, 1, 1, 1), 1, "UINT5"), {})
    assert not out[:, [0, -1]].any()
    assert not out[:, :, [0, -1]].any()
