# SPDX-License-Identifier: Apache-2.0
"""Every symbol of FINN and QONNX that is touched, by name: an update that moves one fails here, and says which."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import levada.compile

SOURCE = Path(inspect.getfile(levada.compile)).parent
DOOR = SOURCE / "_finn.py"


def imported(path):
    """Return (module, name) of every import in a file; name is None for a plain import."""
    tree = ast.parse(path.read_text())
    plain = [(each.name, None) for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    return plain + [
        (node.module, each.name) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for each in node.names
    ]


SYMBOLS = [(module, name) for module, name in imported(DOOR) if module.startswith(("finn", "qonnx"))]


@pytest.mark.parametrize(("module", "name"), SYMBOLS, ids=[f"{module}.{name}" for module, name in SYMBOLS])
def test_symbol_is_where_it_was(finn, module, name):
    assert hasattr(importlib.import_module(module), name), f"FINN or QONNX no longer has {module}.{name}"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_the_door_imports_finn_and_qonnx(path):
    reached = {module.partition(".")[0] for module, _ in imported(path) if module}
    assert path == DOOR or not reached & {"finn", "qonnx"}


def test_the_door_exports_what_it_imports():
    from levada.compile import _finn

    assert sorted(_finn.__all__) == sorted(name for _, name in SYMBOLS)
