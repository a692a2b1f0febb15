# SPDX-License-Identifier: Apache-2.0
"""Pool's emulation form against FINN's execution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levada.core.errors import GraphError

KERNELS = st.tuples(st.integers(1, 4), st.integers(1, 4))


@settings(max_examples=12, deadline=None)
@given(kernel=KERNELS, channels=st.integers(1, 5), kind=st.sampled_from(["UINT5", "INT5", "UINT8", "INT12"]))
def test_the_largest_of_any_window_is_as_finn_finds_it(agreement, nodes, kernel, channels, kind):
    agreement.check(nodes.pool("MaxPool", kernel, channels, (kind, kind)), {})


@settings(max_examples=12, deadline=None)
@given(
    kernel=KERNELS,
    kinds=st.sampled_from([("UINT5", "UINT5"), ("UINT8", "UINT4"), ("UINT2", "UINT8"), ("INT5", "INT5")]),
)
def test_a_truncated_average_is_as_finn_shifts_it(agreement, nodes, kernel, kinds):
    agreement.check(nodes.pool("QuantAvgPool", kernel, 3, kinds), {})


def test_a_sum_is_as_finn_adds_it(agreement, nodes):
    agreement.check(nodes.pool("AccPool", (2, 2), 3, ("INT5", "INT7")), {})


def test_a_negative_average_is_rounded_down(agreement, nodes):
    (out,) = agreement.emulated(
        nodes.pool("QuantAvgPool", (2, 2), 1, ("INT5", "INT5")), {}, [np.full((1, 2, 3, 4), -1)]
    )
    assert (out == -1).all()


def test_a_float_average_is_refused(agreement, nodes):
    with pytest.raises(GraphError, match="expected pooling by MaxPool, AccPool or QuantAvgPool, got 'AvgPool'"):
        agreement.emulated(nodes.pool("AvgPool", (2, 2), 1, ("UINT4", "UINT4")), {}, [np.zeros((1, 2, 3, 4))])
