# SPDX-License-Identifier: Apache-2.0
"""Kits run without pytest, and say what failed."""

import subprocess
import sys

import pytest

from levada.core.testing import conformance
from levada.core.testing.conformance.running import failures, refusal


class Kit:
    """A kit with one test of each outcome."""

    seen = []

    def test_good(self):
        pass

    def test_wrong(self):
        msg = "expected this, got that"
        raise AssertionError(msg)

    def test_broken(self):
        raise KeyError("gone")

    def test_with_a_folder(self, tmp_path):
        self.seen.append(tmp_path)
        (tmp_path / "file").write_text("x")

    def helper(self):
        raise AssertionError


def test_what_fails_is_named_with_its_reason(tmp_path):
    assert failures(Kit, tmp_path) == {
        "test_broken": "KeyError: 'gone'",
        "test_wrong": "AssertionError: expected this, got that",
    }


def test_a_test_that_asks_for_a_folder_gets_one_of_its_own(tmp_path):
    failures(Kit, tmp_path)
    assert Kit.seen[-1] == tmp_path / "test_with_a_folder"


def test_every_test_has_an_instance_of_its_own(tmp_path):
    class Counting:
        def __init__(self):
            self.count = 0

        def test_a(self):
            self.count += 1
            assert self.count == 1

        test_b = test_a

    assert failures(Counting, tmp_path) == {}


def test_a_refusal_that_comes_is_fine():
    with refusal(ValueError, "a thing"):
        raise ValueError("no such thing")


def test_a_refusal_that_does_not_come_is_a_failure():
    with (
        pytest.raises(AssertionError, match="a thing must raise ValueError; nothing was raised"),
        refusal(ValueError, "a thing"),
    ):
        pass


def test_a_refusal_needs_a_text():
    with pytest.raises(AssertionError, match="a thing: a ValueError needs a text"), refusal(ValueError, "a thing"):
        raise ValueError


def test_another_error_is_not_a_refusal():
    with pytest.raises(KeyError), refusal(ValueError, "a thing"):
        raise KeyError


@pytest.mark.parametrize("name", [name for name in conformance.__all__ if name.endswith("Conformance")])
def test_a_kit_that_is_told_nothing_fails_and_does_not_pass_in_silence(name, tmp_path):
    assert failures(getattr(conformance, name), tmp_path)


@pytest.mark.parametrize("name", [name for name in conformance.__all__ if name.endswith("Conformance")])
def test_pytest_does_not_collect_a_kit_itself(name):
    assert not name.startswith("Test")


def test_kits_need_no_pytest():
    script = (
        "import sys; sys.modules['pytest'] = None; import levada.core.testing.conformance as kits;"
        "print(len(kits.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(len(conformance.__all__))
