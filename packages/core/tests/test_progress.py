# SPDX-License-Identifier: Apache-2.0
"""Progress: lines in a log, bars on a terminal, nothing by default."""

import io

from rich.console import Console

from levada.core.progress import Progress


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
