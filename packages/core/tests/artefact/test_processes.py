# SPDX-License-Identifier: Apache-2.0
"""Processes that save at once, or are killed while they save: what is there is whole."""

import signal
import subprocess
import sys

import pytest

from levada.core.artefact import load
from levada.core.manifests import Images

SAVE = """
import sys, time
from pathlib import Path
from levada.core import artefact, testing
from levada.core.errors import OutputError

out, wait = Path(sys.argv[1]), sys.argv[2:] == ["wait"]
digest = artefact.sha256_of

def slow(path):
    print("saving", flush=True)
    time.sleep(60 if wait else 0.1)
    return digest(path)

artefact.sha256_of = slow
try:
    testing.saved(out, testing.images())
except OutputError as error:
    sys.exit(str(error))
"""


def saving(out, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", SAVE, str(out), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_process_that_is_ended_while_it_saves_leaves_no_half_artefact(tmp_path, number):
    with saving(tmp_path / "out", "wait") as process:
        assert process.stdout.readline() == b"saving\n"
        process.send_signal(number)
        process.wait(30)
    assert not (tmp_path / "out").exists()


def test_what_a_killed_process_leaves_is_hidden_and_in_nobodys_way(tmp_path):
    with saving(tmp_path / "out", "wait") as process:
        process.stdout.readline()
        process.kill()
    assert all(path.name.startswith(".") or path.name.startswith("tmp") for path in tmp_path.iterdir())
    with saving(tmp_path / "out") as process:
        assert process.wait(30) == 0
    assert load(tmp_path / "out", Images).payload("images").is_file()


def test_of_processes_that_save_at_once_one_wins_and_the_others_are_told(tmp_path):
    running = [saving(tmp_path / "out") for _ in range(3)]
    texts = [process.communicate(timeout=60)[1].decode() for process in running]
    assert sorted(process.returncode for process in running) == [0, 1, 1]
    assert sum("out" in text for text in texts) == 2
    assert load(tmp_path / "out", Images).payload("images").is_file()
