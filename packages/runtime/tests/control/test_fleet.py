# SPDX-License-Identifier: Apache-2.0
"""All agents of a run: greeted, leased, watched, lost and released. Agents are real, their cards are not."""

import threading
import time

import pytest
from toy_agents import ServedAgent

from levada.core.errors import HostError, LevadaError, RunFault, UnreachableError
from levada.core.interfaces import Answered, Endpoint
from levada.core.progress import Progress
from levada.runtime.control import fleet as fleet_module
from levada.runtime.control.bringup import Setting, bring_up, hosts_of, load
from levada.runtime.control.fleet import Fleet, PlaceFault
from levada.runtime.control.peer import Target
from levada.runtime.protocol.messages import Level, News, Submit, Trouble

HOSTS = ("fpga1", "fpga2")


@pytest.fixture
def served(tmp_path, registry):
    agents = {host: ServedAgent(tmp_path, host, registry) for host in HOSTS}
    yield agents
    for agent in agents.values():
        agent.close()


@pytest.fixture
def fleet(served):
    with Fleet([agent.target for agent in served.values()], None) as made:
        yield made


@pytest.fixture
def leased(fleet):
    fleet.greet(5)
    fleet.lease("me@here")
    return fleet


@pytest.fixture
def setting(rig, tmp_path):
    return Setting(
        deployment=rig.saved(tmp_path / "rig", rig.deployment(2, "chain")),
        owner="me@here",
        emulate=False,
        injections=(),
    )


@pytest.fixture
def loaded(leased, setting):
    load(leased, setting)
    return leased


def turn_until(fleet, condition):
    until_s = time.monotonic() + 10
    while not condition():
        fleet.turn(0.1)
        assert time.monotonic() < until_s, "did not happen in time"


def test_greeting_learns_the_process_of_every_agent(fleet):
    fleet.greet(5)
    assert [(use.host, use.pid) for use in fleet.uses] == [("fpga1", 7), ("fpga2", 7)]


def test_an_agent_that_is_not_there_is_named_with_what_to_do(served, tmp_path):
    absent = Target(host="fpga3", address=f"ipc://{tmp_path}/nobody")
    with (
        Fleet([served["fpga1"].target, absent], None) as fleet,
        pytest.raises(
            UnreachableError, match=r"no agent of host fpga3 answers at .*/nobody; start it there with `levada agent"
        ),
    ):
        fleet.greet(0.5)


def test_an_agent_of_another_host_is_noticed(tmp_path, registry):
    agent = ServedAgent(tmp_path, "fpga1", registry, name="fpga7")
    try:
        with (
            Fleet([agent.target], None) as fleet,
            pytest.raises(HostError, match="is that of host fpga7, expected fpga1"),
        ):
            fleet.greet(5)
    finally:
        agent.close()


def test_a_child_that_ended_is_not_waited_for(tmp_path):
    absent = Target(host="fpga3", address=f"ipc://{tmp_path}/nobody")
    with (
        Fleet([absent], None, lambda host: f"its agent ended: {host} said no") as fleet,
        pytest.raises(HostError, match="host fpga3: its agent ended: fpga3 said no"),
    ):
        fleet.greet(60)


def test_a_lease_takes_every_host_under_one_epoch(leased, served):
    assert [agent.agent.epoch for agent in served.values()] == [1, 1]


def test_a_second_controller_is_told_who_holds_the_host(leased, served):
    with Fleet([served["fpga1"].target], None) as second:
        second.greet(5)
        with pytest.raises(RunFault, match=r"host fpga1: leased to me@here for another") as caught:
            second.lease("other@there")
        assert caught.value.exit_code == 2


def test_the_epoch_is_above_the_highest_of_all_agents(fleet, served):
    served["fpga2"].agent.epoch = 41
    fleet.greet(5)
    fleet.lease("me@here")
    assert served["fpga1"].agent.epoch == 42


