# SPDX-License-Identifier: Apache-2.0
"""The agents that `levada run --emulate` starts itself: one real process per host, gone when the run is."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from levada.runtime import keys, remains
from levada.runtime.control.peer import Target
from levada.runtime.keys import ControllerKeys

END_S = 5.0
COMMAND = (sys.executable, "-m", "levada.core.cli", "--quiet", "--no-store", "agent", "--tether")


class Children:
    """Agents of this process, on sockets and with keys in a private folder that ends with them."""

    def __init__(self, cluster: str, hosts: Sequence[str]) -> None:
        """Get ready to start an agent for each host of the cluster (preset or file)."""
        remains.clear(remains.RUN, _short())
        self._folder = remains.folder(remains.RUN, _short())
        self.targets = tuple(
            Target(host=host, address=f"ipc://{self._folder}/{number}") for number, host in enumerate(hosts)
        )
        keys.generate(self._folder / "keys", hosts)
        self.keys: ControllerKeys = keys.for_controller(self._folder / "keys", hosts)
        self._cluster = cluster
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Children":
        """Start the agents; all or none."""
        try:
            for target in self.targets:
                self._processes[target.host] = self._start(target)
        except BaseException:
            self.close()
            raise
        return self

    def _start(self, target: Target) -> "subprocess.Popen[bytes]":
        options = ["--cluster", self._cluster, "--host", target.host, "--address", target.address]
        options += ["--keys", str(self._folder / "keys"), "--cache", str(self._folder / "blobs")]
        with self._log(target.host).open("wb") as log:
            return subprocess.Popen(
                [*COMMAND, *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the controller alone, which then ends its children in order
                env={**os.environ, "TMPDIR": str(self._folder)},  # so that what a killed one leaves goes, too
            )

    def obituary(self, host: str) -> str | None:
        """Return why a host's agent ended, None while it lives."""
        process = self._processes[host]
        code = process.poll()
        if code is None:
            return None
        if code < 0:
            return f"its agent (process {process.pid}) was killed by signal {signal.Signals(-code).name}"
        return f"its agent (process {process.pid}) ended with exit code {code}: {self._last_words(host)}"

    def close(self) -> None:
        """End every agent: asked first, killed where it does not obey."""
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        until_s = time.monotonic() + END_S
        for process in self._processes.values():
            try:
                process.wait(max(until_s - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every agent."""
        self.close()

    def _log(self, host: str) -> Path:
        return self._folder / f"{host}.log"

    def _last_words(self, host: str) -> str:
        lines = self._log(host).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _short() -> str | None:
    """Return a folder for socket paths: the default unless it is too long for a Unix socket (107 bytes)."""
    return "/tmp" if len(tempfile.gettempdir()) > 60 else None  # noqa: S108 - mkdtemp makes it private
