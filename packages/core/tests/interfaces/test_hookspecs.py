# SPDX-License-Identifier: Apache-2.0
"""The hooks: named alike, documented, without arguments where they register."""

import inspect

import pytest

from levada.core import hookspecs, plugin
from levada.core.hookspecs import hookimpl
from levada.core.plugins import KINDS, Registry

HOOKS = {name: value for name, value in vars(hookspecs).items() if name.startswith("levada_")}
REGISTER = {kind.hook for kind in KINDS}


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_every_hook_says_what_it_is_for(hook):
    assert HOOKS[hook].__doc__


@pytest.mark.parametrize("hook", sorted(REGISTER))
def test_a_register_hook_takes_no_argument(hook):
    assert not inspect.signature(HOOKS[hook]).parameters


@pytest.mark.parametrize("hook", sorted(set(HOOKS) - REGISTER))
def test_other_hooks_return_nothing(hook):
    assert inspect.signature(HOOKS[hook]).return_annotation is None


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_every_hook_is_marked(hook):
    assert hasattr(HOOKS[hook], "levada_spec")


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_every_hook_of_the_interface_can_be_implemented(hook, empty):
    names = ", ".join(inspect.signature(HOOKS[hook]).parameters)
    function = eval(f"lambda {names}: []")
    empty.add(type("Plugin", (), {})(), "none")
    holder = type("Holder", (), {})()
    setattr(holder, hook, hookimpl(function))
    empty.add(holder, "some")
    assert [name for name, _ in empty.observers(hook)] == ["some"]


def test_core_registers_through_the_same_hooks():
    implemented = {name for name in vars(plugin) if name.startswith("levada_")}
    assert implemented == {"levada_register_board", "levada_register_cluster", "levada_register_command"}


def test_an_implementation_is_called_with_what_it_asks_for(empty, stranger):
    heard = []
    empty.add(stranger(levada_artifact_saved=lambda manifest: heard.append(manifest) or None), "some")
    ((_, call),) = empty.observers("levada_artifact_saved")
    call(folder="here", manifest="this")
    assert heard == ["this"]


def test_an_installed_registry_has_no_hook_without_a_specification():
    assert Registry().plugins
