# SPDX-License-Identifier: Apache-2.0
"""Cards N…1: images enter at the last card, and the answers leave at card 1."""

from collections.abc import Sequence

from levada.core.boards import Board
from levada.core.interfaces import Topology
from levada.core.manifests import Anchor, Route, Segment


class Back(Topology):
    """A chain that is walked from its end."""

    name = "back"

    def route(self, boards: Sequence[Board]) -> Route:
        """Return one segment per card, the last card first; every card is walked from its lowest SLR up."""
        segments = tuple(
            Segment(card=card, slrs=tuple(slr.index for slr in boards[card - 1].slrs))
            for card in range(len(boards), 0, -1)
        )
        last = len(segments) - 1
        anchors = (Anchor(role="input", segment=0), Anchor(role="output", segment=last))
        return Route(topology=self.name, segments=segments, ingress=0, egress=last, anchors=anchors)
