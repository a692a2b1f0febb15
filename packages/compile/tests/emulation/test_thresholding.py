# SPDX-License-Identifier: Apache-2.0
"""Thresholding's emulation form against FINN's execution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levada.core.errors import GraphError


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(["UINT5", "INT6", "INT14", "UINT8"]),
    channels=st.integers(1, 5),
    shared=st.booleans(),
    steps=st.sampled_from([1, 3, 7, 31]),
    seed=st.integers(0, 999),
)
def test_any_thresholds_count_as_finn_counts(agreement, nodes, kind, channels, shared, steps, seed):
    rows = 1 if shared else channels
    constants = {"t": np.sort(np.random.default_rng(seed).integers(-70, 70, (rows, steps)), axis=1)}
    agreement.check(nodes.thresholding(kind, channels, rows, steps, output="UINT5"), constants, seed)


@settings(max_examples=15, deadline=None)
@given(slope=st.floats(0.3, 40), start=st.floats(-90, 90), steps=st.sampled_from([3, 15, 31]))
def test_evenly_spaced_thresholds_count_as_finn_counts(agreement, nodes, slope, start, steps):
    constants = {"t": np.ceil(start + slope * np.arange(steps))[None]}
    agreement.check(nodes.thresholding("INT8", 3, 1, steps, output="UINT5"), constants)


def test_a_threshold_between_integers_counts_from_the_integer_above(agreement, nodes):
    image = np.resize([-4, -3, 0, 1, 6, 7], (1, 3, 3, 2))
    (out,) = agreement.emulated(
        nodes.thresholding("INT6", 2, 1, 3, output="UINT2"), {"t": [[-3.5, 0.25, 7.0]]}, [image]
    )
    assert out.ravel()[:6].tolist() == [0, 1, 1, 2, 2, 3]


def test_a_negative_offset_gives_signed_values(agreement, nodes):
    (out,) = agreement.check(nodes.thresholding("UINT5", 4, 1, 7, output="INT4", offset=-4), {"t": [range(2, 30, 4)]})
    assert out.min() == -4


def test_a_single_threshold_gives_bipolar_values(agreement, nodes):
    (out,) = agreement.check(nodes.thresholding("INT6", 2, 1, 1, output="BIPOLAR"), {"t": [[0]]})
    assert set(np.unique(out)) == {-1, 1}


def test_values_of_more_than_32_bits_are_refused(agreement, nodes):
    node = nodes.thresholding("INT40", 2, 1, 1, output="UINT1")
    with pytest.raises(GraphError, match="which 32 bits do not hold"):
        agreement.emulated(node, {"t": [[0]]}, [np.zeros((1, 3, 3, 2))])
