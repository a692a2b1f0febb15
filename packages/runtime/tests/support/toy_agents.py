# SPDX-License-Identifier: Apache-2.0
"""Agents in threads of the test's own process, on fake benches: real sockets and the real loop, no cards."""

import threading
import time
from pathlib import Path

from toy_fakes import FakeBench

from levada.runtime.agent.door import Door
from levada.runtime.agent.journal import Journal
from levada.runtime.agent.logic import Agent, Identity, Means
from levada.runtime.agent.serving import Closing, serve
from levada.runtime.agent.vault import Vault
from levada.runtime.control.peer import Target


class ServedAgent:
    """One agent on an ipc socket; ``mute`` makes it deaf and dumb, as a process that hangs."""

    def __init__(self, folder: Path, host: str, registry: object, name: str | None = None) -> None:
        self.target = Target(host=host, address=f"ipc://{folder}/{host}")
        self.benches: list[FakeBench] = []
        self.said: list[str] = []
        self.muted = threading.Event()
        self.closing = Closing(drain_s=0)
        self.door = Door(self.target.address, None)
        means = Means(registry=registry, vault=Vault(folder / f"{host}-blobs"), bench=self._bench, clock=time.monotonic)
        self.agent = Agent(Identity(host=name or host, pid=7, version="0.1.0"), means, Journal(folder, host))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _bench(self, assignments):
        self.benches.append(FakeBench(assignments))
        return self.benches[-1]

    @property
    def bench(self) -> FakeBench:
        return self.benches[-1]

    def _serve(self) -> None:
        hear = self.door.wait

        def wait(timeout_ms):
            frames = hear(20)
            return [] if self.muted.is_set() else frames

        self.door.wait = wait
        serve(self.agent, self.door, self.closing, self.said.append)

    def close(self) -> None:
        self.closing.ask()
        self.closing.ask()
        self.door.wake()
        self.thread.join(10)
        self.door.close()
