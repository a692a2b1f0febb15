# SPDX-License-Identifier: Apache-2.0
"""Flows: a TOML file of stages and options, joined by the kinds they read and write.

::

    name = "demo"
    summary = ["model", "run"]         # steps whose summary is printed at the end

    [parameters.cards]
    default = 3
    help = "how many cards"
    choices = [1, 2, 3]

    [[step]]
    stage = "partition"                # reads the newest Dataflow of the steps before
    folder = "plan"                    # where under --out; default: the stage's name
    options = { cluster = "u280x{cards}", cards = "{cards}" }

    [[step]]
    stage = "run"
    options = { input = "@images" }    # the folder of an earlier step
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from levada.core import flags
from levada.core.artefact import Artefact
from levada.core.errors import OptionError, OutputError
from levada.core.manifests import Manifest, kind_of
from levada.core.manifests.common import Record
from levada.core.plugins import STAGE
from levada.core.runner import Runner
from levada.core.stages import Flag, Options, Stage

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Scalar = str | int | float | bool


class Parameter(Record, frozen=True, kw_only=True):
    """A value that the user of a flow may set; its type is that of its default."""

    default: Scalar
    help: str = ""
    choices: tuple[Scalar, ...] = ()


class Step(Record, frozen=True, kw_only=True):
    """One stage of a flow."""

    stage: str
    folder: str | None = None
    options: dict[str, Scalar | tuple[Scalar, ...]] = {}


class Flow(Record, frozen=True, kw_only=True):
    """A named sequence of stages; ``summary`` lists the folders whose artefacts are summed up at the end."""

    name: str
    summary: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = {}
    step: tuple[Step, ...]


def read(path: Path) -> Flow:
    """Return the flow in a TOML file. Raise OptionError naming the file and the entry."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Flow)
    except OSError as error:
        msg = f"cannot read the flow {path}: {error.strerror}"
        raise OptionError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"the flow {path} is no TOML: {error}"
        raise OptionError(msg) from None
    except msgspec.ValidationError as error:
        msg = f"the flow {path}: {error}"
        raise OptionError(msg) from None


def parameters_of(flow: Flow) -> type[Options]:
    """Return an Options struct with one field per parameter, so that flags, help and checks come from one place."""
    specs = [(name, _annotation(parameter), parameter.default) for name, parameter in flow.parameters.items()]
    return msgspec.defstruct(  # type: ignore[return-value]
        f"{flow.name.title()}Parameters", specs, bases=(Options,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )


def run(flow: Flow, parameters: Options, out: Path, runner: Runner, *, force: bool = False) -> dict[str, Artefact[Any]]:
    """Run every step under ``out`` and return folder → artefact. What a failing step leaves behind is whole."""
    _refuse(out, force=force)
    given = msgspec.structs.asdict(parameters)
    values = {name: _fill(value, given, {}) for name, value in given.items()}
    stages = [(_folder(step), _stage(step, runner), step) for step in flow.step]
    done: dict[str, Artefact[Any]] = {}
    for number, (folder, stage, step) in enumerate(stages, 1):
        runner.progress.say(f"[{number}/{len(stages)}] {stage.name} → {out / folder}")
        options = flags.from_values(stage.options, _filled(step.options, values, done), f"step {folder!r}")
        inputs = [_newest(kind, done, folder) for kind in stage.reads]
        done[folder] = runner.run(stage, inputs, options, out / folder, force=force)
    return done


def _annotation(parameter: Parameter) -> Any:
    kind = Literal[parameter.choices] if parameter.choices else type(parameter.default)
    return Annotated[kind, Flag(parameter.help)]


def _refuse(out: Path, *, force: bool) -> None:
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not force):
        msg = f"output {out} exists already; choose another, or replace what is in it with --force"
        raise OutputError(msg)


def _folder(step: Step) -> str:
    return step.folder or step.stage


def _stage(step: Step, runner: Runner) -> type[Stage[Any]]:
    return runner.registry.get(STAGE, step.stage)  # type: ignore[no-any-return]


def _newest(kind: type[Manifest], done: Mapping[str, Artefact[Any]], folder: str) -> Path:
    for artefact in reversed(list(done.values())):
        if isinstance(artefact.manifest, kind):
            return Path(artefact.folder)
    msg = f"step {folder!r} reads a {kind_of(kind)}, and no step before it writes one; reorder the flow"
    raise OptionError(msg)


def _filled(options: Mapping[str, Any], values: Mapping[str, Any], done: Mapping[str, Artefact[Any]]) -> dict[str, Any]:
    """Return the options with ``{parameter}`` and ``@folder`` filled in; one that becomes empty is left to its default."""
    filled = {name: _fill(value, values, done) for name, value in options.items()}
    return {name: value for name, value in filled.items() if value != ""}


def _fill(value: Any, values: Mapping[str, Any], done: Mapping[str, Artefact[Any]]) -> Any:
    if not isinstance(value, str):
        return [_fill(item, values, done) for item in value] if isinstance(value, (list, tuple)) else value
    if value.startswith("@"):
        return str(_earlier(value[1:], done).folder)
    return re.sub(r"\{(\w+)\}", lambda match: _parameter(match[1], values), value)


def _earlier(name: str, done: Mapping[str, Artefact[Any]]) -> Artefact[Any]:
    if name not in done:
        msg = f"option '@{name}' names a step that has not run before; there are {', '.join(done) or 'none'}"
        raise OptionError(msg)
    return done[name]


def _parameter(name: str, values: Mapping[str, Any]) -> str:
    if name not in values:
        msg = f"'{{{name}}}' names no parameter; there are {', '.join(values) or 'none'}"
        raise OptionError(msg)
    return str(values[name])
