# SPDX-License-Identifier: Apache-2.0
"""Code stays small enough to read: functions of 50 lines at most, files of 500, and most of them far below."""

import ast
from pathlib import Path

import pytest

LONGEST_FUNCTION, LONGEST_FILE = 50, 500
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def functions(source: str) -> dict[str, int]:
    """Return "name:line" → length in lines of every function."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, FUNCTIONS)]
    return {f"{node.name}:{node.lineno}": node.end_lineno - node.lineno + 1 for node in nodes}


def sources(root: Path) -> list[Path]:
    """Return every product file."""
    return [*sorted(root.glob("packages/*/src/**/*.py")), root / "noxfile.py"]


def test_no_function_is_longer_than_fifty_lines(root):
    lengths = {
        f"{file.relative_to(root)}:{name}": n
        for file in sources(root)
        for name, n in functions(file.read_text()).items()
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}


def test_nine_functions_in_ten_are_at_most_thirty_lines(root):
    lengths = sorted(n for file in sources(root) for n in functions(file.read_text()).values())
    assert lengths[len(lengths) * 9 // 10] <= 30


def test_no_file_is_longer_than_five_hundred_lines(root):
    files = [*sources(root), *root.glob("packages/*/tests/**/*.py"), *root.glob("tests/**/*.py")]
    lengths = {str(file.relative_to(root)): len(file.read_text().splitlines()) for file in files}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


@pytest.mark.parametrize("lines", [50, 51])
def test_lengths_count_the_line_of_the_name(lines):
    assert functions("def f():\n" + "    x = 1\n" * (lines - 1)) == {"f:1": lines}