def test_releasing_frees_every_host(leased, served):
    leased.release()
    assert not any(agent.agent.leased for agent in served.values())


def test_leaving_releases_and_closes(served):
    with Fleet([agent.target for agent in served.values()], None) as fleet:
        fleet.greet(5)
        fleet.lease("me@here")
    assert not any(agent.agent.leased for agent in served.values())


def test_releasing_does_not_wait_for_the_dead(leased, served, monkeypatch):
    monkeypatch.setattr(fleet_module, "LIVENESS", 0.3)
    monkeypatch.setattr(fleet_module, "RELEASE_S", 3600.0)  # a release that waited would not end
    served["fpga2"].muted.set()
    leased.release()
    assert not served["fpga1"].agent.leased


def test_watching_renews_the_lease(leased, served):
    before_s = served["fpga1"].agent._tenancy.until_s
    until_s = time.monotonic() + 1.5
    while time.monotonic() < until_s:
        leased.turn(0.2)
    assert served["fpga1"].agent._tenancy.until_s > before_s


def test_an_agent_that_falls_silent_is_named_after_three_heartbeats(leased, served, monkeypatch):
    monkeypatch.setattr(fleet_module, "HEARTBEAT_S", 0.2)
    served["fpga2"].muted.set()
    with pytest.raises(PlaceFault, match=r"host fpga2: its agent \(process 7\) gave no sign of life") as caught:
        turn_until(leased, lambda: False)
    assert caught.value.place == "host fpga2"


def test_what_a_lost_agent_counted_is_not_believed(served):
    dead = {}
    with Fleet([agent.target for agent in served.values()], None, dead.get) as fleet:
        fleet.greet(5)
        assert len(fleet.reports) == 2
        dead["fpga2"] = "its agent was killed"
        assert len(fleet.reports) == 1


def test_a_pause_shorter_than_three_heartbeats_is_forgiven(leased, served):
    served["fpga2"].muted.set()
    threading.Timer(0.8, served["fpga2"].muted.clear).start()
    until_s = time.monotonic() + 4
    while time.monotonic() < until_s:
        leased.turn(0.2)


def test_an_obituary_is_told_at_once(served):
    dead = {}
    with Fleet([agent.target for agent in served.values()], None, dead.get) as fleet:
        fleet.greet(5)
        fleet.lease("me@here")
        dead["fpga2"] = "its agent (process 8) was killed by signal SIGKILL"
        with pytest.raises(PlaceFault, match="host fpga2: its agent .* was killed by signal SIGKILL"):
            turn_until(fleet, lambda: False)
        dead.clear()


def test_an_agent_that_shuts_down_says_so(leased, served):
    for _ in range(3):
        leased.turn(0.2)
    served["fpga1"].closing.ask()
    with pytest.raises(PlaceFault, match=r"host fpga1: its agent \(process 7\) is shutting down"):
        turn_until(leased, lambda: False)


def test_loading_brings_each_host_what_its_driver_needs(loaded, served):
    assert [len(agent.benches) for agent in served.values()] == [1, 1]
    assert [use.drivers for use in loaded.uses] == [("emulated",), ("emulated",)]


def test_a_host_that_cannot_load_says_why(leased, rig, tmp_path):
    artefact = rig.saved(tmp_path / "rig", rig.deployment(2, "chain", network="rings"))
    odd = Setting(deployment=artefact, owner="me", emulate=False, injections=())
    with pytest.raises(HostError, match=r"host fpga[12]: no network 'rings' is registered"):
        load(leased, odd)


def test_a_level_is_a_barrier_for_all_hosts(loaded, served):
    loaded.reach(Level.PROGRAMMED, 5)
    assert [agent.bench.level for agent in served.values()] == [Level.PROGRAMMED] * 2


