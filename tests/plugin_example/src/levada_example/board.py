# SPDX-License-Identifier: Apache-2.0
"""A U280 of which half may be used."""

from msgspec.structs import replace

from levada.core.boards import Board, Slr
from levada.core.boards_alveo import U280
from levada.core.resources import Resources


def halved(slr: Slr) -> Slr:
    """Return an SLR with half of each capacity."""
    capacities = tuple(
        replace(
            capacity,
            resources=Resources(*(None if count is None else count // 2 for count in capacity.resources.counts())),
            origin=f"half of {capacity.origin}",
        )
        for capacity in slr.capacities
    )
    return replace(slr, capacities=capacities)


HALF_U280: Board = replace(U280, name="half-u280", slrs=tuple(halved(slr) for slr in U280.slrs))
