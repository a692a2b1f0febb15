# SPDX-License-Identifier: Apache-2.0
"""The kit for topologies: passed by a chain and a loop, failed by each kind of bad route."""

import itertools

import msgspec
import pytest

from levada.core import testing
from levada.core.interfaces import Topology
from levada.core.manifests import Anchor, Segment
from levada.core.testing.conformance import TopologyConformance, failures


class Chain(Topology):
    """Cards 1…N."""

    name = "chain"

    def route(self, boards):
        return testing.route(len(boards), "chain")


class Loop(Topology):
    """Cards 1…N and back to card 1."""

    name = "loop"

    def route(self, boards):
        return testing.route(len(boards), "loop")


class TestChain(TopologyConformance):
    topology = Chain


class TestLoop(TopologyConformance):
    topology = Loop


def routing(change):
    """Return a chain whose route is changed."""

    class Bad(Topology):
        name = "chain"

        def route(self, boards):
            return change(testing.route(len(boards), "chain"), len(boards))

    return Bad


def replaced(**fields):
    return routing(lambda route, count: msgspec.structs.replace(route, **fields))


def segments(*cards, slrs=(0, 1, 2)):
    return tuple(Segment(card=card, slrs=slrs) for card in cards)


def walked(*slrs):
    """Return a chain whose cards are walked so."""
    return routing(
        lambda route, count: msgspec.structs.replace(route, segments=segments(*range(1, count + 1), slrs=slrs))
    )


COUNTER = itertools.count()
ENDS = "test_images_enter_first_and_answers_leave_last"
BAD = {
    "another name": (replaced(topology="ring"), "test_its_route_names_it"),
    "a card left out": (
        routing(lambda route, n: msgspec.structs.replace(route, segments=route.segments[:1])),
        "test_its_route_visits_every_card_and_no_other",
    ),
    "a card too many": (
        routing(lambda route, n: msgspec.structs.replace(route, segments=segments(*range(1, n + 2)))),
        "test_its_route_visits_every_card_and_no_other",
    ),
    "cards from 0": (
        routing(lambda route, n: msgspec.structs.replace(route, segments=segments(*range(n)))),
        "test_its_route_visits_every_card_and_no_other",
    ),
    "a card that it stays on": (
        routing(lambda route, n: msgspec.structs.replace(route, segments=segments(1, *range(1, n + 1)))),
        "test_neighbours_are_different_cards",
    ),
    "one card in two": (
        routing(lambda route, n: msgspec.structs.replace(route, segments=segments(1, 1)) if n == 1 else route),
        "test_one_card_is_one_segment",
    ),
    "an slr that is not there": (walked(0, 7), "test_its_segments_walk_over_slrs_of_the_board"),
    "an slr that it stays on": (walked(0, 0, 1), "test_its_segments_walk_over_slrs_of_the_board"),
    "no slr": (walked(), "test_its_segments_walk_over_slrs_of_the_board"),
    "an ingress that is not there": (replaced(ingress=9), "test_ingress_egress_and_anchors_are_segments"),
    "an anchor that is not there": (
        replaced(anchors=(Anchor(role="input", segment=9),)), "test_ingress_egress_and_anchors_are_segments",
    ),
    "answers that leave first": (replaced(egress=0), ENDS),
    "another route each time": (
        routing(lambda route, n: msgspec.structs.replace(route, egress=next(COUNTER))), "test_its_route_is_pure",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_topology_fails(tmp_path, fault):
    topology, test = BAD[fault]
    assert test in failures(type("Kit", (TopologyConformance,), {"topology": topology}), tmp_path)


def test_a_topology_may_say_how_many_cards_it_joins(tmp_path):
    class Pair(Chain):
        def route(self, boards):
            assert len(boards) == 2
            return super().route(boards)

    assert failures(type("Kit", (TopologyConformance,), {"topology": Pair, "cards": (2,)}), tmp_path) == {}
    assert failures(type("Kit", (TopologyConformance,), {"topology": Pair}), tmp_path / "all") != {}
