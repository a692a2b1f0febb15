# SPDX-License-Identifier: Apache-2.0
"""The loop between door and logic: junk, parked watches, leases that run out, and the end."""

import pytest
from toy_fakes import Clock, FakeBench, FakeDoor

from levada.core.interfaces import Answered
from levada.runtime.agent.door import Frame
from levada.runtime.agent.journal import Journal
from levada.runtime.agent.logic import Agent, Identity, Means
from levada.runtime.agent.serving import Closing, serve
from levada.runtime.agent.vault import Vault
from levada.runtime.protocol.codec import decode_reply, encode
from levada.runtime.protocol.messages import (
    Cause,
    Chunk,
    Failed,
    Hello,
    Lease,
    Level,
    Load,
    News,
    Report,
    Watch,
    Welcome,
)


class Stand:
    """An agent, what it said, and a loop that ends when the door has nothing more."""

    def __init__(self, folder, registry):
        self.clock, self.said, self.bench = Clock(), [], FakeBench(())
        means = Means(registry=registry, vault=Vault(folder / "blobs"), bench=lambda _: self.bench, clock=self.clock)
        self.agent = Agent(Identity(host="fpga1", pid=7, version="0.1.0"), means, Journal(folder, "fpga1"))

    def serve(self, *messages, rounds=1):
        """Serve these messages and that many rounds of the loop; return the replies."""
        door, closing = FakeDoor(*messages), Closing(drain_s=0)
        left = [rounds]

        def count():
            left[0] -= 1
            if left[0] <= 0:
                closing.ask()

        door.on_wait = count
        serve(self.agent, door, closing, self.said.append)
        return [decode_reply(content) for _, content in door.sent]


@pytest.fixture
def stand(tmp_path, registry):
    return Stand(tmp_path, registry)


def frame(request):
    return Frame(b"me", encode(request))


def test_a_request_is_answered_to_who_asked(stand):
    (reply,) = stand.serve(frame(Hello(id="h")))
    assert isinstance(reply, Welcome)


@pytest.mark.parametrize("content", [b"", b"junk", b"LVDA\x01\x00\xc1", None])
def test_junk_is_answered_and_not_fatal(stand, content):
    replies = stand.serve(Frame(b"me", content), frame(Hello(id="h")))
    assert (replies[0].id, replies[0].cause) == ("", Cause.BAD_REQUEST)
    assert isinstance(replies[1], Welcome)


def test_another_major_version_is_answered_with_both(stand):
    (reply,) = stand.serve(Frame(b"me", b"LVDA\x09\x00rest"))
    assert reply.cause is Cause.VERSION
    assert "protocol 9.0, this side 1.0" in reply.reason


def leased(stand):
    stand.agent.answer(Lease(id="l", epoch=1, owner="me@here", ttl_ms=10_000))
    stand.agent._tenancy.bench = stand.bench


def watch(wait_ms=100_000):
    return frame(Watch(id="w", epoch=1, after=0, level=Level.LOADED, wait_ms=wait_ms))


def test_a_watch_is_parked_until_there_is_news(stand):
    leased(stand)
    news = News(number=1, answers=(Answered(frame=0, payload=b"\x01"),))

    class LateBench(FakeBench):
        asked = 0

        def urgent(self):
            LateBench.asked += 1
            self.news = [news] if LateBench.asked >= 3 else []
            return bool(self.news)

    stand.agent._tenancy.bench = LateBench(())
    stand.agent._tenancy.bench.level = Level.LOADED
    (reply,) = stand.serve(watch(), rounds=6)
    assert reply.news == (news,)
    assert LateBench.asked == 3


def test_a_watch_is_answered_at_the_latest_when_its_time_is_up(stand):
    leased(stand)
    (reply,) = stand.serve(watch(wait_ms=0), rounds=3)
    assert isinstance(reply, Report)


def test_a_parked_watch_is_told_when_the_agent_ends(stand):
    leased(stand)
    (reply,) = stand.serve(watch())
    assert reply.closing


def test_a_parked_watch_is_told_what_the_agent_died_of(stand, monkeypatch):
    leased(stand)
    monkeypatch.setattr(Agent, "tick", lambda _: 1 // 0)
    door = FakeDoor(watch())
    with pytest.raises(ZeroDivisionError):
        serve(stand.agent, door, Closing(drain_s=0), stand.said.append)
    trouble = decode_reply(door.sent[0][1]).trouble
    assert trouble.place == "host fpga1"
    assert trouble.reason.startswith("its agent failed: ZeroDivisionError: ")


def test_the_end_lets_the_cards_go(stand):
    leased(stand)
    stand.serve()
    assert stand.bench.released == 1


def test_a_lease_that_ran_out_is_said(stand):
    leased(stand)
    stand.clock.now_s += 11
    stand.serve()
    assert stand.said == ["lease 1 of me@here ran out: cards released"]


def test_a_step_that_failed_is_said_on_the_host_too(stand):
    import hashlib

    leased(stand)
    stand.agent._tenancy.bench = None
    content = b"no manifest"
    digest = hashlib.sha256(content).hexdigest()
    load = Load(id="a", epoch=1, deployment=digest, size=len(content), emulate=False)
    replies = stand.serve(frame(load), frame(Chunk(id="b", epoch=1, sha256=digest, offset=0, content=content)))
    assert isinstance(replies[1], Failed)
    assert "is no JSON" in stand.said[0]


def test_who_started_a_tethered_agent_is_missed(stand):
    door, closing = FakeDoor(), Closing(drain_s=0)
    door.abandoned = True
    serve(stand.agent, door, closing, stand.said.append)
    assert closing.asked


def test_frames_in_flight_hold_up_the_end(stand):
    leased(stand)
    stand.bench.in_flight = 1
    closing = Closing(drain_s=60)
    closing.ask()
    assert not closing.over(stand.agent)


def test_frames_in_flight_do_not_hold_up_the_end_for_ever(stand):
    leased(stand)
    stand.bench.in_flight = 1
    closing = Closing(drain_s=0)
    closing.ask()
    assert closing.over(stand.agent)


def test_asking_twice_ends_at_once(stand):
    leased(stand)
    stand.bench.in_flight = 1
    closing = Closing(drain_s=60)
    closing.ask()
    closing.ask()
    assert closing.over(stand.agent)


def test_nobody_ends_what_was_not_asked_to_end(stand):
    assert not Closing(drain_s=0).over(stand.agent)
