# SPDX-License-Identifier: Apache-2.0
"""The interfaces: abstract, documented, and with defaults that do nothing harmful."""

import inspect

import pytest

from levada.core import interfaces, testing
from levada.core.interfaces import Driver, EmulatedPort, HardwareLayer, PortFault, Request, StoreCost, Wiring
from levada.core.plugins import KINDS
from levada.core.resources import Resources

CLASSES = [kind.type for kind in KINDS if kind.is_class]
PUBLIC = [value for name, value in vars(interfaces).items() if inspect.isclass(value) and not name.startswith("_")]


def methods(interface):
    return {name: value for name, value in vars(interface).items() if inspect.isfunction(value) and name != "__init__"}


def concrete(interface, **named):
    """Return an instance whose abstract methods do nothing."""
    empty = dict.fromkeys(interface.__abstractmethods__, lambda self, *arguments: None)
    return type("Some", (interface,), empty | named)()


@pytest.mark.parametrize("interface", CLASSES, ids=lambda interface: interface.__name__)
def test_an_interface_cannot_be_instantiated(interface):
    with pytest.raises(TypeError, match="abstract"):
        interface()


@pytest.mark.parametrize("interface", CLASSES, ids=lambda interface: interface.__name__)
def test_every_method_says_what_it_does(interface):
    silent = [name for name, function in methods(interface).items() if not function.__doc__ and name[0] != "_"]
    assert silent == []


@pytest.mark.parametrize("interface", CLASSES, ids=lambda interface: interface.__name__)
def test_every_method_says_what_it_takes_and_returns(interface):
    for function in methods(interface).values():
        signature = inspect.signature(function)
        names = [name for name in signature.parameters if name != "self"]
        assert [name for name in names if signature.parameters[name].annotation is inspect.Parameter.empty] == []
        assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("value", PUBLIC, ids=lambda value: value.__name__)
def test_everything_that_is_public_says_what_it_is(value):
    assert value.__doc__


def test_a_driver_needs_no_payloads_unless_it_says_so():
    card = testing.deployment().cards[0]
    assert Driver.needs(card) == ()


def test_a_real_card_has_cables_instead_of_endpoints():
    driver = concrete(Driver, __init__=lambda self: None)
    assert driver.endpoints("127.0.0.1") == ()
    assert driver.wire(Wiring(endpoints=(), token=b"")) is None


def test_a_port_that_knows_no_format_carries_nothing():
    assert concrete(EmulatedPort).carried(b"wire") is None


def test_a_port_that_needs_no_acknowledgement_does_nothing_when_idle():
    assert concrete(EmulatedPort).idle() is None


def test_a_fault_loses_its_frame_unless_it_says_otherwise():
    assert PortFault(stream=None, frame=None, reason="x").lost


def test_weights_stay_on_the_chip_unless_a_store_says_otherwise():
    assert StoreCost(resources=Resources(), origin="x").external_bytes == 0


def test_flip_flops_may_be_unknown_unless_a_request_says_otherwise():
    assert testing.request().may_be_unknown == ("ff",)
    assert Request.__struct_fields__


def test_most_layers_are_not_rigid():
    assert concrete(HardwareLayer).rigid(None) is False
