# SPDX-License-Identifier: Apache-2.0
"""The kit for partitioners."""

from levada.core.errors import InfeasibleError
from levada.core.interfaces import Candidate, Choice, Partitioner, Placement, Request
from levada.core.resources import NAMES, Fractions, Resources, total
from levada.core.testing.conformance.running import refusal
from levada.core.testing.requests import request

NOTHING = Fractions(lut=0.0, ff=0.0, bram18=0.0, uram=0.0, dsp=0.0)


class PartitionerConformance:
    """Tests of a partitioner: name its class as ``partitioner``; override :meth:`requests` to try it on more."""

    partitioner: type[Partitioner]

    def requests(self) -> list[Request]:
        """Return problems that have solutions."""
        return [request(1), request(2), request(2, "loop"), request(3, "loop")]

    def test_every_layer_has_one_choice(self) -> None:
        for asked, placed in self._placed():
            names = [choice.layer for choice in placed.choices]
            assert sorted(names) == sorted(options.layer for options in asked.options), f"the choices are for {names}"

    def test_every_choice_is_one_of_those_offered(self) -> None:
        for asked, placed in self._placed():
            for choice in placed.choices:
                count = len(_options(asked, choice))
                assert 0 <= choice.candidate < count, f"{choice} names one of {count} candidates"
                assert 0 <= choice.segment < len(asked.route.segments), f"{choice} names a segment that is not there"
                slrs = asked.route.segments[choice.segment].slrs
                assert choice.slr in slrs, f"{choice} names an SLR that its segment does not visit ({slrs})"

    def test_every_segment_holds_a_layer(self) -> None:
        for asked, placed in self._placed():
            used = {choice.segment for choice in placed.choices}
            assert used == set(range(len(asked.route.segments))), f"only segments {sorted(used)} hold layers"

    def test_streams_run_forward_along_the_route(self) -> None:
        for asked, placed in self._placed():
            place = {choice.layer: choice.segment for choice in placed.choices}
            for stream in asked.dataflow.streams:
                if stream.source and stream.sink:
                    ends = (place[stream.source], place[stream.sink])
                    assert ends[0] <= ends[1], f"stream {stream.name!r} runs backward, {ends}"
                    assert stream.cuttable or ends[0] == ends[1], f"stream {stream.name!r} may not be cut, {ends}"

    def test_no_stream_joins_two_parts_of_one_card(self) -> None:
        for asked, placed in self._placed():
            place = {choice.layer: choice.segment for choice in placed.choices}
            card = [segment.card for segment in asked.route.segments]
            for stream in asked.dataflow.streams:
                if stream.source and stream.sink and place[stream.source] != place[stream.sink]:
                    ends = (card[place[stream.source]], card[place[stream.sink]])
                    assert ends[0] != ends[1], f"stream {stream.name!r} joins two parts of card {ends[0]}"

    def test_the_ends_of_the_network_lie_at_the_ends_of_the_route(self) -> None:
        for asked, placed in self._placed():
            place = {choice.layer: choice.segment for choice in placed.choices}
            for stream in asked.dataflow.streams:
                if stream.source is None and stream.sink:
                    assert place[stream.sink] == asked.route.ingress, "the first layer is not where images enter"
                if stream.sink is None and stream.source:
                    assert place[stream.source] == asked.route.egress, "the last layer is not where answers leave"

    def test_no_card_is_filled_over_its_limits(self) -> None:
        for asked, placed in self._placed():
            for budget in asked.cards:
                here = [c for c in placed.choices if asked.route.segments[c.segment].card == budget.index]
                used = total([*budget.overhead, *(_candidate(asked, choice).resources for choice in here)])
                _assert_within(used, total(budget.capacity), asked.limits, f"card {budget.index}")

    def test_it_places_alike_each_time(self) -> None:
        asked = self.requests()[-1]
        solver = self.partitioner()
        assert solver.place(asked).choices == solver.place(asked).choices, "the same request got two placements"

    def test_its_proof_says_how_good_it_is(self) -> None:
        for _, placed in self._placed():
            assert placed.proof.method, "a proof needs the name of its method"
            assert placed.proof.gap >= 0, f"a gap of {placed.proof.gap} is no gap"

    def test_a_rate_that_is_demanded_is_reached(self) -> None:
        asked = request(2, max_cycles=1280)
        cycles = max(_candidate(asked, choice).cycles for choice in self.partitioner().place(asked).choices)
        assert cycles <= 1280, f"the slowest layer takes {cycles} cycles, 1280 were demanded at most"

    def test_what_does_not_fit_is_refused(self) -> None:
        with refusal(InfeasibleError, "a design on cards of which nothing may be used"):
            self.partitioner().place(request(2, limits=NOTHING))

    def test_a_rate_that_cannot_be_reached_is_refused(self) -> None:
        with refusal(InfeasibleError, "a rate of one cycle per image"):
            self.partitioner().place(request(2, max_cycles=1))

    def _placed(self) -> list[tuple[Request, Placement]]:
        return [(asked, self.partitioner().place(asked)) for asked in self.requests()]


def _options(asked: Request, choice: Choice) -> tuple[Candidate, ...]:
    return next(options.candidates for options in asked.options if options.layer == choice.layer)


def _candidate(asked: Request, choice: Choice) -> Candidate:
    return _options(asked, choice)[choice.candidate]


def _assert_within(used: Resources, capacity: Resources, limits: Fractions, place: str) -> None:
    for name in NAMES:
        taken, there = used.get(name), capacity.get(name)
        fits = taken is None or there is None or taken <= limits.get(name) * there + 1e-6
        assert fits, f"{place} uses {taken} {name} of {there}, and {limits.get(name):.0%} may be used"
