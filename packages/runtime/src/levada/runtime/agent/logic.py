# SPDX-License-Identifier: Apache-2.0
"""The agent's logic: a typed request in, a typed reply out. It knows no socket, and time only through its clock."""

import shutil
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from levada.core.errors import LevadaError
from levada.core.plugins import DRIVER, Registry
from levada.runtime import remains
from levada.runtime.agent.bench import Bench
from levada.runtime.agent.hold import Assignment
from levada.runtime.agent.journal import Journal
from levada.runtime.agent.loading import Loading, Order, Site
from levada.runtime.agent.vault import Vault
from levada.runtime.protocol.messages import (
    AnyReply,
    AnyRequest,
    Cause,
    Chunk,
    Done,
    Failed,
    Hello,
    Lease,
    Level,
    Load,
    Reach,
    Report,
    Request,
    Submit,
    Trouble,
    Wants,
    Watch,
    Welcome,
)  # fmt: skip

REMEMBERED = 64


class Identity(Struct, frozen=True, kw_only=True):
    """Who this agent is; ``address`` is where other machines reach it, None where none does."""

    host: str
    pid: int
    version: str
    address: str | None = None


class Means(Struct, frozen=True, kw_only=True):
    """What the agent works with: the registry, its blobs, how to make a bench, and a monotonic clock in seconds."""

    registry: Registry
    vault: Vault
    bench: Callable[[Sequence[Assignment]], Bench]
    clock: Callable[[], float]


class Tenancy(Struct, kw_only=True):
    """The lease that is in force, and what was done under it."""

    owner: str
    epoch: int
    ttl_s: float
    until_s: float
    folder: Path
    loading: Loading | None = None
    bench: Bench | None = None


