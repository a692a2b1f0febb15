# SPDX-License-Identifier: Apache-2.0
"""Signals that end a command: raised in it, left alone where others see to them."""

import os
import signal
import threading

import pytest

from levada.core.signals import ENDING, Terminated, raised


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_becomes_an_exception_that_names_it(number):
    with pytest.raises(Terminated, match=f"ended by {number.name}"), raised():
        signal.raise_signal(number)


def test_afterwards_signals_end_the_process_again():
    with raised():
        pass
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_signal_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with raised():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_leaves_signals_alone():
    seen = []

    def look():
        with raised():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]


def test_a_forked_child_ends_as_it_would_have():
    with raised():
        child = os.fork()
        if not child:
            signal.raise_signal(signal.SIGTERM)
            os._exit(0)
        _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGTERM
