# SPDX-License-Identifier: Apache-2.0
"""Real processes and ports for tests."""

import socket
import sys
from pathlib import Path


def free_port() -> int:
    """Return a TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def agent_command(cluster: Path, host: str, *options: str) -> list[str]:
    """Return the command line of one agent."""
    start = [sys.executable, "-m", "levada.core.cli", "--quiet", "--no-store", "agent"]
    return [*start, "--cluster", str(cluster), "--host", host, *options]
