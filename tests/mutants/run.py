# SPDX-License-Identifier: Apache-2.0
"""Plant each fault of mutants.toml in a copy of the tree, and require that the test it names turns red.

`python tests/mutants/run.py [NAME…]`; exits 1 if a fault survives. A fault is one line of product code and what to write instead; the old
line must be there exactly once, or the fault itself is wrong. All named tests must pass on the tree as it is.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

import tomllib

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("packages", "tests", "pyproject.toml", "docs")
FAILED = 1  # pytest: tests ran, and some failed; any other code is no verdict
WORKERS = 2


class Mutant(NamedTuple):
    """One planted fault."""

    name: str
    file: str
    old: str
    new: str
    test: str

    def plant(self, tree: Path) -> None:
        """Write the fault into a tree."""
        path = tree / self.file
        path.write_text(self.faulty((path).read_text()))

    def faulty(self, source: str) -> str:
        """Return the source with the fault. Raise ValueError where the old line is not there exactly once."""
        lines = source.splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if line.strip() == self.old.strip()]
        if len(places) != 1:
            msg = f"{self.name}: expected the line {self.old!r} once in {self.file}, found it {len(places)} times"
            raise ValueError(msg)
        line = lines[places[0]]
        lines[places[0]] = line.replace(self.old.strip(), self.new.strip())
        return "".join(lines)


def mutants() -> list[Mutant]:
    """Return all faults."""
    table = tomllib.loads(Path(__file__).with_name("mutants.toml").read_text())
    return [Mutant(name=name, **fields) for name, fields in table.items()]


def copy_of(root: Path, folder: Path) -> Path:
    """Copy what tests need."""
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
        else:
            shutil.copy(root / name, folder / name)
    return folder


def pytest(tree: Path, *tests: str) -> tuple[int, str]:
    """Run tests of a tree with the tree's own packages; return pytest's exit code and what it said."""
    sources = os.pathsep.join(str(path) for path in sorted(tree.glob("packages/*/src")))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": sources, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout[-2000:] + done.stderr[-2000:]


def verdict(mutant: Mutant, trees: "Queue[Path]") -> str:
    """Return "" where the named test turned red, else what happened instead."""
    tree = trees.get()
    original = (tree / mutant.file).read_text()
    try:
        mutant.plant(tree)
        code, said = pytest(tree, mutant.test)
    except (ValueError, subprocess.TimeoutExpired) as error:
        return str(error)
    finally:
        (tree / mutant.file).write_text(original)
        trees.put(tree)
    return "" if code == FAILED else f"{mutant.test} did not turn red (pytest exited {code}):\n{said}"


def judge(chosen: list[Mutant], folder: Path) -> int:
    """Try every fault and return how many were not caught."""
    trees: Queue[Path] = Queue()
    for number in range(WORKERS):
        (folder / str(number)).mkdir()
        trees.put(copy_of(ROOT, folder / str(number)))
    code, said = pytest(folder / "0", *sorted({mutant.test for mutant in chosen}))
    if code:
        print(f"the named tests do not pass on the tree as it is:\n{said}")
        return len(chosen)
    missed = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for mutant, problem in zip(chosen, pool.map(lambda mutant: verdict(mutant, trees), chosen), strict=True):
            print(f"{'SURVIVED' if problem else 'caught  '} {mutant.name} ({mutant.file})", flush=True)
            if problem:
                print(problem)
                missed += 1
    return missed


def main(names: list[str]) -> int:
    """Judge the named faults, or all."""
    chosen = [mutant for mutant in mutants() if not names or mutant.name in names]
    with tempfile.TemporaryDirectory(prefix="levada-mutants-") as folder:
        missed = judge(chosen, Path(folder))
    print(f"{len(chosen) - missed} of {len(chosen)} faults caught")
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
