# SPDX-License-Identifier: Apache-2.0
"""Pages that repeat the code are equal to it, and links in pages lead somewhere."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "packages/*/*.md", "examples/**/*.md")
    for page in ROOT.glob(pattern)
)


def test_the_page_of_manifests_is_what_the_code_says(root):
    made = runpy.run_path(str(root / "docs" / "describe_manifests.py"))["page"]()
    assert made == (root / "docs" / "manifests.md").read_text(), "run: python docs/describe_manifests.py"


@pytest.mark.parametrize("page", PAGES)
def test_links_inside_the_repository_lead_somewhere(root, page):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (root / page).read_text())
    assert [target for target in targets if not ((root / page).parent / target).exists()] == []
