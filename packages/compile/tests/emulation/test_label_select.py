# SPDX-License-Identifier: Apache-2.0
"""LabelSelect's emulation form against FINN's execution."""

import numpy as np
import pytest


@pytest.mark.parametrize("kind", ["INT4", "INT16", "UINT8", "INT24"])
@pytest.mark.parametrize(("labels", "k"), [(10, 5), (3, 1), (7, 7), (300, 5)])
def test_the_best_labels_are_as_finn_chooses_them(agreement, nodes, labels, k, kind):
    agreement.check(nodes.label_select(labels, k, kind), {})


def test_ties_go_to_the_lower_index(agreement, nodes):
    scores = np.array([[5, 7, 7, 5, 7]])
    (out,) = agreement.emulated(nodes.label_select(5, 5, "INT16"), {}, [scores])
    assert out.tolist() == [[1, 2, 4, 0, 3]]
