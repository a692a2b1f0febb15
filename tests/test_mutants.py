# SPDX-License-Identifier: Apache-2.0
"""The planted faults of tests/mutants are planted where they say, in every package; `nox -s mutants` tries them."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RUNNER = runpy.run_path(str(ROOT / "tests" / "mutants" / "run.py"))
MUTANTS = RUNNER["mutants"]()


def test_there_are_twenty_five_at_least():
    assert len(MUTANTS) >= 25


def test_every_package_has_some():
    assert {mutant.file.split("/")[1] for mutant in MUTANTS} == {
        "core", "qat", "compile", "partition", "netstack", "runtime"
    }  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_old_line_is_there_once(mutant):
    source = (ROOT / mutant.file).read_text()
    assert mutant.faulty(source) != source


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_named_test_exists(mutant):
    file, _, name = mutant.test.partition("::")
    assert f"def {name.split('::')[-1].partition('[')[0]}(" in (ROOT / file).read_text()


def test_a_line_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="found it 0 times"):
        RUNNER["Mutant"]("gone", "a.py", "x = 1", "x = 2", "t").faulty("x = 3\n")


def test_a_line_that_is_there_twice_is_an_error():
    with pytest.raises(ValueError, match="found it 2 times"):
        RUNNER["Mutant"]("twice", "a.py", "x = 1", "x = 2", "t").faulty("x = 1\nif y:\n    x = 1\n")
