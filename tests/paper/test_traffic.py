# SPDX-License-Identifier: Apache-2.0
"""Fig. 2: what moves for one inference, and where."""

import msgspec
import pytest

from levada.core.testing import plan
from reproduction.traffic import loads


def names(found):
    return [load.name for load in found]


@pytest.mark.parametrize(("topology", "back"), [("loop", True), ("chain", False)])
def test_only_a_loop_comes_back_to_card_1(topology, back):
    assert ("card 3 → card 1" in names(loads(plan(3, topology)))) is back


def test_in_a_chain_the_answer_leaves_the_last_card():
    assert names(loads(plan(3, "chain")))[-1] == "answer out of card 3"


def test_one_card_sends_nothing_over_the_network():
    assert [load.wire_bytes for load in loads(plan(1))] == [None, None]


def test_between_cards_the_bytes_are_those_of_the_cuts():
    made = plan(3, "chain")
    crossing = [load for load in loads(made) if load.wire_bytes is not None]
    assert sum(load.payload_bytes for load in crossing) == sum(cut.payload_bytes for cut in made.cuts)
    assert sum(load.wire_bytes for load in crossing) == sum(cut.wire_bytes for cut in made.cuts)


def test_external_weights_enter_the_card_that_holds_their_layer():
    made = plan(3, "chain")
    last = msgspec.structs.replace(made.layers[-1], external_bytes=2_048_000, store="external")
    (found,) = [
        load
        for load in loads(msgspec.structs.replace(made, layers=(*made.layers[:-1], last)))
        if "weights" in load.name
    ]
    assert (found.sink, found.payload_bytes) == (f"card {last.card}", 2_048_000)


@pytest.mark.parametrize(("lanes", "beats", "bits", "expected"), [(1, 10, 4, 5), (1, 3, 5, 2), (4, 2, 5, 5)])
def test_elements_are_packed_without_gaps(lanes, beats, bits, expected):
    from reproduction.traffic import packed_bytes

    stream = msgspec.structs.replace(plan(1).streams[0], source_lanes=lanes, beats=beats, element_bits=bits)
    assert packed_bytes(stream) == expected
