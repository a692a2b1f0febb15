# SPDX-License-Identifier: Apache-2.0
"""The thread of one card: takes orders, reaches levels, tells news, and reports trouble with its place."""

import threading
import time

import pytest
from toy_fakes import FakeDriver, faulty

from levada.core.errors import GraphError
from levada.core.interfaces import Answered, Health, Phase
from levada.runtime.agent.bench import WorkingBench
from levada.runtime.agent.hold import Assignment, CardHold
from levada.runtime.agent.outbox import Outbox
from levada.runtime.agent.worker import CardWorker, Order
from levada.runtime.protocol.messages import Level, Picture


class DeafNet:
    """A network whose ports never come up."""

    def configure(self, registers, port):
        """Do nothing."""

    def health(self, registers, port):
        return Health(port=port.name, ready=False, problems=("no link",))


class Scene:
    """A worker on a fake driver, with an event that its changes set."""

    def __init__(self, assignment):
        self.changed = threading.Event()
        self.outbox = Outbox(self.changed.set)
        FakeDriver.made.clear()
        self.worker = CardWorker(CardHold(assignment), self.outbox, self.changed.set)

    @property
    def driver(self):
        return FakeDriver.made[-1]

    def wait_for(self, condition):
        until_s = time.monotonic() + 10
        while not condition():
            self.changed.wait(0.05)
            self.changed.clear()
            assert time.monotonic() < until_s, "did not happen in time"

    def reach(self, level, budget_s=10.0):
        self.worker.order(Order(level=level, budget_s=budget_s))


def assignment(rig, tmp_path, network=None):
    manifest = rig.deployment()
    return Assignment(
        card=manifest.cards[0], deployment=manifest, payloads=tmp_path, driver=FakeDriver, network=network
    )


@pytest.fixture
def scene(rig, tmp_path):
    made = Scene(assignment(rig, tmp_path))
    yield made
    assert made.worker.stop(10)


def test_a_level_that_is_asked_for_is_reached(scene):
    scene.reach(Level.INPUT)
    scene.wait_for(lambda: scene.worker.state.level == Level.INPUT)
    assert [call for call in scene.driver.calls if isinstance(call, Phase)] == list(Phase)


def test_endpoints_are_published_with_the_level(scene):
    scene.reach(Level.PROGRAMMED)
    scene.wait_for(lambda: scene.worker.state.level == Level.PROGRAMMED)
    assert scene.worker.state.endpoints[0].port == "port1"


def test_answers_become_news(scene):
    scene.reach(Level.INPUT)
    scene.wait_for(lambda: scene.worker.state.level == Level.INPUT)
    scene.driver.ready = [Answered(frame=0, payload=b"\x01")]
    scene.wait_for(scene.outbox.pending)
    assert scene.outbox.pending()[0].answers == (Answered(frame=0, payload=b"\x01"),)


def test_faults_become_news_with_their_card(scene):
    scene.reach(Level.INPUT)
    scene.wait_for(lambda: scene.worker.state.level == Level.INPUT)
    scene.driver.reports = [faulty(frame=4)]
    scene.wait_for(scene.outbox.pending)
    (told,) = scene.outbox.pending()[0].faults
    assert (told.card, told.fault.frame) == (1, 4)


def test_images_are_submitted(scene):
    scene.reach(Level.INPUT)
    scene.wait_for(lambda: scene.worker.state.level == Level.INPUT)
    scene.worker.order(Order(pictures=(Picture(0, b"a"),)))
    scene.wait_for(lambda: ("submit", 0, b"a") in scene.driver.calls)


def test_what_the_driver_raises_becomes_trouble_with_its_exit_code(scene):
    scene.reach(Level.PROGRAMMED)
    scene.wait_for(lambda: scene.worker.state.level == Level.PROGRAMMED)
    scene.driver.error = GraphError("no such tensor")
    scene.wait_for(lambda: scene.worker.state.trouble)
    trouble = scene.worker.state.trouble
    assert (trouble.place, trouble.reason, trouble.exit_code) == (
        "card 1 (u280-1) on host fpga1",
        "no such tensor",
        2,
    )


