# SPDX-License-Identifier: Apache-2.0
"""Pages that repeat the code are equal to it, and links in pages lead somewhere."""

import re
import runpy
import shlex
from pathlib import Path

import pytest

from levada.core import cli, flows
from levada.core.plugins import Registry

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


def commands(page: Path) -> list[str]:
    """Return the lines of a page's code blocks that are `levada` commands which name all they need."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page.read_text(), re.M | re.S)
    return [
        line.partition(" #")[0].strip() for block in blocks for line in block.splitlines() if line.startswith("levada ")
    ]


SHOWING = ("README.md", "docs/tutorial.md", "docs/partition.md")


@pytest.mark.parametrize("line", [line for page in SHOWING for line in commands(ROOT / page)])
def test_a_command_that_a_page_shows_is_one(line):
    assert cli._parse(Registry(), shlex.split(line)[1:])


def test_the_example_flow_can_be_read(root):
    assert flows.read(root / "examples" / "digits-on-two-cards.toml").summary == ("plan", "build", "run")


def test_the_example_cluster_can_be_read(root):
    assert len(Registry().cluster(str(root / "examples" / "two-hosts.toml")).cards) == 2
