# SPDX-License-Identifier: Apache-2.0
"""The kit for networks."""

from collections.abc import Callable, Iterable

import msgspec

from levada.core.boards import Board
from levada.core.interfaces import Carried, Health, Network, NetworkPlan, Registers
from levada.core.manifests import Deployment, Hop, NetworkPort, Plan
from levada.core.parts import parts_of
from levada.core.testing.clusters import cluster, u280
from levada.core.testing.conformance.switch import Switch
from levada.core.testing.deployments import deployed
from levada.core.testing.plans import plan

FRAMES = 5
LOST = 2
Act = Callable[[bytes, Carried], Iterable[bytes]]


class NetworkConformance:
    """Tests of a network: name its class as ``network``.

    Set ``detects_loss`` to False for one whose wires can lose nothing; override :meth:`corruptions` to name more that its checker
    must refuse.
    """

    network: type[Network]
    detects_loss = True

    def board(self) -> Board:
        """Return the board that all cards are."""
        return u280()

    def plans(self) -> list[Plan]:
        """Return plans that it must be able to carry."""
        return [plan(2, network=self.network.model), plan(3, "loop", network=self.network.model)]

    def corruptions(self, whole: Deployment) -> dict[str, Deployment]:
        """Return what is wrong → a deployment with that fault, which the checker must refuse."""
        return {
            "a hop that is missing": msgspec.structs.replace(whole, hops=whole.hops[1:]),
            "a hop twice": msgspec.structs.replace(whole, hops=(*whole.hops, whole.hops[0])),
            "a hop into a port that is not there": _with_hop(whole, sink_port="nowhere"),
            "a hop into a card that is not there": _with_hop(whole, sink_card=99),
            "two ports of one MAC": _with_one_mac(whole),
        }

    # ------------------------------------------------------------------------------------------- planning

    def test_its_model_bears_its_name(self) -> None:
        name, model = self.network.name, self.network.model.name
        assert name == model, f"the network is {name!r}, its model {model!r}"

    def test_its_model_agrees_with_itself(self) -> None:
        model = self.network.model
        for size in (0, 1, 64, model.payload_bytes, 10 * model.payload_bytes + 1):
            packets = model.packetisation(size)
            assert packets.packets == model.packets(size), (
                f"{size} bytes are {packets.packets} or {model.packets(size)} packets"
            )
            assert model.wire_bytes(size) >= size, f"{size} bytes are {model.wire_bytes(size)} on the wire"

    def test_every_cut_becomes_a_hop_in_order(self) -> None:
        for source, whole in self._deployed():
            found = [(hop.stream, hop.source_card, hop.sink_card) for hop in whole.hops]
            assert found == [(cut.stream, cut.source_card, cut.sink_card) for cut in source.cuts]

    def test_every_hop_leaves_and_enters_by_ports_of_its_cards(self) -> None:
        for _, whole in self._deployed():
            ports = {(card.index, port.name) for card in whole.cards for port in card.ports}
            for hop in whole.hops:
                assert (hop.source_card, hop.source_port) in ports, f"hop {hop.stream!r} leaves by no port of its card"
                assert (hop.sink_card, hop.sink_port) in ports, f"hop {hop.stream!r} enters by no port of its card"

    def test_every_hop_weighs_what_the_plan_said(self) -> None:
        for source, whole in self._deployed():
            for cut, hop in zip(source.cuts, whole.hops, strict=True):
                said = (cut.stream_bytes, cut.packets, cut.wire_bytes)
                found = (hop.packetisation.stream_bytes, hop.packetisation.packets, hop.wire_bytes)
                assert found == said, (
                    f"hop {hop.stream!r} has (stream bytes, packets, wire bytes) {found}, planned {said}"
                )

    def test_every_card_keeps_its_parts(self) -> None:
        for source, whole in self._deployed():
            for use, card in zip(source.cards, whole.cards, strict=True):
                assert (card.index, card.name, card.driver) == (use.index, use.name, use.driver)
                assert card.parts == parts_of(source, use.index), f"card {use.index} got other parts than planned"

    def test_one_card_needs_no_hops(self) -> None:
        alone = plan(1, network=self.network.model)
        assert self._network_plan(alone).hops == ()

    def test_it_plans_alike_each_time(self) -> None:
        (source, *_) = self.plans()
        assert self._network_plan(source) == self._network_plan(source), "the same plan got two network plans"

    # ------------------------------------------------------------------------------------------- checking

    def test_its_checker_accepts_its_own_plan(self) -> None:
        for _, whole in self._deployed():
            verdict = self.network().check(whole)
            broken = [f"{check.rule}: {check.detail}" for check in verdict.checks if not check.passed]
            assert verdict.checks, "a verdict needs the rules that were tried"
            assert not broken, f"its own plan breaks {broken}"

    def test_its_checker_refuses_a_corrupted_deployment(self) -> None:
        for _, whole in self._deployed():
            for fault, corrupted in self.corruptions(whole).items():
                assert not self.network().check(corrupted).passed, f"its checker accepts {fault}"

    # ---------------------------------------------------------------------------------------- configuring

    def test_configuring_twice_is_configuring_once(self) -> None:
        for port, registers in self._in_reset():
            recorder = Recorder(registers)
            self.network().configure(recorder, port)
            once = dict(recorder.written)
            self.network().configure(recorder, port)
            assert recorder.written == once, f"port {port.name!r} is in another state after the second time"

    def test_a_port_in_reset_is_not_ready_and_says_why(self) -> None:
        for port, registers in self._in_reset():
            health = self.network().health(registers, port)
            assert not health.ready, f"port {port.name!r} is ready before it was configured"
            assert health.problems, f"port {port.name!r} is not ready and names no problem"

    def test_a_configured_port_is_ready(self) -> None:
        for _, whole in self._deployed():
            for health in _health(Switch(self.network(), whole)):
                assert health.ready, f"port {health.port!r} is not ready: {health.problems}"
                assert not health.problems, f"port {health.port!r} is ready, and has problems {health.problems}"

    # ------------------------------------------------------------------------------------------- emulating

    def test_a_port_delivers_what_was_offered_in_order(self) -> None:
        for _, whole in self._deployed():
            switch = Switch(self.network(), whole)
            _offer(switch)
            found = switch.deliver()
            for hop in whole.hops:
                frames = [each.frame for each in found[hop.stream]]
                assert frames == list(range(FRAMES)), f"stream {hop.stream!r} delivered frames {frames} of {FRAMES}"
                altered = [each.frame for each in found[hop.stream] if each.payload != payload(hop, each.frame)]
                assert not altered, f"stream {hop.stream!r} altered frames {altered}"

    def test_a_port_in_reset_delivers_nothing(self) -> None:
        for _, whole in self._deployed():
            switch = Switch(self.network(), whole, configured=False)
            _offer(switch)
            assert not any(switch.deliver().values()), "frames crossed ports that nobody configured"

    def test_nothing_waits_and_nothing_is_lost_when_all_is_delivered(self) -> None:
        for _, whole in self._deployed():
            switch = Switch(self.network(), whole)
            _offer(switch)
            switch.deliver()
            assert [port.pending() for port in switch.ports.values()] == [0] * len(switch.ports)
            assert switch.faults == [], f"nothing was lost, and the ports report {switch.faults}"

    def test_receivers_count_what_the_plan_said(self) -> None:
        for _, whole in self._deployed():
            switch = Switch(self.network(), whole)
            _offer(switch)
            switch.deliver()
            for hop in whole.hops:
                counted = next(each for each in switch.sink(hop).counters() if each.stream == hop.stream)
                found = (counted.frames, counted.packets, counted.stream_bytes, counted.wire_bytes)
                size = hop.packetisation
                once = (1, size.packets, size.stream_bytes, hop.wire_bytes)
                assert found == tuple(FRAMES * count for count in once), (
                    f"hop {hop.stream!r} counted {found}, planned {once}"
                )

    def test_a_lost_packet_is_reported_with_its_frame(self) -> None:
        if self.detects_loss:
            self._assert_reported(_drop)

    def test_an_altered_packet_is_reported_with_its_frame(self) -> None:
        if self.detects_loss:
            self._assert_reported(_flip)

    # -------------------------------------------------------------------------------------------- the rest

    def _assert_reported(self, act: Act) -> None:
        """Demand that a frame whose first packet goes wrong is reported, and that all others arrive."""
        _, whole = next(iter(self._deployed()))
        hop = whole.hops[0]
        switch = Switch(self.network(), whole)
        switch.tamper = _Once(hop.stream, LOST, act)
        _offer(switch)
        frames = [each.frame for each in switch.deliver()[hop.stream]]
        assert frames == [n for n in range(FRAMES) if n != LOST], f"frame {LOST} went wrong; delivered were {frames}"
        named = [fault for fault in switch.faults if fault.lost and (fault.stream, fault.frame) == (hop.stream, LOST)]
        assert named, f"frame {LOST} of {hop.stream!r} went wrong; the ports report {switch.faults}"

    def _deployed(self) -> Iterable[tuple[Plan, Deployment]]:
        for source in self.plans():
            yield source, deployed(source, self._network_plan(source))

    def _network_plan(self, source: Plan) -> NetworkPlan:
        count = len(source.cards)
        return self.network().plan(source, cluster(count, network=self.network.name), [self.board()] * count, "framed")

    def _in_reset(self) -> Iterable[tuple[NetworkPort, Registers]]:
        for _, whole in self._deployed():
            for card in whole.cards:
                for port in card.ports:
                    yield port, self.network().emulate(port, whole).registers


