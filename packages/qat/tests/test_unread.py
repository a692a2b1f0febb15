# SPDX-License-Identifier: Apache-2.0
import io

import pytest
from rich.console import Console

from levada.core.progress import Progress
from levada.qat.unread import NAMED, Unread


@pytest.fixture
def said():
    return io.StringIO()


@pytest.fixture
def unread(said):
    return Unread(Progress(Console(file=said)))


def test_each_picture_is_named_once(unread, said):
    unread.add(["a.jpg cannot be read", "b.jpg cannot be read"])
    unread.add(["a.jpg cannot be read"])
    assert said.getvalue() == "note: a.jpg cannot be read\nnote: b.jpg cannot be read\n"


def test_all_are_counted_at_the_end(unread, said):
    unread.add(map(str, range(NAMED + 5)))
    unread.sum_up()
    assert said.getvalue().count("\n") == NAMED + 1
    assert said.getvalue().endswith(f"note: {NAMED + 5} pictures could not be read and were left out\n")


def test_nothing_is_said_of_none(unread, said):
    unread.sum_up()
    assert (said.getvalue(), unread.complaints) == ("", frozenset())
