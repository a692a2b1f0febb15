# SPDX-License-Identifier: Apache-2.0
"""The ``levada`` command: every registered stage and command as a sub-command. The one place that reads the environment.

Exit codes: 0 done; 2 the user's mistake; 1 a fault of ours, or a run that failed; 130 interrupted; 128 + n ended by signal n.
"""

import argparse
import errno
import inspect
import os
import select
import shutil
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from levada.core import __version__, flags, signals
from levada.core.commands import Command, Context
from levada.core.errors import LevadaError, PluginError
from levada.core.manifests import kind_of
from levada.core.plugins import Registry
from levada.core.progress import Progress
from levada.core.runner import Runner
from levada.core.show import lines
from levada.core.stages import Stage
from levada.core.store import Store

STORE = "--store"
OUTSIDE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.EMFILE}
PLAIN = argparse.RawDescriptionHelpFormatter
ELSEWHERE = {
    "train": "levada-qat",
    "images": "levada-qat",
    "compile": "levada-compile[finn]",
    "build": "levada-compile[finn]",
    "partition": "levada-partition",
    "netstack": "levada-netstack",
    "run": "levada-runtime",
    "agent": "levada-runtime",
    "keys": "levada-runtime",
}


class _Parsed(argparse.Namespace):
    """What was given; the words of the command itself are kept apart from those of stages, which may be called the same."""

    levada_quiet: bool
    levada_store: str | None
    levada_no_store: bool
    levada_function: Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error is one message on standard error, never a traceback."""
    try:
        with signals.raised():
            code = _main(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except LevadaError as error:
        return _complain(str(error), error.exit_code)
    except signals.Terminated as error:
        return _complain(str(error), 128 + error.number)
    except KeyboardInterrupt:
        return _complain("interrupted", 130)
    except Exception as error:  # noqa: BLE001 - the last resort
        return _unexpected(error)
    return code


def _unexpected(error: Exception) -> int:
    """Tell what nobody foresaw: a closed pipe is fine, a full disk the user's, all else ours (and where the traceback is)."""
    if isinstance(error, BrokenPipeError) and _nobody_reads():
        return 0
    if isinstance(error, OSError) and error.errno in OUTSIDE:
        return _complain(f"{error.strerror}: {error.filename or 'while writing'}", 2)
    return _complain(f"a fault of Levada's own: {type(error).__name__}: {error}; please report {_trace()}", 1)


def _main(arguments: list[str]) -> int:
    without = os.environ.get("LEVADA_WITHOUT", "").replace(",", " ").split()
    registry = Registry(without=without)
    parsed = _parse(registry, arguments)
    progress = Progress(None if parsed.levada_quiet else Console(stderr=True))
    store = None if parsed.levada_no_store else Store(store_folder(parsed.levada_store))
    code: int = parsed.levada_function(parsed, Context(Runner(registry, store, progress), progress))
    return code


def _parse(registry: Registry, arguments: list[str]) -> _Parsed:
    parser = _parser()
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    commands, stages = registry.commands(), registry.stages()
    for name in sorted({*commands, *stages}):
        text = commands[name].help if name in commands else inspect.cleandoc(stages[name].__doc__ or "")
        summary = text.partition("\n")[0].replace("%", "%%")
        sub = subparsers.add_parser(
            name, help=summary, description=_wrapped(text), allow_abbrev=False, formatter_class=PLAIN
        )
        try:
            _add_command(sub, commands[name]) if name in commands else _add_stage(sub, stages[name])
        except (argparse.ArgumentError, TypeError, ValueError) as error:
            msg = f"the options of {name!r} make no flags: {error}; mend or leave out the plug-in that registers it"
            raise PluginError(msg) from error
    _point_elsewhere(parser, arguments, subparsers.choices)
    return parser.parse_args(arguments, _Parsed())


def _wrapped(text: str) -> str:
    """Break long lines as argparse breaks those of flags; keep the others, and paragraphs."""
    width = shutil.get_terminal_size().columns - 2
    return "\n".join(textwrap.fill(line, width) for line in text.splitlines())


def _parser() -> argparse.ArgumentParser:
    """Return the parser with the flags that stand before the command."""
    parser = argparse.ArgumentParser(
        prog="levada",
        description="From quantisation-aware training to a dataflow accelerator across networked FPGAs.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"levada {__version__}")
    parser.add_argument("--quiet", action="store_true", dest="levada_quiet", help="no progress")
    parser.add_argument(
        STORE,
        metavar="DIR",
        dest="levada_store",
        help="where finished artefacts are kept (default: LEVADA_STORE, or the user's cache)",
    )
    parser.add_argument(
        "--no-store",
        action="store_true",
        dest="levada_no_store",
        help="neither look up finished artefacts nor keep them",
    )
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

    parser.set_defaults(levada_function=run)


def _add_command(parser: argparse.ArgumentParser, command: Command) -> None:
    flags.add_to(parser, command.options)
    parser.set_defaults(
        levada_function=lambda parsed, context: command.run(flags.from_arguments(command.options, parsed), context)
    )


def _input(kind: Any) -> str:
    return f"{kind_of(kind)}_dir"


def _point_elsewhere(parser: argparse.ArgumentParser, arguments: Sequence[str], known: Any) -> None:
    """Say what to install where a known command's package is missing."""
    wanted = _command(arguments)
    if wanted in ELSEWHERE and wanted not in known:
        package = ELSEWHERE[wanted]
        parser.error(f"{wanted!r} is a command of {package}, which is not installed: pip install '{package}'")


def _command(arguments: Sequence[str]) -> str:
    """Return the first word that is no flag, nor the store's folder."""
    words = iter(arguments)
    for word in words:
        if word == STORE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return ""


def store_folder(given: str | None) -> Path:
    """Return where finished artefacts are kept: as given, as LEVADA_STORE says, or in the user's cache."""
    chosen = given or os.environ.get("LEVADA_STORE")
    cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(chosen) if chosen else Path(cache) / "levada" / "store"


def _complain(text: str, code: int) -> int:
    sys.stderr.write(f"levada: error: {text}\n")
    return code


def _nobody_reads() -> bool:
    """Say whether standard output is a pipe closed at its other end (``levada show | head``), and quieten Python's last flush if so."""
    try:
        output = sys.stdout.fileno()
    except OSError:  # captured: no pipe at all
        return False
    poll = select.poll()
    poll.register(output, 0)
    closed = any(event & select.POLLERR for _, event in poll.poll(0))
    if closed:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)
    return closed


def _trace() -> str:
    """Write the traceback to a file and return its name."""
    with tempfile.NamedTemporaryFile("w", prefix="levada-traceback-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
        return file.name


if __name__ == "__main__":
    sys.exit(main())
