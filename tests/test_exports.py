# SPDX-License-Identifier: Apache-2.0
"""What plug-ins may rely on changes only on purpose."""

import importlib
import runpy

import pytest

PACKAGES = ("core", "qat", "compile", "partition", "netstack", "runtime")


def test_the_names_that_core_offers_are_those_written_down(root):
    written = (root / "tests" / "golden" / "exported_names.txt").read_text()
    offered = runpy.run_path(str(root / "tests" / "golden" / "exported_names.py"))["text"]()
    assert offered == written, "if that is meant: python tests/golden/exported_names.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_in_all_exists(package):
    module = importlib.import_module(f"levada.{package}")
    assert [name for name in getattr(module, "__all__", []) if not hasattr(module, name)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_typed(root, package):
    assert (root / "packages" / package / "src" / "levada" / package / "py.typed").exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_what_a_reader_looks_for(root, package):
    home = root / "packages" / package
    assert [name for name in ("README.md", "CHANGELOG.md", "pyproject.toml") if not (home / name).exists()] == []