class Agent:
    """Answers requests for one host. Steps are desired state: asking twice changes nothing."""

    def __init__(self, identity: Identity, means: Means, journal: Journal) -> None:
        """Start without lease; ``journal`` knows the highest epoch that was seen before a restart."""
        self._identity, self._means, self._journal = identity, means, journal
        self.epoch = journal.epoch()
        self._tenancy: Tenancy | None = None
        self._answered: OrderedDict[str, AnyReply] = OrderedDict()
        self.closing = False
        self.fault: str | None = None

    @property
    def leased(self) -> bool:
        """Say whether somebody holds the cards."""
        return self._tenancy is not None

    @property
    def idle(self) -> bool:
        """Say whether no frame is in flight."""
        return self._tenancy is None or self._tenancy.bench is None or self._tenancy.bench.in_flight == 0

    def answer(self, request: AnyRequest, *, patient: bool = False) -> AnyReply | None:
        """Return the reply, the stored one for a repeated id; None (only where ``patient``) to be asked again later."""
        if request.id in self._answered:
            return self._answered[request.id]
        reply = self._judge(request, patient=patient)
        if reply is not None and not isinstance(request, Watch | Hello):
            self._answered[request.id] = reply
            while len(self._answered) > REMEMBERED:
                self._answered.popitem(last=False)
        return reply

    def tick(self) -> str | None:
        """Free the cards if their lease ran out; say so in a line."""
        held = self._tenancy
        if held is None or self._means.clock() < held.until_s:
            return None
        self.release()
        return f"lease {held.epoch} of {held.owner} ran out: cards released"

    def release(self) -> None:
        """Stop the cards and end the lease."""
        held, self._tenancy = self._tenancy, None
        if held is None:
            return
        if held.bench is not None:
            held.bench.release()
        if held.loading is not None:
            held.loading.abandon()
        shutil.rmtree(held.folder, ignore_errors=True)

    def _judge(self, request: AnyRequest, *, patient: bool) -> AnyReply | None:
        if isinstance(request, Hello):
            return self._welcome(request)
        try:
            return self._lease(request) if isinstance(request, Lease) else self._held(request, patient=patient)
        except LevadaError as error:
            return Failed(id=request.id, cause=Cause.STEP, reason=str(error), exit_code=error.exit_code)
        except OSError as error:  # a full or read-only disk: the agent lives on, and whoever asked can end in order
            return Failed(id=request.id, cause=Cause.STEP, reason=str(error), exit_code=1)

    def _held(self, request: AnyRequest, *, patient: bool) -> AnyReply | None:
        held = self._tenancy
        if held is None or request.epoch != held.epoch:
            return self._stale(request)
        held.until_s = self._means.clock() + held.ttl_s
        return self._obey(request, held, patient=patient)

    def _obey(self, request: AnyRequest, held: Tenancy, *, patient: bool) -> AnyReply | None:
        if isinstance(request, Watch):
            return self._watch(request, held, patient=patient)
        if isinstance(request, Load):
            return self._load(request, held)
        if isinstance(request, Chunk):
            return self._chunk(request, held)
        if isinstance(request, Reach):
            return self._reach(request, held)
        if isinstance(request, Submit):
            return self._submit(request, held)
        self.release()
        return Done(id=request.id)

    def _welcome(self, request: Hello) -> Welcome:
        who, drivers = self._identity, tuple(sorted(self._means.registry.entries(DRIVER)))
        return Welcome(
            id=request.id, host=who.host, pid=who.pid, version=who.version, epoch=self.epoch, drivers=drivers
        )

    def _lease(self, request: Lease) -> AnyReply:
        now_s, held = self._means.clock(), self._tenancy
        if self.closing:
            return _failed(request, Cause.CLOSING, "the agent is shutting down")
        if request.epoch <= self.epoch:
            return self._stale(request)
        if held is not None and now_s < held.until_s:
            left_s = held.until_s - now_s
            text = f"leased to {held.owner} for another {left_s:.0f} s; wait, or end that run"
            return _failed(request, Cause.BUSY, text)
        self.release()
        self.epoch = request.epoch
        self._journal.note(request.epoch)
        ttl_s = request.ttl_ms / 1000
        folder = remains.folder(remains.LEASE)
        self._tenancy = Tenancy(
            owner=request.owner, epoch=request.epoch, ttl_s=ttl_s, until_s=now_s + ttl_s, folder=folder
        )
        return Done(id=request.id)

    def _load(self, request: Load, held: Tenancy) -> AnyReply:
        order = Order(deployment=request.deployment, size=request.size, emulate=request.emulate)
        if held.loading is not None and held.loading.order == order:
            return self._wants(request, held.loading, held)
        if held.bench is not None:
            return _failed(request, Cause.BUSY, "another deployment is loaded under this lease; release it first")
        if held.loading is not None:
            held.loading.abandon()
        site = Site(host=self._identity.host, address=self._identity.address)
        held.loading = Loading(order, site, self._means.vault, self._means.registry)
        return self._wants(request, held.loading, held)

    def _chunk(self, request: Chunk, held: Tenancy) -> AnyReply:
        if held.loading is None:
            return _failed(request, Cause.BAD_REQUEST, "a piece of a blob came before any deployment was named")
        held.loading.put(request.sha256, request.offset, request.content)
        return self._wants(request, held.loading, held)

    def _wants(self, request: Request, loading: Loading, held: Tenancy) -> AnyReply:
        pieces = loading.ask()
        if loading.complete and held.bench is None:
            held.bench = self._means.bench(loading.assignments(held.folder))
        return Wants(id=request.id, pieces=pieces, complete=loading.complete, drivers=loading.drivers)

    def _reach(self, request: Reach, held: Tenancy) -> AnyReply:
        if held.bench is None:
            return _failed(request, Cause.BAD_REQUEST, f"cannot reach {request.level.name}: nothing is loaded")
        held.bench.reach(request.level, request.wiring, request.budget_ms / 1000)
        return Done(id=request.id)

    def _submit(self, request: Submit, held: Tenancy) -> AnyReply:
        if self.closing:
            return _failed(request, Cause.CLOSING, "the agent is shutting down")
        if held.bench is None or held.bench.level < Level.INPUT:
            return _failed(request, Cause.BAD_REQUEST, "images came before the input was started")
        held.bench.submit(request.pictures)
        return Done(id=request.id)

    def _watch(self, request: Watch, held: Tenancy, *, patient: bool) -> Report | None:
        if held.bench is None:
            own = self._own_trouble()
            return None if patient else Report(id=request.id, level=Level.LEASED, trouble=own, closing=self.closing)
        bench = held.bench
        bench.acknowledge(request.after)
        eventful = bench.level != request.level or bench.trouble is not None or bench.urgent()
        if patient and not eventful:
            return None
        return Report(
            id=request.id,
            level=bench.level,
            news=bench.pending(),
            traffic=bench.traffic,
            weights=bench.weights,
            in_flight=bench.in_flight,
            endpoints=bench.endpoints,
            trouble=bench.trouble or self._own_trouble(),
            closing=self.closing,
        )

    def _own_trouble(self) -> Trouble | None:
        return (
            None if self.fault is None else Trouble(place=f"host {self._identity.host}", reason=self.fault, exit_code=1)
        )

    def _stale(self, request: Request) -> Failed:
        held = self._tenancy
        expected = f"the lease in force is epoch {held.epoch} of {held.owner}" if held else "nobody holds a lease"
        text = f"epoch {request.epoch} is refused: {expected}, the highest seen is {self.epoch}"
        return _failed(request, Cause.STALE, text)


def _failed(request: Request, cause: Cause, reason: str) -> Failed:
    return Failed(id=request.id, cause=cause, reason=reason)
