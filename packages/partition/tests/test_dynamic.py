# SPDX-License-Identifier: Apache-2.0
"""The dynamic programme against the integer program, and what it says beyond the optimum."""

from fractions import Fraction

import msgspec
import pytest
from partition_toys import fold, general, line, network, request_for, series_parallel, stream, toy

from levada.core.manifests import Segment
from levada.partition import dynamic
from levada.partition.cbc import Stop
from levada.partition.dynamic import Best, applies, least_bytes, least_utilisation
from levada.partition.reduction import reduce
from levada.partition.search import search
from levada.partition.solving import BYTES, NO_AID, Ceilings, Terms, solve, utilisation
from levada.partition.windows import windows

TERMS = Terms(step=Fraction(0), seconds=30.0)
ROUTES = [(1, "chain"), (2, "chain"), (3, "chain"), (2, "loop"), (3, "loop")]


def problem(dataflow, cards=2, topology="chain", **counts):
    return reduce(request_for(dataflow, [toy(**counts)] * cards, topology)).frugal()


def solved(reduced, goal):
    """Return the optimum by the program, segments as places; None where there is none."""
    found = solve(reduced.coarse(), goal, TERMS, Ceilings(), NO_AID)
    return None if isinstance(found, Stop) else found.worth


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("cards", "topology"), ROUTES)
def test_the_least_utilisation_is_that_of_the_program(seed, cards, topology):
    reduced = problem(series_parallel(seed, nodes=7), cards, topology, lut=800)
    best = least_utilisation(reduced)
    found = best.layout.utilisation() if isinstance(best, Best) else None
    assert found == solved(reduced, utilisation(Fraction(0)))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("cards", "topology"), ROUTES)
def test_the_fewest_bytes_are_those_of_the_program(seed, cards, topology):
    reduced = problem(series_parallel(seed, nodes=7), cards, topology, lut=1500)
    best = least_bytes(reduced)
    assert (None if best is None else BYTES.worth(best.layout)) == solved(reduced, BYTES)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("cards", "topology"), ROUTES)
def test_the_optimal_layout_lies_in_the_windows_of_all_of_them(seed, cards, topology):
    best = least_utilisation(problem(series_parallel(seed, nodes=7), cards, topology, lut=3000))
    if isinstance(best, Best):
        pairs = zip(best.layout.spots, best.spans, strict=True)
        assert all(span.first <= spot.place <= span.last for spot, span in pairs)


def test_windows_span_every_optimal_placement():
    """Two layers of equal size around one that costs nothing: that one may lie on either card."""
    reduced = problem(line(fold(lut=300), fold(lut=0), fold(lut=300)))
    assert [(span.first, span.last) for span in least_utilisation(reduced).spans] == [(0, 0), (0, 1), (1, 1)]


@pytest.mark.parametrize("seed", range(10))
def test_a_loop_may_begin_on_any_card(seed):
    """Head and tail then fill that card, which is larger here than the first."""
    asked = request_for(series_parallel(seed, nodes=7), [toy(lut=500), toy(lut=1200)], "loop")
    turned = tuple(msgspec.structs.replace(each, card=3 - each.card) for each in asked.route.segments)
    reduced = reduce(
        msgspec.structs.replace(asked, route=msgspec.structs.replace(asked.route, segments=turned))
    ).frugal()
    best = least_utilisation(reduced)
    assert (best.layout.utilisation() if isinstance(best, Best) else None) == solved(reduced, utilisation(Fraction(0)))


def test_what_does_not_fit_is_known_for_certain():
    assert least_utilisation(problem(line(fold(lut=900), fold(lut=2500)), lut=1000)) is False


def test_head_and_tail_fill_the_first_card_together():
    reduced = problem(line(fold(lut=600), fold(lut=10), fold(lut=600)), topology="loop", slrs=1)
    assert least_utilisation(reduced) is False


def test_no_stream_joins_head_and_tail():
    skipped = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c"), stream("a", "c"))
    assert least_utilisation(problem(skipped, topology="loop")) is False


def test_too_many_ideals_are_left_to_others(monkeypatch):
    monkeypatch.setattr(dynamic, "MOST_IDEALS", 1)
    reduced = problem(line(*[fold()] * 7))
    assert (least_utilisation(reduced), least_bytes(reduced)) == (None, None)


