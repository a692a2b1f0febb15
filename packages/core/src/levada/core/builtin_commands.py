# SPDX-License-Identifier: Apache-2.0
"""Core's own sub-commands: demo, flow, show, plugins, schema."""

import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import msgspec

from levada.core import flags, flows
from levada.core.artefact import load_any
from levada.core.commands import Commands, Context
from levada.core.errors import OptionError
from levada.core.manifests import KINDS as MANIFESTS
from levada.core.manifests import kind_of
from levada.core.plugins import KINDS
from levada.core.show import lines
from levada.core.stages import Flag, Options


class FlowOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada flow``."""

    flow: Annotated[str, Flag("the flow's TOML file", positional=True, metavar="FILE.toml")]
    out: Annotated[str, Flag("the folder for the artefacts of all steps", metavar="DIR")]
    set: Annotated[tuple[str, ...], Flag("a parameter of the flow; may be repeated", metavar="NAME=VALUE")] = ()
    force: Annotated[bool, Flag("replace artefacts that are there")] = False


class ShowOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada show``."""

    folder: Annotated[str, Flag("an artefact, or a folder of artefacts", positional=True, metavar="DIR")]


class NoOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada plugins``: none."""


class SchemaOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada schema``."""

    kind: Annotated[str, Flag("the manifest's kind: " + ", ".join(map(kind_of, MANIFESTS)), positional=True)]


def register(commands: Commands) -> None:
    """Add core's sub-commands."""
    commands.add("demo", _demo_options(), demo)
    commands.add("flow", FlowOptions, flow)
    commands.add("show", ShowOptions, show)
    commands.add("plugins", NoOptions, plugins)
    commands.add("schema", SchemaOptions, schema)


def demo(options: Any, context: Context) -> int:
    """Train, compile, partition, connect and run a small network on emulated cards."""
    values = msgspec.structs.asdict(options)
    out, force = Path(values.pop("out")), values.pop("force")
    return _run(_demo(), values, out, force=force, context=context)


def flow(options: FlowOptions, context: Context) -> int:
    """Run a flow: a TOML file of stages and options."""
    values = dict(_pair(text) for text in options.set)
    return _run(flows.read(Path(options.flow)), values, Path(options.out), force=options.force, context=context)


def show(options: ShowOptions, context: Context) -> int:
    """Sum up an artefact, or every artefact in a folder."""
    folder = Path(options.folder)
    found = (
        [folder]
        if (folder / "manifest.json").exists()
        else sorted(path.parent for path in folder.glob("*/manifest.json"))
    )
    for place in found or [folder]:
        artefact = load_any(place)
        for notice in artefact.notices:
            context.progress.say(f"note: {notice}")
        heading = [] if place == folder else [f"{place}:"]
        _print([*heading, *lines(artefact.manifest)])
    return 0


def plugins(options: NoOptions, context: Context) -> int:  # noqa: ARG001 - every command has options
    """List what is registered, by which plug-in, from which distribution."""
    registry = context.registry
    for plugin in registry.plugins:
        _print([f"plug-in {plugin.name} ({plugin.distribution} {plugin.version})"])
    for kind in KINDS:
        for entry in sorted(registry.entries(kind).values(), key=lambda entry: entry.name):
            _print([f"  {kind.word}: {entry.name} (by {entry.plugin})"])
    return 0


def schema(options: SchemaOptions, context: Context) -> int:  # noqa: ARG001 - every command has a context
    """Print the JSON schema of a manifest kind."""
    kinds = {kind_of(kind): kind for kind in MANIFESTS}
    if options.kind not in kinds:
        msg = f"no manifest kind {options.kind!r}; there are {', '.join(kinds)}"
        raise OptionError(msg)
    _print([msgspec.json.format(msgspec.json.encode(msgspec.json.schema(kinds[options.kind])), indent=2).decode()])
    return 0


def _run(chosen: flows.Flow, values: dict[str, Any], out: Path, *, force: bool, context: Context) -> int:
    parameters = flags.from_values(flows.parameters_of(chosen), values, f"flow {chosen.name!r}")
    done = flows.run(chosen, parameters, out, context.runner, force=force)
    for folder in chosen.summary or done:
        _print(lines(done[folder].manifest))
    return 0


def _demo() -> flows.Flow:
    with as_file(files("levada.core") / "flow_files" / "demo.toml") as path:
        return flows.read(path)


def _demo_options() -> type[Options]:
    specs: list[Any] = [
        ("out", Annotated[str, Flag("the folder for the artefacts of all steps", metavar="DIR")]),
        ("force", Annotated[bool, Flag("replace artefacts that are there")], False),
    ]
    return msgspec.defstruct("DemoOptions", specs, bases=(flows.parameters_of(_demo()),), frozen=True, kw_only=True)  # type: ignore[return-value]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        msg = f"--set expects NAME=VALUE, got {text!r}"
        raise OptionError(msg)
    return name, value


def _print(rows: list[str]) -> None:
    sys.stdout.write("\n".join(rows) + "\n")
