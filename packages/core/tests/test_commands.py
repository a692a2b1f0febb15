# SPDX-License-Identifier: Apache-2.0
"""How a plug-in adds sub-commands that are no stage."""

import pytest

from levada.core.commands import Commands, Context
from levada.core.errors import PluginError
from levada.core.progress import Progress
from levada.core.stages import Options


def greet(options, context):
    """Greet somebody.

    At length, on a second line.
    """
    return 0


def test_commands_start_empty():
    assert list(Commands()) == []


def test_an_added_command_has_its_parts():
    commands = Commands()
    commands.add("greet", Options, greet)
    (command,) = commands
    assert (command.name, command.options, command.run) == ("greet", Options, greet)


def test_the_help_is_the_first_line_of_the_docstring():
    commands = Commands()
    commands.add("greet", Options, greet)
    assert next(iter(commands)).help == "Greet somebody."


def test_a_function_without_docstring_has_no_help():
    commands = Commands()
    commands.add("silent", Options, lambda options, context: 0)
    assert next(iter(commands)).help == ""


def test_commands_are_in_the_order_of_their_names():
    commands = Commands()
    for name in ("wave", "bow", "nod"):
        commands.add(name, Options, greet)
    assert [command.name for command in commands] == ["bow", "nod", "wave"]


def test_a_name_can_be_added_once():
    commands = Commands()
    commands.add("greet", Options, greet)
    with pytest.raises(PluginError, match="command 'greet' is added twice; rename one"):
        commands.add("greet", Options, greet)


def test_a_context_answers_with_the_runners_registry(runner):
    assert Context(runner, Progress()).registry is runner.registry