def test_tables_that_would_take_too_much_memory_are_left_to_others(monkeypatch):
    monkeypatch.setattr(dynamic, "MOST_PAIRS", 3)
    assert least_utilisation(problem(line(*[fold()] * 7))) is None


def test_what_ideals_cannot_tell_the_program_tells(monkeypatch):
    reduced = problem(general(3), lut=3000)
    told = search(reduced, TERMS)
    monkeypatch.setattr(dynamic, "MOST_IDEALS", 0)
    left = search(reduced, TERMS)
    assert (told.by_ideals, left.by_ideals, left.objectives) == (True, False, told.objectives)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("cards", "topology"), ROUTES[1:])
@pytest.mark.parametrize("streams", [None, 1, 3])
def test_general_graphs_have_the_optima_of_the_program(seed, cards, topology, streams):
    free = problem(general(seed), cards, topology, lut=3000, bram18=300)
    reduced = msgspec.structs.replace(free, streams_per_cut=streams)
    balanced, small = least_utilisation(reduced), least_bytes(reduced)
    found = (balanced.layout.utilisation() if balanced else None, BYTES.worth(small.layout) if small else None)
    assert found == (solved(reduced, utilisation(Fraction(0))), solved(reduced, BYTES))


def test_no_more_streams_cross_a_cut_than_asked_for():
    pairs = ("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")
    skipped = problem(network(dict.fromkeys("abcd", fold(lut=300)), *(stream(*pair) for pair in pairs)))
    limited = msgspec.structs.replace(skipped, streams_per_cut=1)
    found = [least_utilisation(each).layout.utilisation() for each in (skipped, limited)]
    assert found == [Fraction(600, 2000), Fraction(900, 2000)]


def test_a_stream_that_passes_a_card_by_counts_at_each_of_its_boundaries():
    skipped = network(dict.fromkeys("abc", fold()), stream("a", "b"), stream("b", "c"), stream("a", "c"))
    bypassed = problem(skipped, cards=3)
    fits = [bool(least_utilisation(msgspec.structs.replace(bypassed, streams_per_cut=n))) for n in (1, 2)]
    assert fits == [False, True]


def test_two_thousand_layers_in_a_row_are_balanced_on_sixteen_cards():
    short = problem(line(*[fold()] * 10), cards=16, lut=15_000)
    tasks = short.tasks[:1] + short.tasks[1:2] * 1998 + short.tasks[-1:]
    edges = tuple(msgspec.structs.replace(short.edges[0], source=n, sink=n + 1) for n in range(1999))
    long = msgspec.structs.replace(short, tasks=tasks, edges=edges, inputs=(0,), outputs=(1999,))
    assert least_utilisation(long).layout.utilisation() == Fraction(125 * 100, 2 * 15_000)


def test_free_variants_are_left_to_others():
    reduced = reduce(request_for(line([fold(), fold(lut=50)]), [toy()]))
    assert not applies(reduced)


@pytest.mark.parametrize(
    ("cards", "can"), [((1, 2, 3), True), ((1, 2, 1), True), ((1, 2, 1, 2), False), ((1, 2, 3, 2), False)]
)
def test_a_card_in_the_middle_may_be_visited_once(cards, can):
    reduced = problem(line(*[fold()] * 4), cards=3)
    segments = tuple(Segment(card=card, slrs=(0,)) for card in cards)
    route = msgspec.structs.replace(reduced.route, segments=segments)
    assert applies(msgspec.structs.replace(reduced, route=route)) is can


def test_a_stream_that_passes_a_card_by_is_counted_once():
    shapes = {"big": (40, 40, 8), "small": (1, 1, 8)}
    skipped = network(
        dict.fromkeys("abc", fold(lut=900)),
        stream("a", "b", shape=shapes["small"]),
        stream("b", "c", shape=shapes["small"]),
        stream("a", "c", shape=shapes["big"]),
    )
    reduced = problem(skipped, cards=3, slrs=1)
    best = least_bytes(reduced)
    assert BYTES.worth(best.layout) == sum(v for t in reduced.tasks for v in t.variants[0].wire_bytes)


def test_no_window_is_wider_than_those_of_room():
    reduced = problem(series_parallel(3, nodes=7), 3, lut=1500).coarse()
    found = least_utilisation(reduced)
    pairs = zip(found.spans, windows(reduced), strict=True)
    assert all(wide.first <= span.first <= span.last <= wide.last for span, wide in pairs)
