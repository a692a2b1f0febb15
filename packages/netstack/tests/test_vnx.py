# SPDX-License-Identifier: Apache-2.0
"""The whole network by its interface: plan, check, configure, probe, emulate."""

import pytest

from levada.core import testing
from levada.core.networks import VNX
from levada.netstack import Vnx


def test_the_network_is_called_vnx():
    assert (Vnx.name, Vnx.model) == ("vnx", VNX)


@pytest.mark.parametrize("flow", ["framed", "plain"])
def test_a_plan_of_it_passes_its_own_check(deploy, flow):
    assert Vnx().check(deploy(testing.plan(3, "loop"), flow)).passed


def test_every_port_of_a_deployment_is_ready_once_configured(looped, wire_of):
    wire = wire_of(looped)
    healths = [Vnx().health(wire.ports[name].registers, port) for name, port in wire.planned.items()]
    assert [health.problems for health in healths] == [(), (), ()]


def test_no_port_is_ready_before(looped, wire_of):
    wire = wire_of(looped, configured=False)
    assert not any(Vnx().health(wire.ports[name].registers, port).ready for name, port in wire.planned.items())


def test_configuring_again_changes_nothing(looped, wire_of):
    wire = wire_of(looped)
    name, port = next(iter(wire.planned.items()))
    before = [wire.ports[name].registers.read32(offset) for offset in range(0, 0x2000, 4)]
    Vnx().configure(wire.ports[name].registers, port)
    assert [wire.ports[name].registers.read32(offset) for offset in range(0, 0x2000, 4)] == before


def test_a_port_needs_no_arp_once_configured(looped, wire_of, body):
    wire = wire_of(looped)
    for hop in looped.hops:
        wire.source(hop).offer(hop.stream, 0, body(hop.packetisation.stream_bytes))
    wire.settle()
    assert [port.registers.probes.arp_out.packets for port in wire.ports.values()] == [0, 0, 0]
