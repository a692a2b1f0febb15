# SPDX-License-Identifier: Apache-2.0
"""The sub-commands of all plug-ins: one name, one owner."""

import pytest

from levada.core import testing
from levada.core.errors import PluginError
from levada.core.stages import Options


def adding(*names):
    """Return a hook that adds commands of these names."""

    def hook(commands):
        for name in names:
            commands.add(name, Options, lambda options, context: 0)

    return hook


def refusal(registry):
    with pytest.raises(PluginError) as caught:
        registry.commands()
    return str(caught.value)


def test_core_brings_its_own_commands():
    assert sorted(testing.registry().commands()) == ["demo", "flow", "plugins", "schema", "show"]


def test_a_plugin_may_bring_commands(empty, stranger):
    empty.add(stranger(levada_register_command=adding("greet", "wave")), "kiln")
    assert sorted(empty.commands()) == ["greet", "wave"]


def test_a_registry_of_no_plugins_has_no_commands(empty):
    assert empty.commands() == {}


def test_a_command_of_two_plugins_names_both(empty, stranger):
    empty.add(stranger(levada_register_command=adding("greet")), "first")
    empty.add(stranger(levada_register_command=adding("greet")), "second")
    assert refusal(empty) == (
        "command 'greet' is registered twice, by plug-in 'first' and by plug-in 'second'; "
        "rename one, or leave one plug-in out with LEVADA_WITHOUT"
    )


def test_a_command_may_not_be_called_like_a_stage(stranger, first):
    registry = testing.registry(first)
    registry.add(stranger(levada_register_command=adding("first")), "kiln")
    assert "command 'first' is registered twice, by plug-in 'test' and by plug-in 'kiln'" in refusal(registry)


def test_a_command_that_one_plugin_adds_twice_is_refused_with_its_name(empty, stranger):
    empty.add(stranger(levada_register_command=adding("greet", "greet")), "kiln")
    text = refusal(empty)
    assert "plug-in 'kiln' failed in levada_register_command" in text
    assert "command 'greet' is added twice" in text


def test_a_hook_that_raises_is_named(empty, stranger):
    def broken(commands):
        msg = "out of clay"
        raise ValueError(msg)

    empty.add(stranger(levada_register_command=broken), "kiln")
    assert refusal(empty) == "plug-in 'kiln' failed in levada_register_command (ValueError: out of clay)"
