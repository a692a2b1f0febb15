# SPDX-License-Identifier: Apache-2.0
"""The kit for partitioners: passed by a search over all cuts, failed by each kind of bad placement."""

import itertools

import msgspec
import pytest

from levada.core.errors import InfeasibleError
from levada.core.interfaces import Choice, Partitioner, Placement
from levada.core.manifests import Proof
from levada.core.resources import NAMES, total
from levada.core.testing.conformance import PartitionerConformance, failures


class Search(Partitioner):
    """Tries every way to cut the layers, each in its fastest candidate, and takes the first that fits."""

    name = "search"

    def place(self, request):
        layers, count = request.options, len(request.route.segments)
        if request.max_cycles is not None and max(fastest(each)[1].cycles for each in layers) > request.max_cycles:
            msg = f"no candidate reaches {request.max_cycles} cycles"
            raise InfeasibleError(msg)
        for cuts in itertools.combinations(range(1, len(layers)), count - 1):
            place = {each.layer: sum(n >= cut for cut in cuts) for n, each in enumerate(layers)}
            if allowed(request, place) and fits(request, place):
                return Placement(choices=tuple(choice(request, each, place) for each in layers), proof=PROOF)
        msg = "nothing fits"
        raise InfeasibleError(msg)


PROOF = Proof(method="search", status="feasible", objectives=(), gap=1.0)


def fastest(options):
    """Return index and candidate of the fastest way to build a layer."""
    return min(enumerate(options.candidates), key=lambda pair: pair[1].cycles)


def choice(request, options, place):
    segment = place[options.layer]
    slr = request.route.segments[segment].slrs[0]
    return Choice(layer=options.layer, segment=segment, slr=slr, candidate=fastest(options)[0])


def allowed(request, place):
    """Say whether no stream joins two parts of one card, or is cut that may not be."""
    cards = [segment.card for segment in request.route.segments]
    for stream in request.dataflow.streams:
        if stream.source and stream.sink and place[stream.source] != place[stream.sink]:
            ends = [cards[place[end]] for end in (stream.source, stream.sink)]
            if ends[0] == ends[1] or not stream.cuttable:
                return False
    return True


def fits(request, place):
    for budget in request.cards:
        here = [
            fastest(each)[1].resources
            for each in request.options
            if request.route.segments[place[each.layer]].card == budget.index
        ]
        used, capacity = total([*budget.overhead, *here]), total(budget.capacity)
        if any((used.get(name) or 0) > request.limits.get(name) * (capacity.get(name) or 0) for name in NAMES):
            return False
    return True


class TestSearch(PartitionerConformance):
    partitioner = Search


def changed(change):
    """Return a search whose placement is changed."""

    class Bad(Search):
        def place(self, request):
            return change(super().place(request))

    return Bad


def first_choice(**fields):
    """Return a search whose first choice is changed."""

    def change(placement):
        first, *others = placement.choices
        return msgspec.structs.replace(placement, choices=(msgspec.structs.replace(first, **fields), *others))

    return changed(change)


def each_choice(edit):
    return changed(lambda p: msgspec.structs.replace(p, choices=tuple(map(edit, p.choices))))


def proved(**fields):
    return changed(lambda p: msgspec.structs.replace(p, proof=msgspec.structs.replace(p.proof, **fields)))


class Careless(Search):
    """Asks for no limit."""

    def place(self, request):
        from levada.core.resources import Fractions

        return super().place(msgspec.structs.replace(request, limits=Fractions(9, 9, 9, 9, 9)))


class Slow(Search):
    """Hears of no rate."""

    def place(self, request):
        found = super().place(msgspec.structs.replace(request, max_cycles=None))
        return msgspec.structs.replace(
            found, choices=tuple(msgspec.structs.replace(c, candidate=0) for c in found.choices)
        )


class Restless(Search):
    """Places differently each time."""

    turns = itertools.count()

    def place(self, request):
        found = super().place(request)
        candidate = next(self.turns) % 2
        odd = msgspec.structs.replace(found.choices[0], candidate=candidate)
        return msgspec.structs.replace(found, choices=(odd, *found.choices[1:]))


