# SPDX-License-Identifier: Apache-2.0
"""Folders that killed runs left behind: removed where their owner is certainly dead, and never otherwise."""

import os
import subprocess
import sys

import pytest

from levada.runtime import remains


def dead_pid():
    """Return the number of a process that has ended and was waited for."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def left(tmp_path):
    """Return a folder as a run leaves it that was killed."""
    made = remains.folder(remains.RUN, str(tmp_path))
    pid, _, namespace = (made / ".owner").read_text().partition(" ")
    assert int(pid) == os.getpid()
    (made / ".owner").write_text(f"{dead_pid()} {namespace}")
    (made / "fpga1.log").write_text("…")
    return made


def test_a_folder_is_private(tmp_path):
    assert remains.folder(remains.RUN, str(tmp_path)).stat().st_mode & 0o777 == 0o700


def test_what_a_dead_run_left_is_removed(left, tmp_path):
    remains.clear(remains.RUN, str(tmp_path))
    assert not left.exists()


def test_the_folder_of_a_living_run_stays(tmp_path):
    mine = remains.folder(remains.RUN, str(tmp_path))
    remains.clear(remains.RUN, str(tmp_path))
    assert (mine / ".owner").exists()


@pytest.mark.parametrize("text", ["", "12 elsewhere", "-1 {rest}", "{pid} unknown", "99999999999999999999 {rest}", "ä"])
def test_a_folder_whose_owner_is_not_certain_stays(left, tmp_path, text):
    pid, _, rest = (left / ".owner").read_text().partition(" ")
    (left / ".owner").write_text(text.format(pid=pid, rest=rest))
    remains.clear(remains.RUN, str(tmp_path))
    assert left.exists()


def test_a_folder_that_names_nobody_stays(left, tmp_path):
    (left / ".owner").unlink()
    remains.clear(remains.RUN, str(tmp_path))
    assert left.exists()


def test_a_folder_that_others_may_open_is_not_ours(left, tmp_path):
    left.chmod(0o755)
    remains.clear(remains.RUN, str(tmp_path))
    assert left.exists()


def test_a_link_is_not_followed(left, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    left.rename(elsewhere)
    left.symlink_to(elsewhere)
    remains.clear(remains.RUN, str(tmp_path))
    assert (elsewhere / ".owner").exists()


def test_other_folders_are_not_looked_at(left, tmp_path):
    other = left.rename(tmp_path / "levada-lease-1")
    remains.clear(remains.RUN, str(tmp_path))
    assert other.exists()


def test_a_folder_that_goes_meanwhile_is_no_fault(left, tmp_path, monkeypatch):
    monkeypatch.setattr(type(left), "glob", lambda *_: iter([left / "gone"]))
    remains.clear(remains.RUN, str(tmp_path))
    assert left.exists()
