# SPDX-License-Identifier: Apache-2.0
"""The kit for drivers: passed by a card that answers at once, failed by each kind of bad one."""

import time

import pytest

from levada.core.interfaces import Answered, CardReport, Driver, Endpoint, Phase, PortFault
from levada.core.testing.conformance import DriverConformance, failures


class Prompt(Driver):
    """Answers each image with its first five bytes."""

    name = "prompt"

    @classmethod
    def needs(cls, card):
        return ("emulation_graph",)

    def __init__(self, card, deployment, payloads, network):
        self.graph = payloads / "emulation_graph"
        self.phases, self.waiting, self.programmed = set(), [], False

    def program(self):
        assert self.graph.read_bytes()
        self.programmed = True

    def registers(self, port):
        raise KeyError(port)

    def start(self, phase):
        assert self.programmed
        self.phases.add(phase)

    def submit(self, frame, image):
        assert self.phases == set(Phase)
        self.waiting.append(Answered(frame=frame, payload=image[:5]))

    def answers(self, timeout_s):
        ready, self.waiting = self.waiting, []
        return ready

    def report(self):
        return CardReport(traffic=(), digests=(), faults=(), in_flight=len(self.waiting))

    def release(self):
        self.phases = set()


class TestPrompt(DriverConformance):
    driver = Prompt


class Busy(Prompt):
    def report(self):
        return CardReport(traffic=(), digests=(), faults=(), in_flight=3)


class Complaining(Prompt):
    def report(self):
        fault = PortFault(stream=None, frame=None, reason="tired")
        return CardReport(traffic=(), digests=(), faults=(fault,), in_flight=0)


class Twice(Prompt):
    def answers(self, timeout_s):
        return [each for each in super().answers(timeout_s) for _ in range(2)]


class Renumbering(Prompt):
    def submit(self, frame, image):
        super().submit(0, image)


class Wordy(Prompt):
    def submit(self, frame, image):
        self.waiting.append(Answered(frame=frame, payload=image[:6]))


class Moody(Prompt):
    count = 0

    def submit(self, frame, image):
        type(self).count += 1
        self.waiting.append(Answered(frame=frame, payload=bytes([self.count]) * 5))


class Sleepy(Prompt):
    def answers(self, timeout_s):
        if not self.waiting:
            time.sleep(0.5)
        return super().answers(timeout_s)


class Talkative(Prompt):
    def answers(self, timeout_s):
        return super().answers(timeout_s) or [Answered(frame=0, payload=bytes(5))]


class Once(Prompt):
    def program(self):
        if self.programmed:
            raise RuntimeError("programmed already")
        super().program()


class ReleasedOnce(Prompt):
    def release(self):
        if not self.phases:
            raise RuntimeError("released already")
        super().release()


class Elsewhere(Prompt):
    def endpoints(self, address):
        return (Endpoint(port="nowhere", mac="", machine="", unix=None, tcp=None),)


class Demanding(Prompt):
    @classmethod
    def needs(cls, card):
        return ("crystal_ball",)


FLIGHT = "test_what_was_answered_is_no_longer_in_flight"
REPEAT = "test_every_step_may_be_repeated"
BAD = {
    "it needs what no deployment has": (Demanding, "test_it_needs_payloads_of_the_deployment"),
    "two answers": (Twice, "test_every_image_gets_one_answer"),
    "answers to another image": (Renumbering, "test_every_image_gets_one_answer"),
    "an answer too long": (Wordy, "test_an_answer_is_the_output_in_canonical_form"),
    "another answer each time": (Moody, "test_the_same_image_gets_the_same_answer"),
    "it sleeps": (Sleepy, "test_waiting_for_answers_ends"),
    "answers nobody asked for": (Talkative, "test_waiting_for_answers_ends"),
    "always in flight": (Busy, FLIGHT),
    "it complains": (Complaining, FLIGHT),
    "it is programmed once": (Once, REPEAT),
    "it is released once": (ReleasedOnce, REPEAT),
    "endpoints of no port": (Elsewhere, "test_its_endpoints_are_its_ports"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_driver_fails(tmp_path, monkeypatch, fault):
    monkeypatch.setattr("levada.core.testing.conformance.drivers.PATIENCE_S", 0.4)
    driver, test = BAD[fault]
    assert test in failures(type("Kit", (DriverConformance,), {"driver": driver}), tmp_path)


def test_payloads_are_files_named_as_they_are(tmp_path):
    folder = DriverConformance().payloads(tmp_path)
    assert {"emulation_graph", "golden_answers", "plan", "dataflow"} <= {path.name for path in folder.iterdir()}


def test_the_card_holds_the_whole_network():
    deployment = DriverConformance().deployment()
    assert (len(deployment.cards), deployment.hops) == (1, ())
