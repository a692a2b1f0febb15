# SPDX-License-Identifier: Apache-2.0
"""``levada agent`` and ``levada keys``: options, and the process around the agent's logic."""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

from levada.core.cluster import Cluster, Host
from levada.core.commands import Context
from levada.core.errors import ClusterError
from levada.core.stages import Flag, Options
from levada.runtime import keys, remains

if TYPE_CHECKING:
    from levada.runtime.agent.door import Door
    from levada.runtime.agent.serving import Closing

DRAIN_S = 10.0


class AgentOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada agent``."""

    cluster: Annotated[str, Flag("preset or TOML file", file=True)]
    host: Annotated[str, Flag("which of the cluster's hosts this is")]
    keys: Annotated[str | None, Flag("folder of CURVE keys (made by `levada keys`); needed to listen on TCP")] = None
    cache: Annotated[
        str | None, Flag("folder for payloads fetched from controllers (default: ~/.cache/levada/blobs)")
    ] = None
    address: Annotated[str | None, Flag("listen here instead of the host's address in the cluster")] = None
    tether: Annotated[bool, Flag("end when standard input ends, i.e. when whoever started this agent is gone")] = False


class KeysOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada keys``."""

    cluster: Annotated[str, Flag("preset or TOML file", file=True)]
    out: Annotated[
        str, Flag("folder for the keys; copy it to the hosts over a safe way, each with its own secret only")
    ]


def make_keys(options: KeysOptions, context: Context) -> int:
    """Make CURVE keys for a cluster's controller and hosts."""
    cluster = context.registry.cluster(options.cluster)
    keys.generate(Path(options.out), [host.name for host in cluster.hosts])
    context.progress.say(f"keys for {len(cluster.hosts)} hosts and the controller in {options.out}")
    return 0


def run_agent(options: AgentOptions, context: Context) -> int:
    """Hold one host's cards and serve a controller until told to stop."""
    from levada.runtime.agent.bench import WorkingBench
    from levada.runtime.agent.door import Door
    from levada.runtime.agent.journal import Journal
    from levada.runtime.agent.logic import Agent, Identity, Means
    from levada.runtime.agent.serving import Closing, serve
    from levada.runtime.agent.vault import Vault
    from levada.runtime.version import VERSION

    remains.clear(remains.LEASE)
    host = _host(context.registry.cluster(options.cluster), options.host)
    own = keys.for_agent(Path(options.keys), host.name) if options.keys else None
    vault = Vault(Path(options.cache) if options.cache else _cache())
    closing = Closing(DRAIN_S)
    address = options.address or host.address
    with Door(address, own, tethered=options.tether) as door:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, partial(_end, closing, door))
        means = Means(
            registry=context.registry, vault=vault, bench=partial(WorkingBench, wake=door.wake), clock=time.monotonic
        )
        who = Identity(host=host.name, pid=os.getpid(), version=VERSION, address=_reachable(address))
        agent = Agent(who, means, Journal(vault.folder, host.name))
        context.progress.say(f"agent of {host.name} listens on {address} (pid {os.getpid()})")
        serve(agent, door, closing, say=_log)
    return 0


def _end(closing: "Closing", door: "Door", _number: int, _frame: FrameType | None) -> None:
    """Ask for the end (a signal handler)."""
    closing.ask()
    door.wake()


def _host(cluster: Cluster, name: str) -> Host:
    host = cluster.host(name)
    if host is None:
        known = ", ".join(host.name for host in cluster.hosts)
        msg = f"cluster {cluster.name!r} has no host {name!r}; it has {known}"
        raise ClusterError(msg)
    return host


def _reachable(address: str) -> str | None:
    """Return the host part of a TCP address that other machines reach, None for the loopback and for ipc."""
    host = address.removeprefix("tcp://").rpartition(":")[0]
    local = not address.startswith("tcp://") or host in {"localhost", "[::1]"} or host.startswith("127.")
    return None if local else host


def _cache() -> Path:
    return Path.home() / ".cache" / "levada" / "blobs"


def _log(text: str) -> None:
    sys.stderr.write(f"levada agent: {text}\n")
    sys.stderr.flush()
