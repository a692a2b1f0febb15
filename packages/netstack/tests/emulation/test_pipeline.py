# SPDX-License-Identifier: Apache-2.0
"""Whole plans running: cards that take, compute and offer over a wire, with branches, loops and little room anywhere."""

from collections import defaultdict, deque
from random import Random

import pytest

FRAMES = 6
INBOX = 2
PENDING = 3


class Part:
    """One segment: fires for a frame once all its inputs have it; frames that one input lost are let go of."""

    def __init__(self, part, deployment, wire, salted):
        self.part, self.wire, self.salted = part, wire, salted
        self.entering = [hop for hop in deployment.hops if hop.stream in part.inputs]
        self.leaving = [hop for hop in deployment.hops if hop.stream in part.outputs]
        streams = {stream.name: stream for stream in deployment.streams}
        self.fed = any(streams[name].source is None for name in part.inputs)
        self.answers = any(streams[name].sink is None for name in part.outputs)
        self.inbox = {hop.stream: deque() for hop in self.entering}
        self.next_image, self.answered, self.wrong = 0, [], []

    def turn(self):
        """Take, fire, offer; return whether anything happened."""
        return self.take() | self.fire()

    def take(self):
        moved = False
        for hop in self.entering:
            while len(self.inbox[hop.stream]) < INBOX and (got := self.wire.sink(hop).take(hop.stream)):
                if got.payload != self.salted(hop, got.frame):
                    self.wrong.append((hop.stream, got.frame))
                self.inbox[hop.stream].append(got.frame)
                moved = True
        return moved

    def ready(self):
        """Return the frame that can be computed now, None where there is none."""
        heads = [queue[0] for queue in self.inbox.values() if queue] + (
            [self.next_image] if self.fed and self.next_image < FRAMES else []
        )
        if len(heads) < len(self.inbox) + self.fed:
            return None
        newest = max(heads)
        for queue in self.inbox.values():
            while queue and queue[0] < newest:
                queue.popleft()
        self.next_image = max(self.next_image, newest) if self.fed else 0
        return newest if all(queue and queue[0] == newest for queue in self.inbox.values()) else None

    def fire(self):
        if any(self.wire.source(hop).pending() >= PENDING * hop.packetisation.packets for hop in self.leaving):
            return False
        frame = self.ready()
        if frame is None:
            return False
        for queue in self.inbox.values():
            queue.popleft()
        self.next_image += self.fed
        for hop in self.leaving:
            self.wire.source(hop).offer(hop.stream, frame, self.salted(hop, frame))
        if self.answers:
            self.answered.append(frame)
        return True


class Cards:
    """Every part of a deployment, run in an order that changes from turn to turn."""

    def __init__(self, deployment, wire, body, seed):
        salted = lambda hop, frame: body(hop.packetisation.stream_bytes, 31 * hop.stream_id + frame)  # noqa: E731
        self.wire, self.chance = wire, Random(seed)
        self.parts = [Part(part, deployment, wire, salted) for card in deployment.cards for part in card.parts]

    def run(self):
        """Go on until nothing moves even after everybody was asked."""
        for _ in range(3):
            while self.turn():
                pass
            for port in self.wire.ports.values():
                port.idle()
        return self

    def turn(self):
        steps = [part.turn for part in self.parts] + [self.wire.step]
        self.chance.shuffle(steps)
        return sum(step() for step in steps) > 0

    @property
    def answered(self):
        return [frame for part in self.parts for frame in part.answered]

    @property
    def wrong(self):
        return [fault for part in self.parts for fault in part.wrong]


@pytest.fixture(scope="module")
def cards(draw, deploy, drawing, wire_of, body):
    """Return running cards for a drawn plan, with few packets per inference so that a run is short."""

    def made(seed, flow="framed"):
        segments, placed, edges, cycles, external = drawing(seed)
        small = [(a, b, min(size, 5000)) for a, b, size in edges]
        deployment = deploy(draw(segments, placed, small, cycles, external), flow)
        return Cards(deployment, wire_of(deployment), body, seed)

    return made


@pytest.mark.parametrize("seed", range(60))
def test_every_plan_runs_to_its_end_with_nothing_wrong(cards, seed):
    running = cards(seed).run()
    assert (running.answered, running.wrong, running.wire.faults()) == (list(range(FRAMES)), [], [])


@pytest.mark.parametrize("seed", range(20))
def test_every_plan_runs_to_its_end_in_plain_mode_too(cards, seed):
    running = cards(seed, "plain").run()
    assert (running.answered, running.wrong, running.wire.faults()) == (list(range(FRAMES)), [], [])


class Losing:
    """A wire that loses every so-many-th data packet and remembers whose frames it hurt."""

    def __init__(self, running, every):
        self.running, self.every, self.count, self.hurt = running, every, 0, defaultdict(set)

    def __call__(self, wire):
        found = [c for port in self.running.wire.ports.values() if (c := port.carried(wire))]
        if not found:
            return [wire]
        self.count += 1
        if self.count % self.every:
            return [wire]
        self.hurt[found[0].stream].add(found[0].frame)
        return []


@pytest.mark.parametrize("seed", range(40))
def test_each_frame_is_answered_or_was_named_where_it_was_hurt(cards, seed):
    running = cards(seed)
    running.wire.tamper = losing = Losing(running, 3 + seed % 11)
    running.run()
    hurt = set().union(*losing.hurt.values())
    assert set(running.answered) == set(range(FRAMES)) - hurt
    assert not running.wrong


def lost(faults):
    return {(fault.stream, fault.frame) for fault in faults if fault.lost}


@pytest.mark.parametrize("seed", range(40))
def test_what_is_surely_lost_on_a_hop_was_lost_there_and_what_was_lost_there_is_named(cards, seed):
    running = cards(seed)
    running.wire.tamper = losing = Losing(running, 3 + seed % 11)
    faults = running.run().wire.faults()
    hurt = {(stream, frame) for stream, frames in losing.hurt.items() for frame in frames}
    surely = lost(fault for fault in faults if "before this hop" not in fault.reason)
    assert surely <= hurt <= lost(faults)
