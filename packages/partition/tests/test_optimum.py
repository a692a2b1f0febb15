# SPDX-License-Identifier: Apache-2.0
"""The solver against every placement there is, on networks small enough to try them all."""

import pytest
from partition_enumeration import exhaustive, spots_in, worth
from partition_toys import request_for, series_parallel, toy

from levada.core.errors import InfeasibleError
from levada.partition.ilp import Ilp

CASES = [(1, "chain"), (2, "chain"), (2, "loop"), (3, "chain"), (3, "loop")]


def best(request):
    """Return the worth of the solver's placement, judged by the enumeration; None where it says that nothing fits."""
    try:
        placement = Ilp().place(request)
    except InfeasibleError:
        return None
    return worth(request, spots_in(request, placement))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("cards", "topology"), CASES)
def test_the_solver_finds_the_lexicographic_optimum_of_all_placements(seed, cards, topology):
    dataflow = series_parallel(seed, nodes=5 if cards < 3 else 4)
    request = request_for(dataflow, [toy(lut=700, bram18=60)] * cards, topology)
    assert best(request) == exhaustive(request)
