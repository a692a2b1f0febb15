# SPDX-License-Identifier: Apache-2.0
"""Wires between SLRs: counted along every stream's way, and told where a board has too few."""

import msgspec
import pytest
from partition_questions import question, settings
from partition_toys import fold, line, toy

from levada.core.manifests import LayerAnchor
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp
from levada.partition.planning import plan
from levada.partition.wires import boundaries, crowded

BITS, HANDSHAKE = 4, 2


def board(sll_bits=5000):
    return msgspec.structs.replace(toy(), sll_bits=sll_bits)


def made(*stops, pe=1):
    """Return the plan of layers in a row, each at a given card and SLR."""
    cards = max(card for card, _ in stops)
    anchors = tuple(LayerAnchor(layer=name, card=c, slr=s) for name, (c, s) in zip("abcd", stops, strict=False))
    foldings = [fold(lut=10, pe=pe)] * len(stops)
    asked = question(line(*foldings), cards=cards, board=board(), settings=settings(anchors=anchors))
    return assemble(asked, plan(asked, (cards,), Ilp()))


def wires(planned):
    cards = len(planned.cards)
    return {(each.card, each.below): each.wires for each in boundaries(planned, [board()] * cards)}


def test_a_stream_within_an_slr_crosses_nothing():
    assert wires(made((1, 0), (1, 0))) == {}


@pytest.mark.parametrize("pe", [1, 2, 8])
def test_a_stream_crosses_as_wide_as_its_source_with_its_handshake(pe):
    """The second crossing is that of the answers, back to the memory beside SLR 0."""
    assert wires(made((1, 0), (1, 1), pe=pe)) == {(1, 0): 2 * (pe * BITS + HANDSHAKE)}


def test_a_cut_stream_goes_to_the_qsfps_on_both_cards():
    """Memory beside SLR 0, QSFP beside SLR 1."""
    assert wires(made((1, 0), (2, 0))) == {(1, 0): BITS + HANDSHAKE, (2, 0): BITS + HANDSHAKE}


def test_enough_wires_are_no_crowd():
    assert crowded(made((1, 0), (1, 1)), [board(sll_bits=12)]) == ()


def test_too_few_wires_are_told_with_their_budget():
    (found,) = crowded(made((1, 0), (1, 1)), [board(sll_bits=11)])
    assert found.text().startswith("12 wires cross from SLR 0 to SLR 1 of card 1, of 11 that the board is budgeted for")
