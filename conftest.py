# SPDX-License-Identifier: Apache-2.0
"""Tests that interrupt processes need signals as a shell in the foreground hands them on, wherever they were started from.

A background job ignores SIGINT, one under nohup SIGHUP, and what is ignored stays ignored in every child.
"""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
