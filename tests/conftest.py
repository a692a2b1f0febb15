# SPDX-License-Identifier: Apache-2.0
"""What the whole-flow tests share: the repository, the `levada` command as a user runs it, and one trained network."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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

    script = str(Path(sys.executable).with_name("levada"))

    def __init__(self, store: Path) -> None:
        self.environment = os.environ | {"LEVADA_STORE": str(store), "OMP_NUM_THREADS": "1"}

    def __call__(self, *arguments: object, timeout_s: float = 900, **environment: str) -> Result:
        paths = [environment.pop("PYTHONPATH", ""), self.environment.get("PYTHONPATH", "")]
        environment |= {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        done = subprocess.run(
            [self.script, "--quiet", *map(str, arguments)],
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

    @contextmanager
    def started(self, *arguments: object) -> Iterator[None]:
        """Have a command run until the block ends; it is up once it has said a line."""
        command = [self.script, *map(str, arguments)]
        with subprocess.Popen(command, env=self.environment, stderr=subprocess.PIPE, text=True) as process:
            try:
                process.stderr.readline()
                yield
            finally:
                process.terminate()
                process.communicate(timeout=30)


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Let one worker at a time do what the others will find done."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """A folder that all workers of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def levada(shared) -> Command:
    """The command with a store of its own, or the one in LEVADA_TEST_STORE, which saves the training when tests are run often."""
    kept = os.environ.get("LEVADA_TEST_STORE")
    return Command(Path(kept) if kept else shared / "store")


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
def demo(levada, shared) -> Path:
    """The artefacts of `levada demo` as it stands: three cards in a loop. One worker makes them."""
    with alone(shared, "demo"):
        if not (shared / "demo").exists():
            levada.good("demo", "--out", shared / "demo")
    return shared / "demo"


@pytest.fixture(scope="session")
def resnet8(levada, shared) -> Path:
    """An untrained ResNet-8 as a dataflow for U280 cards. One worker makes it."""
    with alone(shared, "resnet8"):
        if not (shared / "resnet8").exists():
            levada.good("train", "resnet8", "--epochs", 0, "--golden", 1, "--out", shared / "resnet8" / "model")
            levada.good("compile", shared / "resnet8" / "model", "--board", "u280", "--flip-images", 0,
                        "--out", shared / "resnet8" / "dataflow")  # fmt: skip
    return shared / "resnet8"
