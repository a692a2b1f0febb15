# SPDX-License-Identifier: Apache-2.0
"""Imports go one way: each package to levada.core, to itself, and to what its pyproject.toml declares."""

import ast
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest
import tomllib

PACKAGES = ("core", "qat", "compile", "partition", "netstack", "runtime")
FOR_TESTS = {"pytest", "hypothesis"}
ON_NO_INDEX = {"pyxrt": "runtime"}  # comes with XRT itself, and only the xrt driver may ask for it


def imported_modules(source: str) -> set[str]:
    """Return every module that a source imports, at the top, inside functions, or by import_module("literal")."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {
                f"{node.module}.{alias.name}" if node.module == "levada" else node.module or "." for alias in node.names
            }
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            found |= {argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)}
    return found


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def declared(pyproject: Path) -> set[str]:
    """Return the distributions that a package declares, extras included, in normal form."""
    project = tomllib.loads(pyproject.read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    requirements = [*project.get("dependencies", []), *(requirement for extra in extras for requirement in extra)]
    return {normal(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements}


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def breaches(folder: Path, package: str, allowed: set[str]) -> list[str]:
    """Return "file imports module" for each import under ``folder`` that ``package`` may not make."""
    providers = metadata.packages_distributions()
    found = []
    for file in sorted(folder.rglob("*.py")):
        for module in sorted(imported_modules(file.read_text())):
            if not may_import(module, package, allowed, providers):
                found.append(f"{file.name} imports {module}")
    return found


def may_import(module: str, package: str, allowed: set[str], providers: dict[str, list[str]]) -> bool:
    top, _, rest = module.partition(".")
    if top == "levada":
        return rest.partition(".")[0] in {"core", package}
    if top in sys.stdlib_module_names or ON_NO_INDEX.get(top) == package or top in {"", "conftest"}:
        return True
    return bool({normal(name) for name in providers.get(top, [top])} & allowed)


@pytest.mark.parametrize("package", PACKAGES)
def test_sources_import_core_themselves_and_what_they_declare(root, package):
    home = root / "packages" / package
    assert breaches(home / "src", package, declared(home / "pyproject.toml")) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_tests_of_a_package_need_nothing_but_it_and_pytest(root, package):
    home = root / "packages" / package
    beside = {normal(file.stem) for file in (home / "tests").rglob("*.py")}
    installed = declared(home / "pyproject.toml") | declared(root / "packages" / "core" / "pyproject.toml")
    assert breaches(home / "tests", package, installed | beside | FOR_TESTS) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_depends_on_a_sibling(root, package):
    siblings = {f"levada-{name}" for name in PACKAGES if name != "core"}
    assert not declared(root / "packages" / package / "pyproject.toml") & siblings


@pytest.mark.parametrize("package", PACKAGES)
def test_the_namespace_stays_open(root, package):
    assert not (root / "packages" / package / "src" / "levada" / "__init__.py").exists()


@pytest.mark.parametrize(
    "line",
    [
        "import levada.compile",
        "from levada.netstack import check",
        "from levada import runtime",
        "def late():\n    import torch",
        "import_module('finn')",
        "importlib.import_module('levada.qat.plugin')",
    ],
)
def test_a_breach_is_found(tmp_path, line):
    (tmp_path / "bad.py").write_text(line + "\n")
    assert len(breaches(tmp_path, "partition", {"levada-core", "mip"})) == 1


@pytest.mark.parametrize(
    "line", ["import levada.core.errors", "from levada import core", "import json, mip", "from . import x"]
)
def test_what_is_allowed_is_no_breach(tmp_path, line):
    (tmp_path / "good.py").write_text(line + "\n")
    assert breaches(tmp_path, "partition", {"levada-core", "mip"}) == []
