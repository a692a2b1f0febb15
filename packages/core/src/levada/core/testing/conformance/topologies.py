# SPDX-License-Identifier: Apache-2.0
"""The kit for topologies."""

from collections.abc import Iterator
from itertools import pairwise

from levada.core.boards import Board
from levada.core.interfaces import Topology
from levada.core.manifests import Route
from levada.core.testing.clusters import u280


class TopologyConformance:
    """Tests of a topology: name its class as ``topology``, and in ``cards`` the numbers of cards that it can join."""

    topology: type[Topology]
    cards: tuple[int, ...] = (1, 2, 3)

    def board(self) -> Board:
        """Return the board that all cards are."""
        return u280()

    def test_its_route_names_it(self) -> None:
        for count, route in self._routes():
            assert route.topology == self.topology.name, f"the route over {count} cards says {route.topology!r}"

    def test_its_route_visits_every_card_and_no_other(self) -> None:
        for count, route in self._routes():
            visited = {segment.card for segment in route.segments}
            assert visited == set(range(1, count + 1)), f"the route over {count} cards visits {sorted(visited)}"

    def test_neighbours_are_different_cards(self) -> None:
        for count, route in self._routes():
            cards = [segment.card for segment in route.segments]
            twice = [card for card, after in pairwise(cards) if card == after]
            assert not twice, f"the route over {count} cards stays on card {twice} from one segment to the next"

    def test_one_card_is_one_segment(self) -> None:
        for count, route in self._routes():
            assert count > 1 or len(route.segments) == 1, "one card needs one segment, without network"

    def test_its_segments_walk_over_slrs_of_the_board(self) -> None:
        known = {slr.index for slr in self.board().slrs}
        for _, route in self._routes():
            for segment in route.segments:
                assert segment.slrs, f"segment {segment} visits no SLR"
                assert set(segment.slrs) <= known, f"segment {segment} visits SLRs that the board has not"
                still = [slr for slr, after in pairwise(segment.slrs) if slr == after]
                assert not still, f"segment {segment} stays on SLR {still} from one step to the next"

    def test_ingress_egress_and_anchors_are_segments(self) -> None:
        for _, route in self._routes():
            named = {route.ingress, route.egress, *(anchor.segment for anchor in route.anchors)}
            unknown = named - set(range(len(route.segments)))
            assert not unknown, f"segments {sorted(unknown)} are named, and there are {len(route.segments)}"

    def test_images_enter_first_and_answers_leave_last(self) -> None:
        for _, route in self._routes():
            ends = (route.ingress, route.egress)
            assert ends == (0, len(route.segments) - 1), (
                f"segments are in the order of the data, but its ends are {ends}"
            )

    def test_its_route_is_pure(self) -> None:
        assert [route for _, route in self._routes()] == [route for _, route in self._routes()]

    def _routes(self) -> Iterator[tuple[int, Route]]:
        for count in self.cards:
            yield count, self.topology().route([self.board()] * count)