RIGHT_CHOICE = "test_every_choice_is_one_of_those_offered"
BAD = {
    "a layer left out": (
        changed(lambda p: msgspec.structs.replace(p, choices=p.choices[1:])), "test_every_layer_has_one_choice",
    ),
    "a layer twice": (
        changed(lambda p: msgspec.structs.replace(p, choices=(*p.choices, p.choices[0]))),
        "test_every_layer_has_one_choice",
    ),
    "a candidate that is not there": (first_choice(candidate=99), RIGHT_CHOICE),
    "a segment that is not there": (first_choice(segment=99), RIGHT_CHOICE),
    "an slr that is not there": (first_choice(slr=99), RIGHT_CHOICE),
    "all in one segment": (
        each_choice(lambda c: msgspec.structs.replace(c, segment=0)), "test_every_segment_holds_a_layer",
    ),
    "a stream backward": (first_choice(segment=1), "test_streams_run_forward_along_the_route"),
    "an end in the middle": (
        first_choice(segment=1), "test_the_ends_of_the_network_lie_at_the_ends_of_the_route",
    ),
    "another placement each time": (Restless, "test_it_places_alike_each_time"),
    "a proof without method": (proved(method=""), "test_its_proof_says_how_good_it_is"),
    "a negative gap": (proved(gap=-0.5), "test_its_proof_says_how_good_it_is"),
    "a rate that is not heard": (Slow, "test_a_rate_that_is_demanded_is_reached"),
    "a rate that cannot be": (Slow, "test_a_rate_that_cannot_be_reached_is_refused"),
    "limits that are not heard": (Careless, "test_what_does_not_fit_is_refused"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_partitioner_fails(tmp_path, fault):
    partitioner, test = BAD[fault]
    assert test in failures(type("Kit", (PartitionerConformance,), {"partitioner": partitioner}), tmp_path)


def test_a_stream_between_two_parts_of_one_card_fails(tmp_path):
    class Joined(Search):
        """Puts all but the ends of a loop on the middle card, and the ends on card 1 side by side."""

        def place(self, request):
            found = super().place(request)
            if request.route.topology != "loop":
                return found
            last = len(request.route.segments) - 1
            return msgspec.structs.replace(
                found,
                choices=tuple(
                    msgspec.structs.replace(c, segment=0 if n < 3 else last) for n, c in enumerate(found.choices)
                ),
            )

    kit = type("Kit", (PartitionerConformance,), {"partitioner": Joined})
    assert "test_no_stream_joins_two_parts_of_one_card" in failures(kit, tmp_path)


def test_a_card_that_is_filled_over_its_limits_fails(tmp_path):
    from levada.core import testing
    from levada.core.resources import Fractions

    class Kit(PartitionerConformance):
        partitioner = Careless

        def requests(self):
            return [testing.request(2, limits=Fractions(lut=0.03))]

    assert "test_no_card_is_filled_over_its_limits" in failures(Kit, tmp_path)


def test_a_cut_that_may_not_be_made_fails(tmp_path):
    from levada.core import testing

    class Kit(PartitionerConformance):
        partitioner = changed(lambda placement: placement)

        def requests(self):
            asked = testing.request(2)
            cut = self.partitioner().place(asked)
            place = {choice.layer: choice.segment for choice in cut.choices}
            rigid = tuple(
                msgspec.structs.replace(s, cuttable=place.get(s.source or "") == place.get(s.sink or ""))
                for s in asked.dataflow.streams
            )
            self.partitioner = changed(lambda placement: msgspec.structs.replace(placement, choices=cut.choices))
            return [msgspec.structs.replace(asked, dataflow=msgspec.structs.replace(asked.dataflow, streams=rigid))]

    assert "may not be cut" in failures(Kit, tmp_path)["test_streams_run_forward_along_the_route"]
