# SPDX-License-Identifier: Apache-2.0
"""ElementwiseAdd's emulation form against FINN's execution."""

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [("INT5", "INT5", "INT6"), ("UINT4", "INT5", "INT6"), ("UINT8", "UINT8", "UINT9"), ("INT16", "INT9", "INT17")],
)
def test_two_streams_join_as_finn_joins_them(agreement, nodes, left, right, result):
    agreement.check(nodes.add(left, right, result), {})


def test_a_constant_per_class_is_added(agreement, nodes):
    bias = np.array([-200, 0, 7, 255])
    agreement.check(nodes.add("INT15", "INT9", "INT16", (1, 4), (4,)), {"b": bias})


def test_the_extremes_do_not_wrap(agreement, nodes):
    ends = np.full((1, 3, 2, 4), 127), np.full((1, 3, 2, 4), 127)
    (out,) = agreement.emulated(nodes.add("INT8", "INT8", "INT9"), {}, list(ends))
    assert (out == 254).all()
