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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from levada.core import flags
from levada.core.artefact import Artefact
from levada.core.errors import OptionError, OutputError
from levada.core.manifests import Manifest, kind_of
from levada.core.manifests.common import Record
from levada.core.plugins import STAGE, Registry
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
    specs = [(name, _annotation(name, parameter), parameter.default) for name, parameter in flow.parameters.items()]
    return msgspec.defstruct(  # type: ignore[return-value]
        "Parameters", specs, bases=(Options,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A step with its stage, its options filled in, and the folders (under the flow's) that it reads and writes."""

    folder: str
    stage: type[Stage[Any]]
    inputs: tuple[str, ...]
    options: Options


def run(flow: Flow, parameters: Options, out: Path, runner: Runner, *, force: bool = False) -> dict[str, Artefact[Any]]:
    """Run every step under ``out`` and return folder → artefact.

    Mistakes in the flow are found before the first step runs; what a failing step leaves behind is whole.
    """
    _refuse(out, force=force)
    calls = plan(flow, parameters, out, runner.registry)
    done: dict[str, Artefact[Any]] = {}
    for number, call in enumerate(calls, 1):
        runner.progress.say(f"[{number}/{len(calls)}] {call.stage.name} → {out / call.folder}")
        inputs = [out / name for name in call.inputs]
        done[call.folder] = runner.run(call.stage, inputs, call.options, out / call.folder, force=force)
    return done


def plan(flow: Flow, parameters: Options, out: Path, registry: Registry) -> list[Call]:
    """Return what each step will do. Raise OptionError or NotRegisteredError for the first that cannot be meant."""
    given = msgspec.structs.asdict(parameters)
    values = {name: _fill(value, given, out, ()) for name, value in given.items()}
    calls: list[Call] = []
    for step in flow.step:
        folder = step.folder or step.stage
        _check_folder(folder, calls)
        stage: type[Stage[Any]] = registry.get(STAGE, step.stage)
        inputs = tuple(_newest(kind, calls, folder) for kind in stage.reads)
        options = flags.from_values(stage.options, _filled(step.options, values, out, calls), f"step {folder!r}")
        calls.append(Call(folder=folder, stage=stage, inputs=inputs, options=options))
    _check_summary(flow, calls)
    return calls


def _annotation(name: str, parameter: Parameter) -> Any:
    if not parameter.choices:
        return Annotated[type(parameter.default), Flag(parameter.help)]
    if parameter.default not in parameter.choices or {type(choice) for choice in parameter.choices} - {int, str}:
        choices = ", ".join(map(repr, parameter.choices))
        msg = f"parameter {name!r} needs a default among its choices, integers or texts; they are {choices}, it is {parameter.default!r}"
        raise OptionError(msg)
    return Annotated[Literal[parameter.choices], Flag(parameter.help)]


def _refuse(out: Path, *, force: bool) -> None:
    if out.exists() and not out.is_dir():
        msg = f"output {out} is a file; choose a folder for the artefacts of all steps"
        raise OutputError(msg)
    if out.is_dir() and any(out.iterdir()) and not force:
        msg = f"output {out} exists already; choose another, or replace what is in it with --force"
        raise OutputError(msg)


def _check_folder(folder: str, before: Sequence[Call]) -> None:
    if re.fullmatch(r"\w[\w.-]*", folder) is None:
        msg = f"step {folder!r} needs a plain folder name (letters, digits, '_', '-', '.')"
        raise OptionError(msg)
    if folder in {call.folder for call in before}:
        msg = f"two steps write to {folder!r}; give one of them a 'folder' of its own"
        raise OptionError(msg)


def _check_summary(flow: Flow, calls: Sequence[Call]) -> None:
    folders = [call.folder for call in calls]
    for name in flow.summary:
        if name not in folders:
            msg = f"the summary names {name!r}, which no step writes; there are {', '.join(folders) or 'none'}"
            raise OptionError(msg)


def _newest(kind: type[Manifest], before: Sequence[Call], folder: str) -> str:
    found = [call.folder for call in before if issubclass(call.stage.writes, kind)]
    if not found:
        msg = f"step {folder!r} reads the kind {kind_of(kind)!r}, and no step before it writes one; reorder the flow"
        raise OptionError(msg)
    return found[-1]


def _filled(options: Mapping[str, Any], values: Mapping[str, Any], out: Path, before: Sequence[Call]) -> dict[str, Any]:
    """Return the options with ``{parameter}`` and ``@folder`` filled in; one that becomes empty is left to its default.

    Of a repeated option, the items that become empty are left out.
    """
    filled = {name: _fill(value, values, out, before) for name, value in options.items()}
    return {name: value for name, value in filled.items() if value != ""}


def _fill(value: Any, values: Mapping[str, Any], out: Path, before: Sequence[Call]) -> Any:
    if not isinstance(value, str):
        filled = [_fill(item, values, out, before) for item in value] if isinstance(value, (list, tuple)) else value
        return [item for item in filled if item != ""] if isinstance(filled, list) else filled
    if value.startswith("@"):
        return str(out / _earlier(value[1:], before))
    return re.sub(r"\{(\w+)\}", lambda match: _parameter(match[1], values), value)


def _earlier(name: str, before: Sequence[Call]) -> str:
    folders = [call.folder for call in before]
    if name not in folders:
        msg = f"option '@{name}' names a step that has not run before; there are {', '.join(folders) or 'none'}"
        raise OptionError(msg)
    return name


def _parameter(name: str, values: Mapping[str, Any]) -> str:
    if name not in values:
        msg = f"'{{{name}}}' names no parameter; there are {', '.join(values) or 'none'}"
        raise OptionError(msg)
    return str(values[name])
