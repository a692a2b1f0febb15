# SPDX-License-Identifier: Apache-2.0
"""Routes of the loop and the chain over built-in boards, and the walks over their SLRs."""

from itertools import pairwise

import msgspec
import pytest
from partition_toys import toy

from levada.core.boards_alveo import U50, U55C, U250, U280
from levada.core.errors import BoardError
from levada.partition.topologies import Chain, Loop, dma_slr, network_slr, walk

OUT, BACK, THROUGH = (0, 1, 2), (2, 1, 0), (2, 1, 0, 1, 2)


def segments(topology, *boards):
    return [(segment.card, segment.slrs) for segment in topology().route(boards).segments]


def anchored(route):
    return {anchor.role: anchor.segment for anchor in route.anchors}


def test_a_chain_runs_from_the_dma_through_the_middle_cards_to_the_last_dma():
    assert segments(Chain, U280, U280, U280) == [(1, OUT), (2, THROUGH), (3, BACK)]


def test_a_chain_of_two_has_no_middle():
    assert segments(Chain, U280, U280) == [(1, OUT), (2, BACK)]


def test_a_loop_comes_back_to_card_1():
    assert segments(Loop, U280, U280, U280) == [(1, OUT), (2, THROUGH), (3, THROUGH), (1, BACK)]


@pytest.mark.parametrize("topology", [Chain, Loop])
def test_one_card_is_one_segment(topology):
    assert segments(topology, U280) == [(1, OUT)]


@pytest.mark.parametrize("topology", [Chain, Loop])
@pytest.mark.parametrize("cards", [1, 2, 3, 5])
def test_input_output_and_external_weights_are_anchored_at_the_ends(topology, cards):
    route = topology().route([U280] * cards)
    assert anchored(route) == {"input": route.ingress, "output": route.egress, "external": route.egress}


@pytest.mark.parametrize("cards", [1, 2, 3, 5])
def test_answers_of_a_chain_leave_the_last_card(cards):
    route = Chain().route([U280] * cards)
    assert route.segments[route.egress].card == cards


@pytest.mark.parametrize("cards", [1, 2, 3, 5])
def test_answers_of_a_loop_leave_card_1(cards):
    route = Loop().route([U280] * cards)
    assert route.segments[route.egress].card == 1


@pytest.mark.parametrize("topology", [Chain, Loop])
@pytest.mark.parametrize("cards", [2, 3, 5])
def test_images_enter_card_1(topology, cards):
    route = topology().route([U280] * cards)
    assert route.segments[route.ingress].card == 1


@pytest.mark.parametrize("topology", [Chain, Loop])
def test_a_route_names_its_topology(topology):
    assert topology().route([U280] * 2).topology == topology.name


@pytest.mark.parametrize("board", [U280, U250, U55C, U50], ids=lambda board: board.name)
@pytest.mark.parametrize("topology", [Chain, Loop])
def test_every_segment_visits_every_slr(topology, board):
    for segment in topology().route([board] * 3).segments:
        assert set(segment.slrs) == set(range(len(board.slrs)))


@pytest.mark.parametrize("board", [U280, U250, U55C, U50], ids=lambda board: board.name)
def test_a_middle_card_enters_and_leaves_at_its_qsfps(board):
    middle = Chain().route([board] * 3).segments[1]
    assert (middle.slrs[0], middle.slrs[-1]) == (board.qsfp_slrs[0], board.qsfp_slrs[0])


def test_qsfps_in_the_middle_of_the_die_are_reached_last():
    assert segments(Chain, U55C, U55C) == [(1, (0, 1, 2, 1)), (2, (1, 2, 1, 0))]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_walks_go_from_neighbour_to_neighbour_and_miss_none(count):
    for start in range(count):
        for end in range(count):
            visited = walk(start, end, count)
            assert (visited[0], visited[-1], set(visited)) == (start, end, set(range(count)))
            assert all(abs(here - there) == 1 for here, there in pairwise(visited))


def test_the_shorter_way_round_is_taken():
    assert walk(1, 3, 4) == (1, 0, 1, 2, 3)
    assert walk(2, 0, 4) == (2, 3, 2, 1, 0)


def test_one_card_with_its_dma_in_the_middle_visits_both_sides():
    middle = msgspec.structs.replace(toy(slrs=3), memories=(msgspec.structs.replace(toy().memories[0], slr=1),))
    assert segments(Chain, middle) == [(1, (1, 2, 1, 0))]


def test_a_board_without_memory_has_its_dma_in_slr_0():
    assert dma_slr(msgspec.structs.replace(toy(), memories=())) == 0


@pytest.mark.parametrize("topology", [Chain, Loop])
def test_a_board_without_qsfp_cannot_be_one_of_several(topology):
    mute = msgspec.structs.replace(toy(), qsfp_slrs=())
    with pytest.raises(BoardError, match="board 'toy' has no QSFP, so it cannot be one of several cards; use one card"):
        topology().route([mute, mute])


def test_a_board_without_qsfp_can_be_the_only_one():
    assert segments(Loop, msgspec.structs.replace(toy(), qsfp_slrs=())) == [(1, (0, 1))]


def test_the_network_lies_in_the_slr_of_the_first_qsfp():
    assert network_slr(U280) == 2
