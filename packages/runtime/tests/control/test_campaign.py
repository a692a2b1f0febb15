# SPDX-License-Identifier: Apache-2.0
"""Streaming images: in flight, answered, lost, stalled. The fleet is a script, the accounting is real."""

import numpy as np
import pytest
from msgspec.structs import replace

from levada.core.interfaces import Answered, Counters, FrameDigest, PortFault, Seen
from levada.core.progress import Progress
from levada.runtime.control.campaign import Campaign, Pace
from levada.runtime.control.fleet import PlaceFault
from levada.runtime.control.peer import Answer
from levada.runtime.control.pictures import Pictures
from levada.runtime.protocol.messages import CardFault, Cause, Failed, Level, News, Report, Submit


class ScriptedFleet:
    """Answers every image at once, but for what ``spoil`` says of its frame."""

    def __init__(self, deployment):
        self.deployment, self.spoil = deployment, {}
        self.sizes, self.hosts, self.levels = [], set(), []
        self.fresh, self.replies = [], []
        self.frames = dict.fromkeys((hop.stream for hop in deployment.hops), 0)

    @property
    def reports(self):
        traffic = tuple(
            Seen(
                counters=Counters(stream=stream, frames=count, packets=count, stream_bytes=0, wire_bytes=0),
                sha256="0" * 64,
            )
            for stream, count in self.frames.items()
        )
        return (Report(id="", level=Level.INPUT, traffic=traffic),)

    def post(self, host, request):
        assert isinstance(request, Submit)
        self.hosts.add(host)
        self.sizes.append(len(request.pictures))
        for picture in request.pictures:
            self.spoil.get(picture.frame, self.answer)(picture.frame)

    def answer(self, frame):
        self.frames = {stream: count + 1 for stream, count in self.frames.items()}
        self.tell(answers=(Answered(frame=frame, payload=bytes([frame % 16, 0])),))

    def lose(self, frame, stream="A->B", *, lost=True):
        fault = PortFault(stream=stream, frame=frame, reason="checksum", lost=lost)
        self.tell(faults=(CardFault(card=2, fault=fault),))

    def tell(self, **news):
        self.fresh.append(News(number=len(self.fresh) + 1, **news))

    def turn(self, timeout_s):
        replies, self.replies = self.replies, []
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies

    def news(self):
        fresh, self.fresh = self.fresh, []
        return fresh

    def reach(self, level, timeout_s):
        self.levels.append((level, timeout_s))


@pytest.fixture
def deployment(rig):
    return rig.deployment(3, "chain")


@pytest.fixture
def fleet(deployment):
    return ScriptedFleet(deployment)


def run(fleet, count=6, window=4, stall_s=0.2, heard=None):
    pictures = Pictures(np.zeros((count, 2, 4), np.uint8), None, "here")
    observe = heard.append if heard is not None else lambda _: None
    return Campaign(fleet, fleet.deployment, Pace(window=window, stall_s=stall_s), observe).run(pictures, Progress())


def test_every_image_is_answered(fleet):
    outcome = run(fleet)
    assert sorted(outcome.ledger.answers) == list(range(6))
    assert outcome.ledger.failures == ()


def test_images_go_to_the_host_of_the_ingress_card(fleet):
    run(fleet)
    assert fleet.hosts == {"fpga1"}


def test_no_more_are_sent_at_once_than_the_window(fleet):
    run(fleet, count=10, window=3)
    assert max(fleet.sizes) == 3


def test_large_images_are_sent_in_several_messages(fleet, monkeypatch):
    from levada.runtime.control import campaign

    monkeypatch.setattr(campaign, "SUBMIT_BYTES", 20)
    run(fleet, count=6, window=6)
    assert max(fleet.sizes) == 2


def test_the_cards_are_drained_afterwards(fleet):
    run(fleet)
    assert [level for level, _ in fleet.levels] == [Level.DRAINED]


def test_a_lost_frame_fails_its_image_alone_and_names_the_place(fleet):
    fleet.spoil[2] = fleet.lose
    outcome = run(fleet)
    (failure,) = outcome.ledger.failures
    assert (failure.image, failure.place, failure.reason) == (2, "card 2, stream A->B frame 2", "checksum")
    assert len(outcome.ledger.answers) == 5


def test_a_fault_that_loses_nothing_is_an_event(fleet):
    def twice(frame):
        fleet.lose(frame, lost=False)
        fleet.answer(frame)

    fleet.spoil[2] = twice
    outcome = run(fleet)
    assert outcome.ledger.failures == ()
    assert [event.text for event in outcome.events] == ["checksum"]