class Recorder:
    """Registers that pass everything on and remember what was last written where."""

    def __init__(self, registers: Registers) -> None:
        """Stand before ``registers``."""
        self._registers = registers
        self.written: dict[int, int] = {}

    def read32(self, offset: int) -> int:
        """Return the word at ``offset``."""
        return self._registers.read32(offset)

    def write32(self, offset: int, value: int) -> None:
        """Write the word at ``offset``."""
        self.written[offset] = value
        self._registers.write32(offset, value)


class _Once:
    """Does something to the first packet of one frame, and lets everything else pass."""

    def __init__(self, stream: str, frame: int, act: Act) -> None:
        self.place, self.act, self.done = (stream, frame), act, False

    def __call__(self, wire: bytes, carried: Carried | None) -> Iterable[bytes]:
        if self.done or carried is None or (carried.stream, carried.frame) != self.place:
            return [wire]
        self.done = True
        return self.act(wire, carried)


def payload(hop: Hop, frame: int) -> bytes:
    """Return the bytes of one inference of a hop's stream; no two are alike."""
    return bytes((17 * hop.stream_id + 31 * frame + 7 * place) % 256 for place in range(hop.packetisation.stream_bytes))


def _offer(switch: Switch) -> None:
    for hop in switch.deployment.hops:
        for frame in range(FRAMES):
            switch.source(hop).offer(hop.stream, frame, payload(hop, frame))


def _health(switch: Switch) -> list[Health]:
    return [switch.network.health(switch.ports[place].registers, port) for place, port in switch.planned.items()]


def _drop(wire: bytes, carried: Carried) -> list[bytes]:  # noqa: ARG001 - nothing of it goes on
    return []


def _flip(wire: bytes, carried: Carried) -> list[bytes]:
    place = carried.offset
    return [wire[:place] + bytes([wire[place] ^ 1]) + wire[place + 1 :]]


def _with_hop(whole: Deployment, **changes: object) -> Deployment:
    first = msgspec.structs.replace(whole.hops[0], **changes)
    return msgspec.structs.replace(whole, hops=(first, *whole.hops[1:]))


def _with_one_mac(whole: Deployment) -> Deployment:
    mac = whole.cards[0].ports[0].mac
    cards = tuple(
        msgspec.structs.replace(card, ports=tuple(msgspec.structs.replace(port, mac=mac) for port in card.ports))
        for card in whole.cards
    )
    return msgspec.structs.replace(whole, cards=cards)