def test_bringing_up_goes_level_by_level_and_wires_once(fleet, served, setting):
    bring_up(fleet, setting, Progress())
    levels = [level for level, _, _ in served["fpga1"].bench.reached]
    wired = [level for level, wiring, _ in served["fpga1"].bench.reached if wiring is not None]
    assert levels == [Level(number) for number in range(Level.PROGRAMMED, Level.DRAINED)]
    assert wired == [Level.CONFIGURED]


def test_every_card_learns_where_all_ports_are(loaded, served, setting):
    for number, agent in enumerate(served.values()):
        mac = f"02:00:00:00:00:0{number}"
        agent.bench.endpoints = (Endpoint(port="p", mac=mac, machine="m", unix="/x", tcp=None),)
    loaded.reach(Level.PROGRAMMED, 5)
    assert {endpoint.mac for endpoint in loaded.endpoints} == {"02:00:00:00:00:00", "02:00:00:00:00:01"}


def test_a_host_that_does_not_reach_a_level_is_named(loaded, served, monkeypatch):
    monkeypatch.setattr(fleet_module, "GRACE_S", 0.0)
    served["fpga2"].bench.reach = lambda *_: None
    with pytest.raises(PlaceFault, match="host fpga2: did not reach PROGRAMMED within 0 s"):
        loaded.reach(Level.PROGRAMMED, 0.2)


def test_trouble_of_a_card_is_raised_with_its_place_and_exit_code(loaded, served):
    served["fpga1"].bench.trouble = Trouble(place="card 1", reason="no such tensor", exit_code=2)
    with pytest.raises(PlaceFault, match="card 1: no such tensor") as caught:
        turn_until(loaded, lambda: False)
    assert caught.value.exit_code == 2


def test_news_is_told_once_however_often_it_is_reported(loaded, served):
    served["fpga2"].bench.news = [News(number=1, answers=(Answered(frame=0, payload=b"\x01"),))]
    heard = []
    turn_until(loaded, lambda: heard.extend(loaded.news()) or len(heard))
    for _ in range(3):
        loaded.turn(0.2)
    assert loaded.news() == []
    assert served["fpga2"].bench.acknowledged == 1


def test_a_refused_request_is_an_error_where_it_is_waited_for(loaded, served):
    loaded.post("fpga1", Submit(id="", pictures=()))
    with pytest.raises(PlaceFault, match="host fpga1: images came before the input was started"):
        loaded.reach(Level.PROGRAMMED, 5)


def test_nonsense_from_an_agent_is_named_with_its_address(tmp_path):
    import zmq

    context = zmq.Context()
    liar = context.socket(zmq.ROUTER)
    liar.bind(f"ipc://{tmp_path}/liar")
    with Fleet([Target(host="fpga1", address=f"ipc://{tmp_path}/liar")], None) as fleet:
        fleet._all(fleet_module.Hello(id=""))
        turn_until(fleet, lambda: liar.poll(10))
        route, _ = liar.recv_multipart()
        liar.send_multipart([route, b"HTTP/1.1 200 OK"])
        with pytest.raises(LevadaError, match=r"host fpga1 at ipc://.*liar: expected a reply that starts with b'LVDA'"):
            turn_until(fleet, lambda: False)
    liar.close()
    context.term()


def test_an_unanswered_request_is_sent_again_and_done_once(loaded, served, monkeypatch):
    from levada.runtime.control import peer

    monkeypatch.setattr(peer, "RESEND_S", 0.1)
    loaded.reach(Level.INPUT, 5)
    served["fpga1"].muted.set()
    loaded.post("fpga1", Submit(id="", pictures=()))
    for _ in range(4):
        loaded.turn(0.1)
    served["fpga1"].muted.clear()
    turn_until(loaded, lambda: not loaded._peers["fpga1"].awaits(Submit))


def test_hosts_are_those_of_the_cards_each_once(rig):
    assert hosts_of(rig.deployment(3, "loop")) == ("fpga1", "fpga2", "fpga3")
