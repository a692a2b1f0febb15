# SPDX-License-Identifier: Apache-2.0
"""Every way to set up, run and check Levada: `python3 -m pip install nox && python3 -m nox -s demo`.

Sessions install pinned sets from requirements/ with uv, which is itself installed into the session by pip. Indexes, find-links and
certificates are taken from pip's own configuration, so that a local CPU build of torch or a mirror is used where pip would use it.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PACKAGES = ("core", "qat", "compile", "partition", "netstack", "runtime")
ON_3_10 = ("core", "netstack", "runtime")
FULL, FINN = "requirements/python-3.11.txt", "requirements/finn.txt"
LIGHT = "requirements/python-3.10.txt"
PHOTOGRAPHS = "requirements/resnet.txt"
UV = "uv==0.13.9"
RESNET_SIZE = "*_resnet50.py"
PYTHON = "3.11"

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "tests"]
nox.options.default_venv_backend = "virtualenv"


# ------------------------------------------------------------------------------------------------ sessions


@nox.session(python=PYTHON)
def demo(session: nox.Session) -> None:
    """Train, compile, partition, connect and run on emulated cards; arguments after `--` go to `levada demo`."""
    install_everything(session)
    arguments = list(session.posargs)
    if not any(argument.startswith("--out") for argument in arguments):
        arguments = ["--out", "build/demo", "--force", *arguments]
    session.run("levada", "demo", *arguments)


@nox.session(python=PYTHON)
def tests(session: nox.Session) -> None:
    """Test every package and the whole flows; arguments after `--` replace the folders given to pytest."""
    install_everything(session)
    whole = [
        "--numprocesses",
        str(min(4, os.cpu_count() or 1)),
        "--dist",
        "loadfile",
        "--durations",
        "20",
        "packages",
        "tests",
    ]
    session.run("pytest", *(session.posargs or whole), env=test_environment() | uv_environment(session))


@nox.session(python=PYTHON)
@nox.parametrize("package", [nox.param(name, id=name) for name in PACKAGES])
def tests_package(session: nox.Session, package: str) -> None:
    """Test one package alone: its built wheel and what it declares, nothing else (on Python 3.10 too, where promised)."""
    wheels = build_wheels(session)
    test_alone(session, package, Path(session.virtualenv.location), FULL, wheels)
    if package in ON_3_10:
        test_alone_on_3_10(session, package, wheels)


@nox.session(python=PYTHON)
def mutants(session: nox.Session) -> None:
    """Plant each fault of tests/mutants in a copy of the tree, and require that the test it names turns red."""
    install_everything(session)
    session.run("python", "tests/mutants/run.py", *session.posargs, env=test_environment())


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    """Check style, format, and types of every package (mypy is strict by configuration)."""
    uv(session, "install", "--constraint", FULL, "ruff", "mypy", "msgspec", "pluggy", "rich", "numpy", "pyzmq")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    for name in PACKAGES:
        session.run("mypy", f"packages/{name}/src")
    session.run("mypy", "examples/paper/reproduction")


@nox.session(python=PYTHON)
def paper(session: nox.Session) -> None:
    """Put the paper's tables and figures beside what is computed, in build/paper; arguments after `--` go to the script."""
    install_everything(session)
    session.run("python", "examples/paper", *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session(python=PYTHON)
def resnet(session: nox.Session) -> None:
    """Test at ResNet-50's size: photographs and noise through three emulated cards; arguments after `--` go to pytest."""
    install_everything(session)
    uv(session, "install", "--no-deps", "--requirement", PHOTOGRAPHS)
    session.run("pytest", *(session.posargs or ["tests_resnet", "--durations", "20"]), env={"OMP_NUM_THREADS": "1"})


@nox.session(python=PYTHON)
def benchmark(session: nox.Session) -> None:
    """Run the scripts of benchmarks/ named after `--`, else all but those of ResNet's size; each prints a ratio against a peer or limit.

    What begins with a dash, and all behind it, goes to the scripts: `-- partition --quick`.
    """
    install_everything(session)
    first = next((at for at, word in enumerate(session.posargs) if word.startswith("-")), len(session.posargs))
    named, passed = session.posargs[:first], session.posargs[first:]
    every = set(Path("benchmarks").glob("[a-z]*.py")) - set(Path("benchmarks").glob(RESNET_SIZE))
    for script in [Path("benchmarks", f"{name}.py") for name in named] or sorted(every):
        session.run("python", str(script), *passed, env={"OMP_NUM_THREADS": "1"})


@nox.session(python=PYTHON)
def benchmark_resnet(session: nox.Session) -> None:
    """Run the scripts of benchmarks/ that compile ResNet-50, which takes a quarter of an hour and more; `-- --bits w1a2` asks for that one."""
    install_everything(session)
    for script in sorted(Path("benchmarks").glob(RESNET_SIZE)):
        session.run("python", str(script), *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session(venv_backend="none")
def hw_integration(session: nox.Session) -> None:
    """Run on real cards named in OCT_NODES (docs/oct.md)."""
    nodes = os.environ.get("OCT_NODES", "").replace(",", " ").split()
    if not nodes:
        session.skip("OCT_NODES names no nodes, so there is no card to run on")
    session.error(f"this version cannot build bitstreams yet, so nothing was run on {', '.join(nodes)} (docs/oct.md)")


@nox.session(python=PYTHON)
def lock(session: nox.Session) -> None:
    """Write the lock files of requirements/ anew from the packages' own ranges and requirements/*.in."""
    session.install(UV)
    resolve(session, PACKAGES, "requirements/python-3.11.in", FULL, "3.11")
    resolve(session, ON_3_10, "requirements/python-3.10.in", LIGHT, "3.10")


# ---------------------------------------------------------------------------------------------- installing


def install_everything(session: nox.Session) -> None:
    """Install the pinned set, FINN without the versions it pins itself, and every package in place."""
    uv(session, "install", "--requirement", FULL)
    uv(session, "install", "--no-deps", "--requirement", FINN)
    editable = [argument for name in PACKAGES for argument in ("--editable", f"packages/{name}")]
    uv(session, "install", "--no-deps", "--no-build-isolation", *editable)


def uv(session: nox.Session, *arguments: str, python: Path | None = None) -> None:
    """Run `uv pip` for the session's environment, or another one, with pip's settings."""
    if not shutil.which("uv", path=session.bin):
        session.install(UV)
    target = python or Path(session.bin) / "python"
    session.run("uv", "pip", *arguments, "--quiet", "--python", str(target), env=uv_environment(session))


def uv_environment(session: nox.Session) -> dict[str, str]:
    """Say to uv what pip's configuration says: where packages come from, and whom to trust."""
    listing = session.run("python", "-m", "pip", "config", "list", silent=True, log=False) or ""
    rows = re.findall(
        r"^(:env:|[\w-]+)\.(?:[\w-]+\.)?([\w-]+)='(.*)'$", str(listing).replace(":env:.", ":env:.x."), re.M
    )
    chosen = {key: value for _, key, value in sorted(rows, key=lambda row: row[0] == ":env:")}
    names = {
        "find-links": "UV_FIND_LINKS",
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_EXTRA_INDEX_URL",
        "cert": "SSL_CERT_FILE",
    }
    settings = {names[key]: " ".join(value.split("\\n")).strip() for key, value in chosen.items() if key in names}
    settings = {name: value for name, value in settings.items() if name not in os.environ}
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_LINK_MODE": "hardlink"} | settings


def build_wheels(session: nox.Session) -> Path:
    """Build every package's wheel into a fresh folder."""
    uv(session, "install", "--constraint", FULL, "hatchling")
    wheels = Path(session.create_tmp()) / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    for name in PACKAGES:
        session.run(
            "uv", "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", str(wheels), f"packages/{name}"
        )
    return wheels


def test_alone(session: nox.Session, package: str, environment: Path, lock_file: str, wheels: Path) -> None:
    """Install one package with what it declares into an environment, and run its tests there."""
    python = environment / "bin" / "python"
    extras = ["emulated"] if package == "runtime" else []
    wheel = next(wheels.glob(f"levada_{package}-*.whl"))
    requirement = f"levada-{package}{extras or ''} @ {wheel.resolve().as_uri()}".replace("'", "")
    uv(session, "install", "--constraint", lock_file, "--find-links", str(wheels), requirement, "pytest", "hypothesis",
       python=python)  # fmt: skip
    if package == "compile":
        install_finn(session, python)
    session.run(str(python), "-m", "pytest", f"packages/{package}/tests", *session.posargs, external=True)


def install_finn(session: nox.Session, python: Path) -> None:
    """Install FINN as README.md of levada-compile says: pinned, without what it pins itself."""
    uv(session, "install", "--requirement", FULL, python=python)
    uv(session, "install", "--no-deps", "--requirement", FINN, python=python)


def test_alone_on_3_10(session: nox.Session, package: str, wheels: Path) -> None:
    """Test a package alone on CPython 3.10, where there is one."""
    interpreter = python_3_10()
    if interpreter is None:
        session.warn("no CPython 3.10 here, so 3.10 was not tried (set LEVADA_PYTHON_3_10 to name one)")
        return
    environment = Path(session.create_tmp()) / "python-3.10"
    session.run("uv", "venv", "--quiet", "--clear", "--python", interpreter, str(environment))
    test_alone(session, package, environment, LIGHT, wheels)


def test_environment() -> dict[str, str]:
    """Name the interpreter that the tests of light installs use for Python 3.10."""
    interpreter = python_3_10()
    return {"LEVADA_PYTHON_3_10": interpreter} if interpreter else {}


def python_3_10() -> str | None:
    """Return a CPython 3.10: the one named by LEVADA_PYTHON_3_10, on the path, or kept by pyenv."""
    kept = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.10.*/bin/python"))
    named = [os.environ.get("LEVADA_PYTHON_3_10"), shutil.which("python3.10"), *map(str, kept)]
    return next((candidate for candidate in named if candidate and runs_3_10(candidate)), None)


def runs_3_10(interpreter: str) -> bool:
    """Say whether this command starts a Python 3.10 (a pyenv shim may not)."""
    check = [interpreter, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 10))"]
    return Path(interpreter).exists() and subprocess.run(check, capture_output=True, check=False).returncode == 0


# ------------------------------------------------------------------------------------------------- locking


def resolve(session: nox.Session, packages: tuple[str, ...], extra: str, lock_file: str, version: str) -> None:
    """Pin everything that these packages and one .in file ask for, with the CPU build of torch and no CUDA package."""
    own = Path(session.create_tmp()) / f"levada-{version}.in"
    own.write_text("".join(f"levada-{name} @ {(ROOT / 'packages' / name).as_uri()}\n" for name in PACKAGES))
    sources = [f"packages/{name}/pyproject.toml" for name in packages]
    session.run("uv", "pip", "compile", "--quiet", *sources, extra, "--extra", "emulated", "--override", str(own),
                "--python-version", version, "--no-annotate", "--no-header", "--upgrade",
                *(f"--no-emit-package=levada-{name}" for name in PACKAGES), "--output-file", lock_file,
                env=uv_environment(session))  # fmt: skip
    pinned = Path(lock_file).read_text()
    if "nvidia" in pinned:
        session.error("pip's find-links and indexes offer no CPU build of torch, so CUDA packages would be locked")
    header = f"# Python {version}. Made by `python3 -m nox -s lock`; edit {extra} or the packages' ranges instead.\n"
    Path(lock_file).write_text(header + pinned.replace("+cpu", ""))
