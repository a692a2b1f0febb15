# SPDX-License-Identifier: Apache-2.0
"""Core's own commands, called as the ``levada`` command calls them."""

import json
from pathlib import Path

import pytest

from levada.core import builtin_commands as commands
from levada.core import testing
from levada.core.commands import Context
from levada.core.errors import ManifestError, NotRegisteredError, OptionError
from levada.core.progress import Progress
from levada.core.runner import Runner

FLOW = """
name = "pottery"
summary = ["cast"]
[parameters.title]
default = "jug"
[[step]]
stage = "cast"
options = { title = "{title}" }
[[step]]
stage = "sort"
"""


@pytest.fixture
def context(runner: Runner) -> Context:
    return Context(runner, Progress())


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    path = tmp_path / "pottery.toml"
    path.write_text(FLOW)
    return path


def flow_options(flow: Path, out: Path, *pairs: str, force: bool = False) -> commands.FlowOptions:
    return commands.FlowOptions(flow=str(flow), out=str(out), set=pairs, force=force)


def test_show_sums_up_one_artefact(tmp_path: Path, context: Context, capsys):
    testing.saved(tmp_path / "plan", testing.plan())
    assert commands.show(commands.ShowOptions(folder=str(tmp_path / "plan")), context) == 0
    assert capsys.readouterr().out.startswith("plan ")


def test_show_sums_up_a_folder_of_artefacts(tmp_path: Path, context: Context, capsys):
    testing.saved(tmp_path / "plan", testing.plan())
    testing.saved(tmp_path / "model", testing.model())
    commands.show(commands.ShowOptions(folder=str(tmp_path)), context)
    starts = [line.split()[0] for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert starts == [f"{tmp_path / 'model'}:", "model", f"{tmp_path / 'plan'}:", "plan"]


def test_show_of_a_folder_with_nothing_says_so(tmp_path: Path, context: Context):
    with pytest.raises(ManifestError, match="expected an artefact at"):
        commands.show(commands.ShowOptions(folder=str(tmp_path)), context)


def test_flow_prints_the_summary_of_the_steps_it_names(flow: Path, tmp_path: Path, context: Context, capsys):
    assert commands.flow(flow_options(flow, tmp_path / "out"), context) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("model jug-3-fast")
    assert "images" not in printed.splitlines()[0]


def test_flow_takes_parameters(flow: Path, tmp_path: Path, context: Context, capsys):
    commands.flow(flow_options(flow, tmp_path / "out", "title=bowl=big"), context)
    assert capsys.readouterr().out.startswith("model bowl=big-3-fast")


def test_a_parameter_without_value_is_refused(flow: Path, tmp_path: Path, context: Context):
    with pytest.raises(OptionError, match="--set expects NAME=VALUE, got 'title'"):
        commands.flow(flow_options(flow, tmp_path / "out", "title"), context)


def test_an_unknown_parameter_names_the_flow(flow: Path, tmp_path: Path, context: Context):
    with pytest.raises(OptionError, match="flow 'pottery': no option 'size'"):
        commands.flow(flow_options(flow, tmp_path / "out", "size=3"), context)


def test_plugins_lists_everything_with_who_registered_it(context: Context, capsys):
    commands.plugins(commands.NoOptions(), context)
    printed = capsys.readouterr().out
    assert "  board: u280 (by core)\n" in printed
    assert "  stage: cast (by test)\n" in printed


@pytest.mark.parametrize("kind", ["model", "images", "dataflow", "plan", "deployment", "build", "run"])
def test_schema_prints_a_json_schema_of_every_kind(kind: str, context: Context, capsys):
    commands.schema(commands.SchemaOptions(kind=kind), context)
    schema = json.loads(capsys.readouterr().out)
    assert schema["$ref"] == f"#/$defs/{kind.title()}"


def test_schema_of_an_unknown_kind_lists_the_kinds(context: Context):
    with pytest.raises(OptionError, match="no manifest kind 'plank'; there are model, images, dataflow, plan"):
        commands.schema(commands.SchemaOptions(kind="plank"), context)


def test_the_demo_needs_stages_that_core_does_not_bring(tmp_path: Path, context: Context):
    demo = context.registry.commands()["demo"]
    with pytest.raises(NotRegisteredError, match="no stage 'train' is registered"):
        commands.demo(demo.options(out=str(tmp_path / "demo")), context)
    assert not (tmp_path / "demo").exists()
