# SPDX-License-Identifier: Apache-2.0
"""Counts of a plan add up, and what nobody knows stays unknown."""

import msgspec
import pytest

from levada.core.resources import Resources, total
from levada.core.testing import plan
from reproduction.counting import SHELL, STREAMS, accelerator, share_of, shares, weights_of, weights_uram


def test_the_accelerator_is_layers_and_streams():
    made = plan(3)
    assert accelerator(made) == total([each.resources for each in (*made.layers, *made.streams)])


def test_shell_and_network_are_not_in_it():
    made = plan(3)
    less = msgspec.structs.replace(made, cards=made.cards[:1])
    assert accelerator(made) == accelerator(less)


def test_weights_are_told_apart_from_their_layers():
    kinds = [share.kind for share in shares(plan(1))]
    assert "weights in bram" in kinds
    assert kinds[-2:] == [STREAMS, SHELL]


def test_the_weights_are_the_layer_less_its_folding():
    layer = plan(1).layers[0]
    grown = msgspec.structs.replace(layer, resources=layer.folding.resources + Resources(uram=7))
    assert weights_of(grown).uram == 7


def test_what_is_unknown_of_a_layer_is_unknown_of_its_weights():
    layer = plan(1).layers[0]
    assert weights_of(msgspec.structs.replace(layer, resources=Resources(ff=None))).ff is None


def test_ultraram_of_weights_counts_layers_with_weights_alone():
    layer = plan(1).layers[0]
    kept = msgspec.structs.replace(layer, store="uram", resources=layer.folding.resources + Resources(uram=5))
    assert weights_uram([kept, msgspec.structs.replace(kept, store="none")]) == 5


@pytest.mark.parametrize(("count", "whole", "expected"), [(1, 4, 25), (None, 4, None), (1, None, None), (1, 0, None)])
def test_a_share_of_what_is_unknown_is_unknown(count, whole, expected):
    assert share_of(count, whole) == expected
