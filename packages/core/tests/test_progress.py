# SPDX-License-Identifier: Apache-2.0
"""Progress: lines in a log, bars on a terminal, nothing by default."""

import io

import pytest
from rich.console import Console

from levada.core.progress import Progress, Task


def log() -> tuple[Progress, io.StringIO]:
    text = io.StringIO()
    return Progress(Console(file=text, width=60)), text


def test_a_library_is_quiet_by_default(capsys):
    Progress().say("hello")
    with Progress().task("work"):
        pass
    assert capsys.readouterr() == ("", "")


def test_a_line_is_printed_as_it_is():
    progress, text = log()
    progress.say("[bold]not markup[/bold] of 100 %")
    assert text.getvalue() == "[bold]not markup[/bold] of 100 %\n"


def test_a_long_line_is_not_broken():
    progress, text = log()
    progress.say("word " * 40)
    assert text.getvalue().count("\n") == 1


def test_a_log_gets_one_line_a_task():
    progress, text = log()
    with progress.task("training", 3) as task:
        task.advance()
        task.title("validating")
    assert text.getvalue() == "training …\n"


def test_a_terminal_gets_a_bar():
    text = io.StringIO()
    progress = Progress(Console(file=text, width=80, force_terminal=True))
    with progress.task("training", 3) as task:
        task.advance(2)
    assert "training" in text.getvalue()
    assert "/3" in text.getvalue()


def test_tracking_yields_every_step():
    assert list(Progress().track([1, 2, 3], "counting")) == [1, 2, 3]


def test_tracking_takes_what_has_no_length():
    assert list(Progress().track((n for n in (1, 2)), "counting")) == [1, 2]


class Recording:
    """Bars that remember what was asked of them."""

    def __init__(self):
        self.asked = []

    def advance(self, identity, steps):
        self.asked.append((identity, steps))

    def update(self, identity, description):
        self.asked.append((identity, description))


def test_a_task_advances_one_step_at_a_time():
    bars = Recording()
    Task(bars, 7).advance()
    Task(bars, 7).advance(5)
    assert bars.asked == [(7, 1), (7, 5)]


def test_a_task_may_say_what_it_does_now():
    bars = Recording()
    Task(bars, 7).title("validating")
    assert bars.asked == [(7, "validating")]


def test_tracking_shows_how_many_there_are():
    text = io.StringIO()
    progress = Progress(Console(file=text, width=80, force_terminal=True))
    assert list(progress.track("abcd", "spelling")) == list("abcd")
    assert "4/4" in text.getvalue()


def test_tracking_may_be_told_how_many_there_will_be():
    text = io.StringIO()
    progress = Progress(Console(file=text, width=80, force_terminal=True))
    assert list(progress.track((n for n in range(2)), "counting", total=9)) == [0, 1]
    assert "2/9" in text.getvalue()


def test_numbers_in_a_line_are_not_coloured():
    text = io.StringIO()
    Progress(Console(file=text, width=80, force_terminal=True)).say("12 images of 360")
    assert text.getvalue() == "12 images of 360\n"


def test_an_interrupted_task_ends():
    progress, text = log()
    with pytest.raises(KeyboardInterrupt), progress.task("training", 3):
        raise KeyboardInterrupt
    assert text.getvalue() == "training …\n"


def timed(*seconds):
    """Return progress into a log whose clock shows these seconds, one after the other."""
    text = io.StringIO()
    return Progress(Console(file=text, width=60), clock=iter(seconds).__next__), text


def test_a_long_task_tells_a_log_how_far_it_is_every_ten_seconds():
    progress, text = timed(0.0, 4.0, 11.0, 15.0, 21.5)
    with progress.task("images", 8) as task:
        for _ in range(4):
            task.advance()
    assert text.getvalue().splitlines() == ["images …", "images … 2 of 8 after 11 s", "images … 4 of 8 after 22 s"]


def test_a_long_task_of_unknown_length_tells_what_it_does_now():
    progress, text = timed(0.0, 10.0)
    with progress.task("training") as task:
        task.title("validating")
        task.advance(5)
    assert text.getvalue().splitlines() == ["training …", "validating … 5 after 10 s"]
