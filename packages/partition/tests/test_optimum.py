# SPDX-License-Identifier: Apache-2.0
"""The solver against every placement there is, on networks small enough to try them all."""

import msgspec
import pytest
from partition_reference import Reference, exhaustive
from partition_toys import WHOLE, fold, network, request_for, series_parallel, stream, toy

from levada.core.errors import InfeasibleError
from levada.core.resources import Resources
from levada.partition.ilp import Ilp

CASES = [(1, "chain"), (2, "chain"), (2, "loop"), (3, "chain"), (3, "loop")]
ROOMY, TIGHT = {"lut": 700, "bram18": 60}, {"lut": 450, "bram18": 40}


def best(request):
    """Return the worth of the solver's placement, judged by the enumeration; None where it says that nothing fits."""
    try:
        placement = Ilp().place(request)
    except InfeasibleError:
        return None
    return Reference(request).worth(placement)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("cards", "topology"), CASES)
def test_the_solver_finds_the_lexicographic_optimum_of_all_placements(seed, cards, topology):
    dataflow = series_parallel(seed, nodes=5 if cards < 3 else 4)
    board = toy(**(TIGHT if seed % 2 else ROOMY))
    request = request_for(dataflow, [board] * cards, topology)
    assert best(request) == exhaustive(request)


@pytest.mark.parametrize("seed", range(8, 14))
def test_overhead_and_limits_are_counted_as_the_enumeration_counts_them(seed):
    request = request_for(series_parallel(seed), [toy(**ROOMY)] * 2)
    overhead = (Resources(lut=30), Resources(lut=170, bram18=11))
    cards = tuple(msgspec.structs.replace(card, overhead=overhead) for card in request.cards)
    limits = msgspec.structs.replace(WHOLE, lut=0.83, bram18=0.77)
    limited = msgspec.structs.replace(request, cards=cards, limits=limits, slr_limits=limits)
    assert best(limited) == exhaustive(limited)


@pytest.mark.parametrize("seed", range(14, 18))
def test_a_demanded_rate_is_met_with_the_best_of_all_placements(seed):
    request = request_for(series_parallel(seed, nodes=4), [toy(**ROOMY)] * 2, max_cycles=450)
    assert best(request) == exhaustive(request)


@pytest.mark.parametrize("seed", range(18, 22))
def test_boards_need_not_be_alike(seed):
    boards = [toy(slrs=1, lut=900, bram18=90), toy(slrs=3, **TIGHT)]
    request = request_for(series_parallel(seed, nodes=4), boards)
    assert best(request) == exhaustive(request)


@pytest.mark.parametrize("seed", range(30, 42))
@pytest.mark.parametrize("cards", [1, 2])
def test_streams_between_free_lanes_are_counted_as_the_ends_are_built(seed, cards):
    dataflow = series_parallel(seed, nodes=4, lanes=True)
    free = tuple(msgspec.structs.replace(each, cuttable=True) for each in dataflow.streams)
    request = request_for(msgspec.structs.replace(dataflow, streams=free), [toy(lut=2000)] * cards, max_cycles=900)
    assert best(request)[:2] == exhaustive(request)[:2]


def streamed(request, layer, *, also_inside):
    """Return the request with this layer's weights outside, or, cheaper than inside, outside at will."""

    def candidates(each):
        outside = [msgspec.structs.replace(c, store="external", external_bytes=9) for c in each.candidates]
        inside = [msgspec.structs.replace(c, resources=c.resources + Resources(lut=60)) for c in each.candidates]
        return (*outside, *(inside if also_inside else ()))

    options = [
        msgspec.structs.replace(each, candidates=candidates(each)) if each.layer == layer else each
        for each in request.options
    ]
    return msgspec.structs.replace(request, options=tuple(options))


@pytest.mark.parametrize("seed", range(22, 28))
@pytest.mark.parametrize("also_inside", [True, False])
@pytest.mark.parametrize(("cards", "topology"), [(2, "chain"), (2, "loop")])
def test_weights_from_outside_lie_in_the_last_part(seed, also_inside, cards, topology):
    plain = request_for(series_parallel(seed, nodes=4), [toy(**ROOMY)] * cards, topology)
    request = streamed(plain, "b", also_inside=also_inside)
    assert best(request) == exhaustive(request)


def test_a_small_cut_is_taken_before_a_large_one_of_the_same_balance():
    small, large = (1, 1, 8), (40, 40, 8)
    foldings = {"a": fold(lut=300), "b": fold(lut=10), "c": fold(lut=300)}
    for shapes in ((small, large), (large, small)):
        tensors = [stream(*pair, shape=shape) for pair, shape in zip((("a", "b"), ("b", "c")), shapes, strict=True)]
        request = request_for(network(foldings, *tensors), [toy(slrs=1)] * 2)
        assert best(request) == exhaustive(request)
