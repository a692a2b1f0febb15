# SPDX-License-Identifier: Apache-2.0
"""Layers that the user anchors lie there in every way of solving, and the best that is found is the best of those placements."""

from fractions import Fraction

import msgspec
import pytest
from partition_reference import Reference, exhaustive
from partition_toys import fold, line, request_for, series_parallel, toy

from levada.core.errors import InfeasibleError
from levada.core.manifests import LayerAnchor
from levada.partition import decomposed, joint
from levada.partition.cbc import Stop, minimise
from levada.partition.crossings import card_by_card
from levada.partition.dynamic import applies, least_bytes, least_utilisation
from levada.partition.formulation import Formulation
from levada.partition.ilp import Ilp, IlpAlone
from levada.partition.layout import read
from levada.partition.program import Linear, combine
from levada.partition.reduction import reduce
from levada.partition.solving import BYTES, NO_AID, Ceilings, Terms, solve, utilisation
from levada.partition.windows import Window, narrowed, structural, windows

TERMS = Terms(step=Fraction(0), seconds=30.0)


def anchor(layer, card, slr=None):
    return LayerAnchor(layer=layer, card=card, slr=slr)


def asked(dataflow, *anchors, cards=2, topology="chain", **counts):
    return request_for(dataflow, [toy(**counts)] * cards, topology, anchors=anchors)


def chosen(request, partitioner=Ilp):
    """Return where each layer lies: card and SLR."""
    placement = partitioner().place(request)
    assert Reference(request).worth(placement) == exhaustive(request)
    return {c.layer: (request.route.segments[c.segment].card, c.slr) for c in placement.choices}


# ---------------------------------------------------------------------------------------- where they lie


@pytest.mark.parametrize("partitioner", [Ilp, IlpAlone])
@pytest.mark.parametrize("topology", ["chain", "loop"])
@pytest.mark.parametrize(("card", "slr"), [(1, None), (2, None), (1, 0), (1, 1), (2, 0), (2, 1)])
def test_a_layer_lies_where_it_is_anchored(partitioner, topology, card, slr):
    request = asked(line(*[fold()] * 5), anchor("c", card, slr), topology=topology)
    found = chosen(request, partitioner)["c"]
    assert found == (card, found[1] if slr is None else slr)


def test_several_layers_lie_where_they_are_anchored():
    found = chosen(asked(line(*[fold()] * 5), anchor("b", 1, 1), anchor("d", 2, 0)))
    assert (found["b"], found["d"]) == ((1, 1), (2, 0))


@pytest.mark.parametrize(("other", "segment"), [("d", 0), ("b", 2)])
def test_on_card_1_of_a_loop_the_others_decide_between_head_and_tail(other, segment):
    request = asked(line(*[fold()] * 5), anchor("c", 1), anchor(other, 2), topology="loop")
    assert next(each.segment for each in Ilp().place(request).choices if each.layer == "c") == segment


def test_a_middle_card_may_be_entered_and_left_in_the_anchored_slr():
    """The walk of a middle card of three SLRs is 2, 1, 0, 1, 2."""
    names = [("c", 2), ("e", 0), ("g", 2)]
    request = asked(line(*[fold()] * 8), *(anchor(name, 2, slr) for name, slr in names), cards=3, slrs=3)
    found = {each.layer: (each.segment, each.slr) for each in Ilp().place(request).choices}
    assert [found[name] for name, _ in names] == [(1, 2), (1, 0), (1, 2)]


def test_anchors_that_hold_anyway_change_nothing():
    free = asked(line(*[fold()] * 5))
    held = msgspec.structs.replace(free, anchors=tuple(anchor(name, *at) for name, at in chosen(free).items()))
    assert Ilp().place(held).proof.objectives == Ilp().place(free).proof.objectives


# ----------------------------------------------------------------------------------------- windows, places


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("card", "slr"), [(1, None), (1, 1), (2, None), (2, 0)])
@pytest.mark.parametrize("topology", ["chain", "loop"])
def test_every_possible_placement_lies_in_its_windows(seed, card, slr, topology):
    request = asked(series_parallel(seed, nodes=4), anchor("c", card, slr), topology=topology, lut=900)
    found = windows(reduce(request))
    for places in Reference(request).possible():
        assert all(span.first <= place <= span.last for place, span in zip(places, found, strict=True))


def spans(request):
    return [(span.first, span.last) for span in structural(reduce(request))]


def test_windows_end_at_places_that_are_allowed():
    assert spans(asked(line(*[fold()] * 3), anchor("b", 2, 1)))[1] == (2, 2)


def test_what_follows_an_anchored_layer_comes_no_earlier_and_what_precedes_it_no_later():
    assert spans(asked(line(*[fold()] * 4), anchor("b", 1, 1), anchor("c", 2, 0))) == [(0, 1), (1, 1), (3, 3), (3, 3)]


