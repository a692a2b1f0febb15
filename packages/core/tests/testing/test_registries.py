# SPDX-License-Identifier: Apache-2.0
"""Registries made of values."""

import pytest

from levada.core import interfaces, testing
from levada.core.errors import NotRegisteredError
from levada.core.plugins import BOARD, CLUSTER, TOPOLOGY


class Ring(interfaces.Topology):
    name = "ring"

    def route(self, boards):
        return testing.route(len(boards))


def test_core_is_always_there():
    assert testing.registry().board("u280") == testing.u280()


def test_nothing_that_is_installed_besides_is_there():
    with pytest.raises(NotRegisteredError):
        testing.registry().topology("loop")


def test_values_are_registered_by_their_type():
    registry = testing.registry(testing.board(), testing.cluster(1, name="mine"), Ring)
    found = [list(registry.entries(kind)) for kind in (BOARD, CLUSTER, TOPOLOGY)]
    assert ["toy" in found[0], "mine" in found[1], found[2]] == [True, True, ["ring"]]


def test_several_of_one_type_are_registered():
    registry = testing.registry(testing.board("a"), testing.board("b"))
    assert {"a", "b"} <= set(registry.entries(BOARD))


def test_stages_are_registered(pick, first):
    assert set(testing.registry(pick, first).stages()) == {"pick", "first"}


@pytest.mark.parametrize("value", [3, "u280", dict, object()])
def test_what_no_hook_takes_is_refused(value):
    with pytest.raises(TypeError, match="no hook registers"):
        testing.registry(value)


def test_registries_do_not_share_what_they_hold():
    testing.registry(testing.board("mine"))
    assert "mine" not in testing.registry().entries(BOARD)
