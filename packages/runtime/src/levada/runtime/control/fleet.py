# SPDX-License-Identifier: Apache-2.0
"""All agents of a run: asks them all, watches them all, and says which one is lost. Every wait here has a deadline."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType

import msgspec
import zmq

from levada.core.errors import HostError, LevadaError, RunFault, UnreachableError
from levada.core.interfaces import Endpoint, Wiring
from levada.core.manifests import AgentUse
from levada.runtime.control.peer import Answer, Peer, Target
from levada.runtime.keys import ControllerKeys
from levada.runtime.protocol.messages import (
    AnyRequest,
    Failed,
    Hello,
    Lease,
    Level,
    News,
    Reach,
    Release,
    Report,
    Watch,
    Welcome,
)  # fmt: skip

HEARTBEAT_S = 1.0
LIVENESS = 3
LEASE_S = 10.0
GRACE_S = 3.0
RELEASE_S = 12.0


class PlaceFault(RunFault):
    """A host or card that cannot go on; ``place`` says which."""

    def __init__(self, place: str, reason: str, exit_code: int = RunFault.exit_code) -> None:
        """Name the place; the exit code is 2 where the user can mend it."""
        super().__init__(f"{place}: {reason}")
        self.place, self.reason, self.exit_code = place, reason, exit_code


def host_fault(host: str, reason: str) -> PlaceFault:
    """Return the fault of a host."""
    return PlaceFault(f"host {host}", reason)


class Fleet:
    """The agents of one run. ``obituary`` says of a host why its process ended, None while it lives or is not ours."""

    def __init__(
        self,
        targets: Sequence[Target],
        keys: ControllerKeys | None,
        obituary: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        """Connect, in the background, to every target."""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._peers = {target.host: Peer(self._context, target, keys, time.monotonic) for target in targets}
        self._obituary, self._epoch = obituary, 0
        self._leasing = self._watching = False
        self._fresh: list[News] = []

    @property
    def uses(self) -> tuple[AgentUse, ...]:
        """Return every agent's process and drivers."""
        return tuple(peer.use for peer in self._peers.values())

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return where all ports can be met."""
        return tuple(endpoint for peer in self._peers.values() for endpoint in peer.report.endpoints)

    @property
    def reports(self) -> tuple[Report, ...]:
        """Return the last report of every agent that is still there: what a lost one counted since is unknown."""
        return tuple(peer.report for peer in self._peers.values() if not self._gone(peer))

    def greet(self, timeout_s: float) -> None:
        """Wait until every agent answers. Raise UnreachableError naming the first that does not."""
        self._all(Hello(id=""))
        for answer in self._collect(set(self._peers), timeout_s, self._absent):
            if isinstance(answer.reply, Welcome):
                peer = self._peers[answer.host]
                self._check_name(peer, answer.reply)
                peer.use = msgspec.structs.replace(peer.use, pid=answer.reply.pid)
                self._epoch = max(self._epoch, answer.reply.epoch)

    def lease(self, owner: str) -> None:
        """Take all hosts under a new epoch and watch them from now on. Raise HostError where one is taken."""
        self._epoch += 1
        self._leasing = True
        self._all(Lease(id="", epoch=self._epoch, owner=owner, ttl_ms=int(LEASE_S * 1000)))
        self._collect(set(self._peers), 2 * HEARTBEAT_S * LIVENESS, self._late("give a lease"))
        self._watching = True

    def reach(self, level: Level, timeout_s: float, wiring: Wiring | None = None) -> None:
        """Bring every host to ``level``. Raise HostError or RunFault naming the card that cannot, or is late."""
        self._all(Reach(id="", epoch=self._epoch, budget_ms=int(timeout_s * 1000), level=level, wiring=wiring))
        until_s = time.monotonic() + timeout_s + GRACE_S
        while any(peer.report.level < level for peer in self._peers.values()):
            for answer in self.turn(HEARTBEAT_S):
                _refuse_failure(answer)
            if time.monotonic() > until_s:
                late = next(host for host, peer in self._peers.items() if peer.report.level < level)
                raise host_fault(late, f"did not reach {level.name} within {timeout_s:.0f} s")

    def post(self, host: str, request: AnyRequest) -> None:
        """Send a request under the lease; its answer comes out of :meth:`turn`."""
        self._peers[host].post(msgspec.structs.replace(request, epoch=self._epoch))

    def turn(self, timeout_s: float) -> list[Answer]:
        """Return what was answered within ``timeout_s``, and keep every agent watched.

        Raise PlaceFault for an agent that ended or fell silent, HostError or RunFault for one that reports trouble.
        """
        answers = [answer for peer in self._ready(timeout_s) for answer in peer.receive()]
        for answer in answers:
            if isinstance(answer.reply, Report):
                self._heed(self._peers[answer.host], answer.reply)
        for peer in self._peers.values():
            self._keep_watch(peer)
            peer.push_all()
        return answers

    def news(self) -> list[News]:
        """Return what the agents told since the last call, each news once."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def name_drivers(self, drivers: Mapping[str, tuple[str, ...]]) -> None:
        """Note which drivers hold each host's cards."""
        for host, names in drivers.items():
            self._peers[host].use = msgspec.structs.replace(self._peers[host].use, drivers=names)

    def release(self) -> None:
        """Give every card back, as far as its agent still answers; never raises."""
        if not self._leasing:
            return
        self._leasing = self._watching = False
        for peer in self._peers.values():
            peer.forget()
            peer.post(Release(id="", epoch=self._epoch))
        until_s = time.monotonic() + RELEASE_S
        waiting = set(self._peers)
        while waiting and time.monotonic() < until_s:
            waiting -= {answer.host for peer in self._ready(0.1) for answer in _received(peer)}
            waiting -= {host for host in waiting if self._gone(self._peers[host]) or self._peers[host].report.closing}

    def close(self) -> None:
        """Close every socket."""
        for peer in self._peers.values():
            peer.close()
        self._context.term()

    def __enter__(self) -> "Fleet":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release and close."""
        try:
            self.release()
        finally:
            self.close()

    def _all(self, request: AnyRequest) -> None:
        for peer in self._peers.values():
            peer.post(request)

    def _collect(self, hosts: set[str], timeout_s: float, late: Callable[[str], Exception]) -> list[Answer]:
        """Return one answer from each host. Raise what ``late`` makes for one that does not answer in time."""
        until_s, answers, waiting = time.monotonic() + timeout_s, [], set(hosts)
        while waiting:
            for answer in self.turn(0.1):
                _refuse_failure(answer)
                answers.append(answer)
                waiting.discard(answer.host)
            gone = next((host for host in sorted(waiting) if self._obituary(host)), None)
            if gone is not None:
                msg = f"host {gone}: {self._obituary(gone)}"
                raise HostError(msg)
            if waiting and time.monotonic() > until_s:
                raise late(min(waiting))
        return answers

    def _absent(self, host: str) -> Exception:
        address = self._peers[host].address
        text = f"no agent of host {host} answers at {address}; start it there with `levada agent --cluster C --host {host}` "
        return UnreachableError(text + "(with the same keys), or run on emulated cards with --emulate")

    def _late(self, what: str) -> Callable[[str], Exception]:
        return lambda host: host_fault(host, f"its agent did not {what} in time")

    def _check_name(self, peer: Peer, welcome: Welcome) -> None:
        if welcome.host != peer.host:
            msg = f"the agent at {peer.address} is that of host {welcome.host}, expected {peer.host}; check the cluster's addresses"
            raise HostError(msg)

    def _ready(self, timeout_s: float) -> Iterable[Peer]:
        """Return the peers that have something to say, waiting at most ``timeout_s`` for the first."""
        poller = zmq.Poller()
        for peer in self._peers.values():
            poller.register(peer.socket, zmq.POLLIN)
        ready = dict(poller.poll(int(timeout_s * 1000)))
        return [peer for peer in self._peers.values() if peer.socket in ready]

    def _heed(self, peer: Peer, report: Report) -> None:
        peer.report = report
        self._fresh += [news for news in report.news if news.number > peer.news]
        peer.news = max((news.number for news in report.news), default=peer.news)
        if report.trouble is not None:
            raise PlaceFault(report.trouble.place, report.trouble.reason, report.trouble.exit_code)
        if report.closing:
            raise host_fault(peer.host, f"its agent (process {peer.use.pid}) is shutting down")

    def _keep_watch(self, peer: Peer) -> None:
        if not self._watching:
            return
        if self._gone(peer):
            raise host_fault(peer.host, self._obituary(peer.host) or self._silence(peer))
        if not peer.awaits(Watch):
            wait_ms = int(HEARTBEAT_S * 1000)
            peer.post(Watch(id="", epoch=self._epoch, after=peer.news, level=peer.report.level, wait_ms=wait_ms))

    def _gone(self, peer: Peer) -> bool:
        return self._obituary(peer.host) is not None or time.monotonic() - peer.heard_s > HEARTBEAT_S * LIVENESS

    def _silence(self, peer: Peer) -> str:
        return f"its agent (process {peer.use.pid}) gave no sign of life for {HEARTBEAT_S * LIVENESS:.0f} s"


def _received(peer: Peer) -> list[Answer]:
    """Return a peer's answers; one that talks nonsense while it is released has said enough."""
    try:
        return peer.receive()
    except LevadaError:
        return []


def _refuse_failure(answer: Answer) -> None:
    if isinstance(answer.reply, Failed):
        place = f"host {answer.host}"
        raise PlaceFault(place, answer.reply.reason, answer.reply.exit_code)
