# SPDX-License-Identifier: Apache-2.0
"""Routes of the loop and the chain over built-in boards, the walks over their SLRs, and routes that others make."""

from itertools import pairwise

import msgspec
import pytest
from partition_questions import question, settings
from partition_reference import Reference
from partition_toys import fold, line, network, request_for, series_parallel, stream, toy

from levada.core.boards_alveo import U50, U55C, U250, U280
from levada.core.errors import BoardError, InfeasibleError
from levada.core.interfaces import Topology
from levada.core.manifests import Anchor, LayerAnchor, Route, Segment
from levada.partition.assembly import assemble
from levada.partition.ilp import Ilp, IlpAlone
from levada.partition.judge import judge
from levada.partition.planning import plan
from levada.partition.stage import ground_of
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


# ------------------------------------------------------------------------------- routes of third parties


class Snake(Topology):
    """Cards in a row, the SLRs of each from the bottom up and of the next from the top down; the network is where the walk ends."""

    name = "snake"

    def route(self, boards):
        """Return a segment per card, odd ones upwards."""
        segments = tuple(
            Segment(card=card, slrs=tuple(range(len(board.slrs)))[:: 1 if card % 2 else -1])
            for card, board in enumerate(boards, 1)
        )
        return Route(topology=self.name, segments=segments, ingress=0, egress=len(boards) - 1)


class Backwards(Topology):
    """Cards N…1, each from its last SLR to its first."""

    name = "backwards"

    def route(self, boards):
        """Return a segment per card, from the last one."""
        cards = range(len(boards), 0, -1)
        segments = tuple(Segment(card=n, slrs=tuple(range(len(boards[n - 1].slrs)))[::-1]) for n in cards)
        return Route(topology=self.name, segments=segments, ingress=0, egress=len(boards) - 1)


class Zigzag(Topology):
    """Card 1, card 2, card 1 again and card 2 again: half of the SLRs on each visit; no card is left at its end."""

    name = "zigzag"

    def route(self, boards):
        """Return two visits to each of two cards."""
        visits = ((1, (0,)), (2, (1,)), (1, (1,)), (2, (0,)))
        segments = tuple(Segment(card=card, slrs=slrs) for card, slrs in visits)
        anchors = (Anchor(role="external", segment=2),)
        return Route(topology=self.name, segments=segments, ingress=0, egress=3, anchors=anchors)


OTHERS = {topology.name: topology for topology in (Snake, Backwards, Zigzag)}


TWO = (toy(), toy())


def along(topology, dataflow, boards=TWO, **overrides):
    """Return a request over another topology's route."""
    plain = request_for(dataflow, list(boards), **overrides)
    return msgspec.structs.replace(plain, route=topology().route(boards))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("partitioner", [Ilp, IlpAlone])
@pytest.mark.parametrize("topology", OTHERS.values(), ids=OTHERS)
def test_no_placement_along_a_route_of_others_is_better(seed, partitioner, topology):
    reference = Reference(along(topology, series_parallel(seed, nodes=6), (toy(lut=700), toy(lut=900))))
    best = reference.optimum()
    try:
        assert reference.worth(partitioner().place(reference.request)) == best
    except InfeasibleError:
        assert best is None


@pytest.mark.parametrize("topology", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("slr", [0, 1])
def test_anchors_hold_along_a_route_of_others(topology, slr):
    held = (LayerAnchor(layer="c", card=2, slr=slr),)
    reference = Reference(along(topology, line(*[fold()] * 6), anchors=held))
    placement = Ilp().place(reference.request)
    assert reference.worth(placement) == reference.optimum()
    assert next(each.slr for each in placement.choices if each.layer == "c") == slr


@pytest.mark.parametrize(
    ("topology", "stops"),
    [
        (Snake, [(1, 0), (1, 1), (2, 1), (2, 0)]),
        (Backwards, [(2, 1), (2, 0), (1, 1), (1, 0)]),
        (Zigzag, [(1, 0), (2, 1), (1, 1), (2, 0)]),
    ],
)
def test_layers_that_fill_their_slrs_follow_the_route(topology, stops):
    request = along(topology, line(*[fold(lut=900)] * 4))
    choices = Ilp().place(request).choices
    assert [(request.route.segments[each.segment].card, each.slr) for each in choices] == stops


@pytest.fixture(scope="module", params=OTHERS.values(), ids=OTHERS)
def travelled(request):
    """Return a question over the route of another topology, with the plan that answers it."""
    asked = question(line(*[fold(lut=300)] * 6), cards=2, topology=request.param(), settings=settings())
    return asked, assemble(asked, plan(asked, (2,), Ilp()))


def broken(asked, made):
    verdict = judge(made, asked.dataflow, ground_of(asked))
    return [check.rule for check in verdict.checks if not check.passed]


def test_a_plan_along_a_route_of_others_passes_the_judge(travelled):
    assert broken(*travelled) == []


def test_a_plan_along_another_route_than_its_topologys_is_refused(travelled):
    asked, made = travelled
    turned = [msgspec.structs.replace(each, slrs=each.slrs[::-1] * 2) for each in made.route.segments]
    other = msgspec.structs.replace(made, route=msgspec.structs.replace(made.route, segments=tuple(turned)))
    assert "the route is the topology's" in broken(asked, other)


def test_a_layer_that_goes_against_the_walk_of_others_is_refused():
    """Of two layers on the first card of a snake, the first lies in the upper SLR: what was below is passed."""
    asked = question(line(*[fold(lut=450)] * 6), cards=2, topology=Snake(), settings=settings())
    made = assemble(asked, plan(asked, (2,), Ilp()))
    assert "layers follow their segment's SLRs" in broken(asked, swapped(made))


def swapped(made):
    """Return the plan with the SLRs of its first card exchanged."""
    layers = (msgspec.structs.replace(each, slr=1 - each.slr) if each.card == 1 else each for each in made.layers)
    return msgspec.structs.replace(made, layers=tuple(layers))


def test_an_slr_that_a_route_of_others_leaves_out_holds_nothing():
    class Lower(Snake):
        name = "lower"

        def route(self, boards):
            whole = super().route(boards)
            low = tuple(msgspec.structs.replace(each, slrs=(0,)) for each in whole.segments)
            return msgspec.structs.replace(whole, topology=self.name, segments=low)

    choices = Ilp().place(along(Lower, line(*[fold()] * 4))).choices
    assert {each.slr for each in choices} == {0}
    with pytest.raises(InfeasibleError, match=r"layer 'b' cannot lie where asked \(--anchor b=1:1\)"):
        Ilp().place(along(Lower, line(*[fold()] * 4), anchors=(LayerAnchor(layer="b", card=1, slr=1),)))


def test_no_stream_joins_two_visits_to_a_card():
    """Each SLR holds one of four layers in a row, and the stream from the first to the third would join the visits to card 1."""
    skipped = network(dict.fromkeys("abcd", fold()), *(stream(*pair) for pair in ("ab", "bc", "cd", "ac")))
    with pytest.raises(InfeasibleError):
        Ilp().place(along(Zigzag, skipped, (toy(lut=150), toy(lut=150))))
