# SPDX-License-Identifier: Apache-2.0
"""The tree of errors: who caused it decides the exit code."""

import inspect
import re

import pytest

from levada.core import errors
from levada.core.errors import Fault, LevadaError

ALL = [value for value in vars(errors).values() if inspect.isclass(value)]


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_error_has_one_root(error):
    assert issubclass(error, LevadaError)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_the_exit_code_says_whose_doing_it_was(error):
    assert error.exit_code == (1 if issubclass(error, Fault) else 2)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_error_says_what_it_is_for(error):
    assert error.__doc__


def test_the_tree_in_the_docstring_is_the_tree_in_the_code():
    drawn = re.findall(r"^[\s│├└─]*(\w+)\s", errors.__doc__.partition("::")[2], re.M)
    assert sorted(drawn) == sorted(error.__name__ for error in ALL)


def test_the_text_is_the_message():
    assert str(LevadaError("expected this, got that")) == "expected this, got that"
