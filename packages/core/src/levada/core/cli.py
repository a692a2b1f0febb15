# SPDX-License-Identifier: Apache-2.0
"""The ``levada`` command: every registered stage and command as a sub-command. The one place that reads the environment.

Exit codes: 0 done; 2 the user's mistake; 1 a fault of ours, or a run that failed; 130 interrupted.
"""

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from levada.core import __version__, flags
from levada.core.commands import Command, Commands, Context
from levada.core.errors import LevadaError
from levada.core.manifests import kind_of
from levada.core.plugins import Registry
from levada.core.progress import Progress
from levada.core.runner import Runner
from levada.core.show import lines
from levada.core.stages import Stage
from levada.core.store import Store

ELSEWHERE = {
    "train": "levada-qat",
    "images": "levada-qat",
    "compile": "levada-compile[finn]",
    "build": "levada-compile[finn]",
    "partition": "levada-partition",
    "netstack": "levada-netstack",
    "run": "levada-runtime",
    "agent": "levada-runtime",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error is one message on standard error, never a traceback."""
    try:
        return _main(sys.argv[1:] if arguments is None else list(arguments))
    except LevadaError as error:
        _complain(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: say where the traceback is, and do not print it
        _complain(f"a fault of Levada's own: {type(error).__name__}: {error}; please report {_trace()}")
        return 1


def _main(arguments: list[str]) -> int:
    registry = Registry(without=tuple(filter(None, os.environ.get("LEVADA_WITHOUT", "").split(","))))
    parser = _parser(registry)
    _point_elsewhere(parser, arguments)
    parsed = parser.parse_args(arguments)
    progress = Progress(None if parsed.quiet else Console(stderr=True))
    store = None if parsed.no_store else Store(Path(parsed.store) if parsed.store else _store_folder())
    runner = Runner(registry, store, progress)
    code: int = parsed.function(parsed, Context(runner, progress))
    return code


def _parser(registry: Registry) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="levada", description="From quantisation-aware training to a dataflow accelerator across networked FPGAs."
    )
    parser.add_argument("--version", action="version", version=f"levada {__version__}")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument(
        "--store", metavar="DIR", help="where finished artefacts are kept (default: LEVADA_STORE, or the user's cache)"
    )
    parser.add_argument("--no-store", action="store_true", help="neither look up finished artefacts nor keep them")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, stage in sorted(registry.stages().items()):
        _add_stage(subparsers.add_parser(name, help=_summary(stage), description=stage.__doc__), stage)
    commands = Commands()
    registry.hook.levada_register_command(commands=commands)
    for command in commands:
        _add_command(subparsers.add_parser(command.name, help=command.help, description=command.help), command)
    return parser


def _add_stage(parser: argparse.ArgumentParser, stage: type[Stage[Any]]) -> None:
    for kind in stage.reads:
        parser.add_argument(
            _input(kind), metavar=_input(kind).upper(), type=Path, help=f"the folder of a {kind_of(kind)}"
        )
    flags.add_to(parser, stage.options)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=f"the folder to write the {kind_of(stage.writes)} to"
    )
    parser.add_argument("--force", action="store_true", help="replace an artefact that is there")

    def run(parsed: argparse.Namespace, context: Context) -> int:
        options = flags.from_arguments(stage.options, parsed)
        inputs = [getattr(parsed, _input(kind)) for kind in stage.reads]
        artefact = context.runner.run(stage, inputs, options, parsed.out, force=parsed.force)
        sys.stdout.write("\n".join(lines(artefact.manifest)) + "\n")
        return 0

    parser.set_defaults(function=run)


def _add_command(parser: argparse.ArgumentParser, command: Command) -> None:
    flags.add_to(parser, command.options)
    parser.set_defaults(
        function=lambda parsed, context: command.run(flags.from_arguments(command.options, parsed), context)
    )


def _input(kind: Any) -> str:
    return f"{kind_of(kind)}_dir"


def _summary(stage: type[Stage[Any]]) -> str:
    return (stage.__doc__ or "").strip().partition("\n")[0]


def _point_elsewhere(parser: argparse.ArgumentParser, arguments: list[str]) -> None:
    """Say what to install where a known command's package is missing."""
    wanted = next((argument for argument in arguments if not argument.startswith("-")), "")
    known = next(action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    if wanted in ELSEWHERE and wanted not in (known or ()):
        parser.error(
            f"{wanted!r} is a command of {ELSEWHERE[wanted]}, which is not installed: pip install '{ELSEWHERE[wanted]}'"
        )


def _store_folder() -> Path:
    given = os.environ.get("LEVADA_STORE")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(given) if given else Path(cache) / "levada" / "store"


def _complain(text: str) -> None:
    sys.stderr.write(f"levada: error: {text}\n")


def _trace() -> str:
    """Write the traceback to a file and return its name."""
    with tempfile.NamedTemporaryFile("w", prefix="levada-traceback-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
        return file.name


if __name__ == "__main__":
    sys.exit(main())
