# SPDX-License-Identifier: Apache-2.0
"""One stream from card 1 to card 2: offered, carried over a wire that may do harm, taken."""

import pytest

DATA_KIND = 1


class Line:
    """A deployment of one hop with its two ports configured, and the stream's inferences as they come out."""

    def __init__(self, deployment, wire_of, body):
        self.hop = deployment.hops[0]
        self.cut = self.hop.packetisation
        self.body = body
        self.wire = wire_of(deployment)
        self.source, self.sink = self.wire.source(self.hop), self.wire.sink(self.hop)
        self.taken = []

    def payload(self, frame):
        return self.body(self.cut.stream_bytes, frame)

    def offer(self, *frames):
        for frame in frames:
            self.source.offer(self.hop.stream, frame, self.payload(frame))
        return self

    def take(self):
        """Take what is whole; return whether anything was."""
        delivered = self.sink.take(self.hop.stream)
        if delivered is not None:
            self.taken.append(delivered)
        return delivered is not None

    def run(self):
        """Carry and take until nothing moves."""
        moved = True
        while moved:
            moved = self.wire.step()
            moved |= self.take()
        return self

    def idle(self):
        """Say that nothing moves, and carry what comes of it."""
        self.source.idle()
        return self.run()

    def harm(self, *places):
        """Do something to the data packets at these places of the wire (counted from 0): ``{place: function}`` pairs."""
        harms, count = dict(places), [0]

        def tamper(wire):
            if len(wire) < 45 or wire[42:44] != b"Lv" or wire[45] != DATA_KIND:
                return [wire]
            count[0] += 1
            return harms.get(count[0] - 1, lambda same: [same])(wire)

        self.wire.tamper = tamper
        return self

    @property
    def frames(self):
        return [delivered.frame for delivered in self.taken]

    def named(self):
        """Return frame → reason of what the sink lost."""
        return {fault.frame: fault.reason for fault in self.sink.faults() if fault.lost}


@pytest.fixture(scope="session")
def line(one_hop, wire_of, body):
    """Return a function that makes a line for inferences of this size."""
    return lambda size, flow="framed", allowed=None: Line(one_hop(size, flow, allowed), wire_of, body)