def test_a_window_with_a_gap_closes_where_its_other_end_is_ruled_out():
    """Behind a layer on card 2 card 1 of a loop is its tail alone."""
    assert spans(asked(line(*[fold()] * 4), anchor("b", 2), anchor("c", 1), topology="loop"))[2] == (5, 6)


def test_anchors_against_the_stream_leave_an_empty_window():
    assert any(span.empty() for span in structural(reduce(asked(line(*[fold()] * 4), anchor("b", 2), anchor("c", 1)))))


def test_windows_of_segments_are_narrowed_to_what_is_allowed():
    """SLR 0 of card 1 is the end of the tail, and of what lies in the tail only what follows is held there too."""
    reduced = reduce(asked(line(*[fold()] * 5), anchor("d", 1, 0), topology="loop"))
    found = narrowed(reduced, [Window(0, 0), Window(1, 1), Window(2, 2), Window(2, 2), Window(2, 2)])
    assert [(span.first, span.last) for span in found] == [(0, 1), (2, 4), (5, 6), (6, 6), (6, 6)]


def test_with_segments_for_places_an_slr_is_anchored_where_it_is_visited():
    request = asked(line(*[fold()] * 3), anchor("b", 1, 1))
    short = [msgspec.structs.replace(each, slrs=each.slrs[:1]) for each in request.route.segments]
    shortened = msgspec.structs.replace(request, route=msgspec.structs.replace(request.route, segments=tuple(short)))
    found = [reduce(each).coarse() for each in (request, shortened)]
    assert [[each.allows(1, place) for place in (0, 1)] for each in found] == [[True, False], [False, False]]


@pytest.mark.parametrize("place", range(7))
def test_the_program_places_nothing_in_a_gap(place):
    """Between head and tail of a loop, whatever the windows say."""
    reduced = reduce(asked(line(*[fold()] * 3), anchor("b", 1), topology="loop"))
    pinned = [Window(0, 6), Window(place, place), Window(0, 6)]
    answer = minimise(Formulation(reduced, pinned).program, Linear(), 10.0)
    assert reduced.allows(1, place) or answer is Stop.INFEASIBLE


def test_no_variant_is_weighed_where_a_layer_may_not_lie():
    reduced = reduce(asked(line(*[[fold(), fold(lut=10)]] * 3), anchor("b", 1), topology="loop"))
    formulation = Formulation(reduced, [Window(0, 6)] * 3)
    open_places = [place for place in range(7) if any(each.terms for each in formulation.built(1, place))]
    assert open_places == [0, 1, 5, 6]


@pytest.mark.parametrize(("segment", "wanted"), [(0, 0), (0, 1), (1, 1)])
def test_in_a_window_with_a_gap_a_layer_lies_at_an_end(segment, wanted):
    reduced = reduce(asked(line(*[[fold(), fold(lut=10)]] * 5), anchor("c", 1), topology="loop"))
    formulation = Formulation(reduced, structural(reduced))
    goal = combine([(-1 if wanted else 1, formulation.in_segment(2, segment))])
    answer = minimise(formulation.program, goal, 10.0)
    assert read(formulation, answer.values).place(2).card == 1


# ------------------------------------------------------------------------- the dynamic programme, and others


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    ("cards", "topology", "card"), [(2, "chain", 1), (3, "chain", 2), (2, "loop", 1), (3, "loop", 1), (3, "loop", 3)]
)
def test_the_dynamic_programme_finds_what_the_program_finds(seed, cards, topology, card):
    dataflow = series_parallel(seed, nodes=7)
    reduced = reduce(asked(dataflow, anchor("d", card), cards=cards, topology=topology, lut=1500)).frugal()
    assert applies(reduced)
    balanced, small = least_utilisation(reduced), least_bytes(reduced)
    goals = [(utilisation(Fraction(0)), balanced), (BYTES, small)]
    for goal, best in goals:
        program = solve(reduced.coarse(), goal, TERMS, Ceilings(), NO_AID)
        assert (goal.worth(best.layout) if best else None) == (None if isinstance(program, Stop) else program.worth)


@pytest.mark.parametrize("seed", range(10))
def test_crossings_are_counted_card_by_card_with_anchors(seed):
    request = asked(series_parallel(seed, nodes=7), anchor("c", 1, 1), anchor("e", 2, 0), lut=2000, bram18=300)
    reduced = reduce(request).frugal()
    best = least_utilisation(reduced)
    if not best:
        return
    held = narrowed(reduced, [Window(spot.place, spot.place) for spot in best.layout.spots])
    found = card_by_card(reduced, held, TERMS)
    assert isinstance(found, Stop) or [found.layout.place(task).slr for task in (2, 4)] == [1, 0]


