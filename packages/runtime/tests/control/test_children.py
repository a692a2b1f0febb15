# SPDX-License-Identifier: Apache-2.0
"""Agents that a run starts itself: there while it lasts, gone afterwards, and their last words are heard."""

import os
import signal
import time

import pytest

from levada.runtime.control.children import Children
from levada.runtime.control.fleet import Fleet


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ended(children, host, within_s=20.0):
    until_s = time.monotonic() + within_s
    while children.obituary(host) is None and time.monotonic() < until_s:
        time.sleep(0.05)
    return children.obituary(host)


@pytest.fixture
def children():
    with Children("u280x1", ["fpga1"]) as made:
        yield made


def test_a_child_answers_and_is_gone_afterwards():
    with Children("u280x1", ["fpga1"]) as children, Fleet(children.targets, children.keys, children.obituary) as fleet:
        fleet.greet(30)
        (use,) = fleet.uses
        assert alive(use.pid)
    assert not alive(use.pid)


def test_nothing_is_left_on_disk():
    with Children("u280x1", ["fpga1"]) as children:
        folder = children._folder
        assert folder.is_dir()
    assert not folder.exists()


def test_children_end_when_the_run_fails():
    pids = []

    def fail():
        with Children("u280x1", ["fpga1"]) as children:
            pids.append(children._processes["fpga1"].pid)
            raise RuntimeError("torn")

    with pytest.raises(RuntimeError, match="torn"):
        fail()
    assert not alive(pids[0])


def test_a_living_child_has_no_obituary(children):
    assert children.obituary("fpga1") is None


def test_a_killed_child_is_told_by_its_signal(children):
    pid = children._processes["fpga1"].pid
    os.kill(pid, signal.SIGKILL)
    assert ended(children, "fpga1") == f"its agent (process {pid}) was killed by signal SIGKILL"


def test_the_last_words_of_a_child_are_heard():
    with Children("u280x1", ["nowhere"]) as children:
        text = ended(children, "nowhere")
    assert "ended with exit code 2: levada: error: cluster 'u280x1' has no host 'nowhere'; it has fpga1" in text


def test_a_child_that_does_not_obey_is_killed(monkeypatch):
    from levada.runtime.control import children as module

    monkeypatch.setattr(module, "END_S", 0.5)
    with Children("u280x1", ["fpga1"]) as children:
        process = children._processes["fpga1"]
        os.kill(process.pid, signal.SIGSTOP)
    assert process.returncode in (-signal.SIGKILL, -signal.SIGTERM)


def test_keys_of_children_are_their_own(children):
    assert set(children.keys.hosts) == {"fpga1"}
    assert children.targets[0].address.startswith("ipc://")
