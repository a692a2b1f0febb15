# SPDX-License-Identifier: Apache-2.0
"""News, numbered, until it is acknowledged."""

from levada.core.interfaces import Answered, FrameDigest, PortFault
from levada.runtime.agent.outbox import DIGESTS_AT_ONCE, Outbox

ANSWER = Answered(frame=0, payload=b"\x01")
FAULT = PortFault(stream="A->B", frame=0, reason="lost")
DIGEST = FrameDigest(stream="A->B", frame=0, sha256=b"\x00" * 32)


class Bell:
    def __init__(self):
        self.rung = 0

    def __call__(self):
        self.rung += 1


def test_nothing_to_tell_is_no_news():
    outbox = Outbox(Bell())
    outbox.tell(1, [], [], [])
    assert outbox.pending() == ()


def test_news_is_numbered_from_one():
    outbox = Outbox(Bell())
    outbox.tell(1, [ANSWER], [], [])
    outbox.tell(1, [ANSWER], [], [])
    assert [news.number for news in outbox.pending()] == [1, 2]


def test_a_fault_carries_its_card():
    outbox = Outbox(Bell())
    outbox.tell(3, [], [FAULT], [])
    assert outbox.pending()[0].faults[0].card == 3


def test_answers_and_faults_ring_at_once():
    bell = Bell()
    outbox = Outbox(bell)
    outbox.tell(1, [ANSWER], [], [])
    outbox.tell(1, [], [FAULT], [])
    assert bell.rung == 2
    assert outbox.urgent()


def test_digests_wait_for_company():
    bell = Bell()
    outbox = Outbox(bell)
    outbox.tell(1, [], [], [DIGEST])
    assert (bell.rung, outbox.urgent()) == (0, False)


def test_many_digests_ring():
    bell = Bell()
    outbox = Outbox(bell)
    outbox.tell(1, [], [], [DIGEST] * DIGESTS_AT_ONCE)
    assert (bell.rung, outbox.urgent()) == (1, True)


def test_acknowledged_news_is_dropped_and_the_rest_stays():
    outbox = Outbox(Bell())
    for _ in range(3):
        outbox.tell(1, [ANSWER], [], [])
    outbox.acknowledge(2)
    assert [news.number for news in outbox.pending()] == [3]


def test_numbers_go_on_rising_after_acknowledgement():
    outbox = Outbox(Bell())
    outbox.tell(1, [ANSWER], [], [])
    outbox.acknowledge(1)
    outbox.tell(1, [ANSWER], [], [])
    assert [news.number for news in outbox.pending()] == [2]


def test_nothing_is_urgent_once_acknowledged():
    outbox = Outbox(Bell())
    outbox.tell(1, [ANSWER], [], [DIGEST] * DIGESTS_AT_ONCE)
    outbox.acknowledge(1)
    assert not outbox.urgent()
