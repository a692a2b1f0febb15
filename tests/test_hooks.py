# SPDX-License-Identifier: Apache-2.0
"""Every hook is documented as it is, and every hook has a test that implements it."""

import inspect
import re

import pytest

from levada.core import hookspecs

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("levada_"))


def heading(hook: str) -> str:
    """Return a hook's heading in docs/hooks.md: its signature as the code has it."""
    signature = str(inspect.signature(getattr(hookspecs, hook)))
    return f"### `{hook}{signature}`".replace("'", "").replace('"', "")


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_signature(root, hook):
    assert heading(hook) in (root / "docs" / "hooks.md").read_text().splitlines()


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_test(root, hook):
    tests = [*root.glob("packages/*/tests/**/test_*.py"), *root.glob("tests/test_*.py")]
    assert any(f"def test_hook_{hook}(" in file.read_text() for file in tests)


def test_the_page_documents_no_hook_that_is_gone(root):
    documented = re.findall(r"^### `(\w+)", (root / "docs" / "hooks.md").read_text(), re.M)
    assert sorted(documented) == HOOKS