@pytest.mark.parametrize("topology", ["chain", "loop"])
@pytest.mark.parametrize(("card", "slr"), [(1, None), (1, 0), (2, None), (2, 1)])
def test_what_is_decomposed_keeps_its_anchors(topology, card, slr, monkeypatch):
    monkeypatch.setattr(decomposed, "MOST_CHOICES", 0)
    choice = (fold(lut=100), fold(lut=10, bram18=10))
    request = asked(line(*(choice,) * 12), anchor("f", card, slr), topology=topology, slrs=2, lut=700, bram18=70)
    placement = Ilp().place(request)
    assert "prices of resources" in placement.proof.method
    found = next(each for each in placement.choices if each.layer == "f")
    assert (request.route.segments[found.segment].card, found.slr) == (card, found.slr if slr is None else slr)


@pytest.mark.parametrize("slr", [0, 1, 2])
def test_an_anchor_survives_where_slrs_are_taken_for_cards(slr):
    choice = (fold(lut=100), fold(lut=10, bram18=10))
    request = asked(line(*(choice,) * 12), anchor("f", 1, slr), cards=1, slrs=3, lut=900, bram18=90)
    found = joint.stacked(reduce(request), TERMS)
    assert found.place(5).slr == slr


@pytest.mark.parametrize("layer", ["d", "i"])
def test_an_slr_that_is_visited_twice_serves_early_and_late_layers(layer):
    """The middle card's walk is 2, 1, 0, 1, 2: what is anchored late goes to the last visit."""
    choice = (fold(lut=100), fold(lut=10, bram18=10))
    held = (anchor("b", 1), anchor("c", 2), anchor("j", 2), anchor("k", 3), anchor(layer, 2, 2))
    request = asked(line(*(choice,) * 12), *held, cards=3, slrs=3, lut=500, bram18=50)
    found = joint.stacked(reduce(request), TERMS)
    assert found.place("abcdefghijkl".index(layer)).slr == 2


# --------------------------------------------------------------------------------------------- refusals


def refused(request):
    assert exhaustive(request) is None
    with pytest.raises(InfeasibleError) as caught:
        Ilp().place(request)
    return str(caught.value)


def test_anchors_against_the_stream_are_named():
    text = refused(asked(line(*[fold()] * 4), anchor("b", 2), anchor("c", 1)))
    assert text.startswith(
        "layers 'b', 'c' together cannot lie where asked (--anchor b=2 --anchor c=1), whatever the room: streams run forward "
        "along the chain"
    )


def test_an_anchor_that_is_not_to_blame_is_not_named():
    assert "'a'" not in refused(asked(line(*[fold()] * 5), anchor("a", 1), anchor("b", 2), anchor("c", 1)))


def test_an_anchor_against_the_ends_of_the_route_is_named():
    text = refused(asked(line(*[fold()] * 4), anchor("a", 2)))
    assert text.startswith("layer 'a' cannot lie where asked (--anchor a=2), whatever the room")
    assert text.endswith("anchor it elsewhere")


def test_slrs_against_the_walk_are_named():
    text = refused(asked(line(*[fold()] * 4), anchor("b", 1, 1), anchor("c", 1, 0)))
    assert "layers 'b', 'c' together" in text


def test_anchors_that_leave_a_card_without_a_layer_are_named():
    text = refused(asked(line(*[fold()] * 3), anchor("b", 1), anchor("c", 3), cards=3))
    assert "every card holds a layer" in text


def test_anchors_that_too_few_streams_forbid_are_named():
    dataflow = series_parallel(3, nodes=6)
    requests = [
        asked(dataflow, anchor(layer, 1), lut=9000, bram18=900)
        for layer in [each.name for each in dataflow.layers[1:-1]]
    ]
    narrow = [msgspec.structs.replace(each, streams_per_cut=1) for each in requests]
    told = [refused(each) for each in narrow if exhaustive(each) is None]
    assert told
    assert all("at most 1 streams cross a cut; anchor it elsewhere" in each for each in told)


def test_where_room_is_short_the_room_is_named():
    text = refused(asked(line(fold(), fold(lut=900), fold(lut=900), fold()), anchor("b", 1, 0), anchor("c", 1, 0)))
    assert "SLR 0 of card 1 'card-1' would need" in text


@pytest.mark.parametrize("topology", ["chain", "loop"])
def test_contradictions_are_named_where_the_choices_are_decomposed_too(topology, monkeypatch):
    monkeypatch.setattr(decomposed, "MOST_CHOICES", 0)
    choice = (fold(lut=100), fold(lut=10, bram18=10))
    request = asked(line(*(choice,) * 6), anchor("b", 1, 1), anchor("c", 1, 0), anchor("d", 2), topology=topology)
    with pytest.raises(InfeasibleError, match="layers 'b', 'c'.* cannot lie where asked"):
        Ilp().place(request)