def test_of_two_losses_the_one_nearest_the_input_counts(fleet):
    def twice(frame):
        fleet.lose(frame, "B->C")
        fleet.lose(frame, "A->B")

    fleet.spoil[2] = twice
    assert run(fleet).ledger.failures[0].place == "card 2, stream A->B frame 2"


def test_events_are_told_as_they_happen(fleet):
    fleet.spoil[2] = fleet.lose
    heard = []
    outcome = run(fleet, heard=heard)
    assert tuple(heard) == outcome.events


def test_a_host_that_is_lost_loses_all_that_is_unanswered(fleet):
    def die(frame):
        fleet.replies.append(PlaceFault("host fpga2", "its agent was killed"))

    fleet.spoil[2] = die
    outcome = run(fleet, count=6, window=1)
    assert [failure.image for failure in outcome.ledger.failures] == [2, 3, 4, 5]
    assert {failure.place for failure in outcome.ledger.failures} == {"host fpga2"}


def test_a_refused_submission_loses_the_rest_and_says_why(fleet):
    def refuse(frame):
        failed = Failed(id="", cause=Cause.CLOSING, reason="the agent is shutting down")
        fleet.replies.append(Answer("fpga1", Submit(id="", pictures=()), failed))

    fleet.spoil[0] = refuse
    assert run(fleet).ledger.failures[0].reason == "the agent is shutting down"


def test_a_stall_names_the_first_hop_that_is_behind(fleet):
    def stop(frame):
        fleet.frames["A->B"] = frame + 1

    fleet.spoil[3] = stop
    outcome = run(fleet, window=1)
    (first, *_) = outcome.ledger.failures
    assert (first.image, first.reason) == (3, "nothing moved for 0.2 s")
    assert first.place == "stream A->D frame 3 (from card 1 to card 3)"


def test_a_stall_behind_the_last_hop_is_the_egress_cards(fleet):
    def swallow(frame):
        fleet.frames = {stream: count + 1 for stream, count in fleet.frames.items()}

    fleet.spoil[3] = swallow
    assert run(fleet, window=1).ledger.failures[0].place == "card 3, frame 3"


def test_an_answer_of_a_wrong_size_is_a_loss(fleet):
    fleet.spoil[1] = lambda frame: fleet.tell(answers=(Answered(frame=frame, payload=b"\x01\x02\x03"),))
    (failure,) = run(fleet).ledger.failures
    assert (failure.place, failure.reason) == ("card 3", "the answer has 3 bytes, expected 2")


def test_a_second_answer_is_an_event(fleet):
    def twice(frame):
        fleet.answer(frame)
        fleet.answer(frame)

    fleet.spoil[1] = twice
    outcome = run(fleet)
    assert [event.text for event in outcome.events] == ["answer 1 was not expected any more"]


def test_digests_are_kept_by_stream_and_frame(fleet):
    def digest(frame):
        fleet.tell(digests=(FrameDigest(stream="A->B", frame=frame, sha256=b"\x07" * 32),))
        fleet.answer(frame)

    fleet.spoil[1] = digest
    assert run(fleet).digests == {("A->B", 1): b"\x07" * 32}


def test_traffic_is_that_of_the_last_reports(fleet):
    assert run(fleet).traffic["A->B"].counters.frames == 6


def test_cards_that_do_not_drain_after_losses_are_an_event(fleet):
    def stuck(level, timeout_s):
        raise PlaceFault("card 3", "1 frames are still in flight")

    fleet.spoil[2], fleet.reach = fleet.lose, stuck
    outcome = run(fleet)
    assert outcome.events[-1].text == "not drained: 1 frames are still in flight"
    assert len(outcome.ledger.failures) == 1


def test_after_losses_draining_is_not_waited_for_long(fleet):
    fleet.spoil[2] = fleet.lose
    run(fleet)
    ((_, timeout_s),) = fleet.levels
    assert timeout_s <= 2


def test_an_ingress_rate_is_kept(deployment):
    import time

    flow = replace(deployment.flow, ingress_images_per_s=50.0)
    fleet = ScriptedFleet(replace(deployment, flow=flow))
    started_s = time.monotonic()
    run(fleet, count=6, window=6, stall_s=10)
    assert time.monotonic() - started_s >= 5 / 50
