# SPDX-License-Identifier: Apache-2.0
"""Counts of a plan add up, and what nobody knows stays unknown."""

import msgspec
import pytest

from levada.core.boards_alveo import U280
from levada.core.resources import Resources, total
from levada.core.stream_costs import converter
from levada.core.testing import plan
from reproduction.counting import (
    FIFOS,
    SHELL,
    THRESHOLDS,
    accelerator,
    share_of,
    shares,
    weights_of,
    weights_uram,
    whole,
)


def test_the_accelerator_is_layers_and_streams():
    made = plan(3)
    assert accelerator(made) == total([each.resources for each in (*made.layers, *made.streams)])


def test_a_whole_design_is_the_accelerator_with_shell_and_network():
    made = plan(3)
    same = {made.basis: Resources()}
    overhead = [each for card in made.cards for each in card.overhead]
    assert whole(made, made.basis, same) == total([accelerator(made), *overhead])


def test_a_design_is_counted_on_another_basis_with_the_shell_of_that():
    made = plan(3)
    shells = {basis: total(U280.overhead(basis)) for basis in ("paper", "finn")}
    more = whole(made, "paper", shells).lut - whole(made, "finn", shells).lut
    assert more == 3 * (shells["paper"].lut - shells["finn"].lut) > 0


def test_thresholds_are_told_apart_from_their_layers():
    made = plan(1)
    layer = made.layers[0]
    folding = msgspec.structs.replace(layer.folding, threshold_resources=Resources(lut=3))
    told = msgspec.structs.replace(made, layers=(msgspec.structs.replace(layer, folding=folding), *made.layers[1:]))
    assert Resources(lut=3) in [share.resources for share in shares(told) if share.kind == THRESHOLDS]
    assert accelerator(told) == accelerator(made)


def test_a_fifo_is_what_its_stream_takes_beside_the_converter():
    made = plan(1)
    both = converter(8, 16) + Resources(bram18=2)
    lanes = {"element_bits": 8, "source_lanes": 1, "sink_lanes": 2}
    alone = msgspec.structs.replace(made, streams=(msgspec.structs.replace(made.streams[0], resources=both, **lanes),))
    assert {share.kind: share.resources for share in shares(alone)}[FIFOS] == Resources(bram18=2)


def test_weights_are_told_apart_from_their_layers():
    kinds = [share.kind for share in shares(plan(1))]
    assert "weights in bram" in kinds
    assert kinds[-1] == SHELL


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
