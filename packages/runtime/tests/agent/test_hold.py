# SPDX-License-Identifier: Apache-2.0
"""One card from level to level: what each step asks of driver and network, in which order."""

import pytest
from toy_fakes import FakeDriver

from levada.core.errors import NetworkError
from levada.core.interfaces import Answered, CardReport, Health, Phase, Wiring
from levada.runtime.agent.hold import Assignment, CardHold
from levada.runtime.protocol.messages import Level, Picture

WIRING = Wiring(endpoints=(), token=b"t")
STEPS = (
    Level.PROGRAMMED,
    Level.CONFIGURED,
    Level.LINKED,
    Level.OUTPUTS,
    Level.WEIGHTS,
    Level.INPUT,
    Level.DRAINED,
)


class Net:
    """A network whose ports are ready when the test says so."""

    ready = True

    def configure(self, registers, port):
        registers["configured"] = port.name

    def health(self, registers, port):
        problems = () if Net.ready else ("no link", "no ARP entry")
        return Health(port=port.name, ready=Net.ready, problems=problems)


@pytest.fixture(autouse=True)
def ready():
    Net.ready = True
    FakeDriver.made.clear()


@pytest.fixture
def hold(rig, tmp_path):
    manifest = rig.deployment()
    given = Assignment(
        card=manifest.cards[0],
        deployment=manifest,
        payloads=tmp_path,
        driver=FakeDriver,
        network=Net,
        address="10.1.1.1",
    )
    return CardHold(given)


def climb(hold, target):
    while hold.step(target, WIRING):
        pass


def driver():
    return FakeDriver.made[-1]


def test_a_hold_starts_without_touching_the_card(hold):
    assert hold.level == Level.LOADED
    assert FakeDriver.made == []


def test_one_step_is_one_level(hold):
    reached = []
    while hold.step(Level.DRAINED, WIRING):
        reached.append(hold.level)
    assert tuple(reached) == STEPS


def test_a_step_to_where_one_is_does_nothing(hold):
    climb(hold, Level.PROGRAMMED)
    assert not hold.step(Level.PROGRAMMED, WIRING)
    assert driver().calls == ["program"]


def test_a_step_backwards_does_nothing(hold):
    climb(hold, Level.LINKED)
    assert not hold.step(Level.PROGRAMMED, WIRING)
    assert hold.level == Level.LINKED


def test_wires_come_before_registers(hold):
    climb(hold, Level.CONFIGURED)
    assert driver().calls == ["program", ("wire", WIRING), ("registers", "port1")]


def test_outputs_start_before_weights_before_input(hold):
    climb(hold, Level.INPUT)
    assert [call for call in driver().calls if isinstance(call, Phase)] == [Phase.OUTPUTS, Phase.WEIGHTS, Phase.INPUT]


def test_a_port_that_is_not_ready_holds_the_level_and_says_why(hold):
    Net.ready = False
    climb(hold, Level.INPUT)
    assert hold.level == Level.CONFIGURED
    assert hold.why_not() == "port port1: no link, no ARP entry"


def test_a_port_that_becomes_ready_lets_the_card_go_on(hold):
    Net.ready = False
    climb(hold, Level.LINKED)
    Net.ready = True
    assert hold.step(Level.LINKED, WIRING)


def report(in_flight):
    return CardReport(traffic=(), digests=(), faults=(), in_flight=in_flight)


def test_a_card_drains_only_when_its_last_report_was_empty(hold):
    climb(hold, Level.INPUT)
    driver().reports = [report(3), report(0)]
    hold.report()
    assert not hold.step(Level.DRAINED, WIRING)
    assert hold.why_not() == "3 frames are still in flight"
    hold.report()
    assert hold.step(Level.DRAINED, WIRING)


def test_submitted_images_count_as_in_flight_before_any_report(hold):
    climb(hold, Level.INPUT)
    hold.submit([Picture(0, b"a")])
    assert not hold.step(Level.DRAINED, WIRING)


def test_images_reach_the_driver_in_order(hold):
    climb(hold, Level.INPUT)
    hold.submit([Picture(0, b"a"), Picture(1, b"b")])
    assert driver().calls[-2:] == [("submit", 0, b"a"), ("submit", 1, b"b")]


def test_images_before_programming_are_refused_with_the_place(hold):
    with pytest.raises(NetworkError, match=r"card 1 \(u280-1\) on host fpga1 is not programmed"):
        hold.submit([Picture(0, b"a")])


def test_answers_come_from_the_driver(hold):
    climb(hold, Level.INPUT)
    driver().ready = [Answered(frame=0, payload=b"\x01")]
    assert hold.answers(0.0) == (Answered(frame=0, payload=b"\x01"),)


def test_a_card_that_is_not_programmed_has_neither_answers_nor_endpoints(hold):
    assert (hold.answers(0.0), hold.endpoints(), hold.report().in_flight) == ((), (), 0)


def test_endpoints_are_asked_for_on_the_agents_address(hold):
    climb(hold, Level.PROGRAMMED)
    assert hold.endpoints()[0].tcp == "10.1.1.1"


def test_release_lets_go_once(hold):
    climb(hold, Level.INPUT)
    hold.release()
    hold.release()
    assert driver().calls.count("release") == 1
    assert hold.level == Level.LOADED


def test_other_levels_say_where_they_are(hold):
    assert hold.why_not() == "still at LOADED"


def test_without_network_there_is_nothing_to_configure_or_probe(rig, tmp_path):
    manifest = rig.deployment(1, "loop")
    given = Assignment(card=manifest.cards[0], deployment=manifest, payloads=tmp_path, driver=FakeDriver, network=None)
    hold = CardHold(given)
    climb(hold, Level.LINKED)
    assert driver().calls == ["program", ("wire", WIRING)]
