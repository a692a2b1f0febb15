# SPDX-License-Identifier: Apache-2.0
"""What the whole-flow tests share: the repository, the `levada` command as a user runs it, and one trained network."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "qat", "compile", "partition", "netstack", "runtime")


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


class Command:
    """The `levada` command of this environment, with a store of its own, run in a process of its own."""

    def __init__(self, store: Path) -> None:
        self.environment = os.environ | {"LEVADA_STORE": str(store), "OMP_NUM_THREADS": "1"}

    def __call__(self, *arguments: object, timeout_s: float = 300, **environment: str) -> Result:
        script = Path(sys.executable).with_name("levada")
        paths = [environment.pop("PYTHONPATH", ""), self.environment.get("PYTHONPATH", "")]
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        done = subprocess.run(
            [str(script), "--quiet", *map(str, arguments)],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def good(self, *arguments: object, **environment: str) -> Result:
        """Run a command that must succeed."""
        result = self(*arguments, **environment)
        assert result.code == 0, f"levada {' '.join(map(str, arguments))} exited {result.code}:\n{result.err}"
        return result


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def levada(tmp_path_factory) -> Command:
    """The command with a store of its own, or the one in LEVADA_TEST_STORE, which saves the training when tests are run often."""
    kept = os.environ.get("LEVADA_TEST_STORE")
    return Command(Path(kept) if kept else tmp_path_factory.mktemp("store"))


@pytest.fixture
def refused(levada, tmp_path):
    """Return a function that runs a command which must be refused as the user's mistake, and returns the one message.

    Nothing may be written: what lies under ``tmp_path`` must be the same before and after.
    """

    def run(*arguments, **environment) -> str:
        before = contents(tmp_path)
        result = levada(*arguments, **environment)
        assert result.code == 2, f"exited {result.code}: {result.out}{result.err}"
        assert result.err.startswith("levada: error: ")
        assert result.err.count("levada: error: ") == 1
        assert "Traceback" not in result.err
        assert contents(tmp_path) == before
        return result.err

    return run


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder with its bytes."""
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in sorted(folder.rglob("*"))}


@pytest.fixture(scope="session")
def demo(levada, tmp_path_factory) -> Path:
    """The artefacts of `levada demo` as it stands: three cards in a loop."""
    out = tmp_path_factory.mktemp("demo") / "out"
    levada.good("demo", "--out", out)
    return out