def test_what_a_strangers_driver_raises_is_named_by_its_type(scene):
    scene.reach(Level.PROGRAMMED)
    scene.wait_for(lambda: scene.worker.state.level == Level.PROGRAMMED)
    scene.driver.error = ZeroDivisionError("oh")
    scene.wait_for(lambda: scene.worker.state.trouble)
    assert (scene.worker.state.trouble.reason, scene.worker.state.trouble.exit_code) == ("ZeroDivisionError: oh", 1)


def test_after_trouble_the_card_is_let_go(scene):
    scene.reach(Level.PROGRAMMED)
    scene.wait_for(lambda: scene.worker.state.level == Level.PROGRAMMED)
    scene.driver.error = GraphError("no such tensor")
    scene.wait_for(lambda: "release" in scene.driver.calls)


def test_stopping_lets_the_card_go(rig, tmp_path):
    scene = Scene(assignment(rig, tmp_path))
    scene.reach(Level.PROGRAMMED)
    scene.wait_for(lambda: scene.worker.state.level == Level.PROGRAMMED)
    assert scene.worker.stop(10)
    assert scene.driver.calls[-1] == "release"


def test_a_level_that_is_not_reached_in_its_budget_is_trouble_that_says_why(rig, tmp_path):
    scene = Scene(assignment(rig, tmp_path, DeafNet))
    scene.reach(Level.LINKED, budget_s=0.05)
    scene.wait_for(lambda: scene.worker.state.trouble)
    assert scene.worker.stop(10)
    assert scene.worker.state.trouble.reason == "did not reach LINKED in time: port port1: no link"


@pytest.fixture
def bench(rig, tmp_path):
    manifest = rig.deployment()
    given = [
        Assignment(card=card, deployment=manifest, payloads=tmp_path, driver=FakeDriver, network=None)
        for card in manifest.cards[:2]
    ]
    FakeDriver.made.clear()
    changed = threading.Event()
    made = WorkingBench(given, changed.set)
    made.changed = changed
    yield made
    made.release()


def settle(bench, condition):
    until_s = time.monotonic() + 10
    while not condition():
        bench.changed.wait(0.05)
        bench.changed.clear()
        assert time.monotonic() < until_s, "did not happen in time"


def test_a_bench_has_the_level_of_its_slowest_card(bench):
    bench.reach(Level.OUTPUTS, None, 10)
    settle(bench, lambda: bench.level == Level.OUTPUTS)
    assert len(FakeDriver.made) == 2


def test_a_bench_has_the_endpoints_of_all_cards(bench):
    bench.reach(Level.PROGRAMMED, None, 10)
    settle(bench, lambda: bench.level == Level.PROGRAMMED)
    assert len(bench.endpoints) == 2


def test_images_go_to_the_ingress_card_alone(bench):
    bench.reach(Level.INPUT, None, 10)
    settle(bench, lambda: bench.level == Level.INPUT)
    bench.submit([Picture(0, b"a")])
    settle(bench, lambda: any(("submit", 0, b"a") in driver.calls for driver in FakeDriver.made))
    assert sum(("submit", 0, b"a") in driver.calls for driver in FakeDriver.made) == 1


def test_a_bench_tells_the_first_trouble_of_its_cards(bench):
    bench.reach(Level.PROGRAMMED, None, 10)
    settle(bench, lambda: bench.level == Level.PROGRAMMED)
    FakeDriver.made[-1].error = GraphError("torn")
    settle(bench, lambda: bench.trouble)
    assert bench.trouble.reason == "torn"


def test_a_quiet_bench_has_nothing_to_tell(bench):
    assert (bench.pending(), bench.urgent(), bench.traffic, bench.in_flight) == ((), False, (), 0)


def test_a_bench_forgets_what_was_acknowledged(bench):
    bench.reach(Level.INPUT, None, 10)
    settle(bench, lambda: bench.level == Level.INPUT)
    FakeDriver.made[0].ready = [Answered(frame=0, payload=b"\x01")]
    settle(bench, bench.urgent)
    bench.acknowledge(1)
    assert bench.pending() == ()
