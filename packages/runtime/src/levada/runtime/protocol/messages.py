# SPDX-License-Identifier: Apache-2.0
"""Requests of a controller, and an agent's replies: frozen structs, every one answered by exactly one.

Each request names itself (``id``: repeated, it gets the stored answer and changes nothing), the epoch of its lease (an older
one is refused: fencing), and its budget: how long the agent may take over it. Clocks are never compared between hosts.
"""

from enum import Enum, IntEnum
from typing import Annotated, Union

from msgspec import Meta, Struct

from levada.core.interfaces import Answered, Endpoint, FrameDigest, PortFault, Seen, WeightsRead, Wiring
from levada.core.manifests import Digest

Natural = Annotated[int, Meta(ge=0)]


class Level(IntEnum):
    """How far a host's cards have come; each level includes those before it."""

    IDLE = 0
    LEASED = 1
    LOADED = 2
    PROGRAMMED = 3
    CONFIGURED = 4
    LINKED = 5
    OUTPUTS = 6
    WEIGHTS = 7
    INPUT = 8
    DRAINED = 9


class Cause(Enum):
    """Why a request was not obeyed."""

    BAD_REQUEST = "bad request"
    VERSION = "version"
    STALE = "stale"
    BUSY = "busy"
    CLOSING = "closing"
    STEP = "step"


class Request(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every request says."""

    id: str
    epoch: Natural = 0
    budget_ms: Natural = 5000


class Hello(Request, frozen=True, kw_only=True, tag="hello"):
    """Ask who is there; needs no lease."""


class Lease(Request, frozen=True, kw_only=True, tag="lease"):
    """Take the host's cards for ``ttl_ms`` (at most ten minutes), renewed by every later request, under a new and higher epoch."""

    owner: str
    ttl_ms: Annotated[int, Meta(ge=1, le=600_000)]


class Load(Request, frozen=True, kw_only=True, tag="load"):
    """Name the deployment to run by its manifest's digest; ``emulate`` replaces every card's driver."""

    deployment: Digest
    size: Natural
    emulate: bool


class Chunk(Request, frozen=True, kw_only=True, tag="chunk"):
    """Bring a piece of a blob that the agent asked for."""

    sha256: Digest
    offset: Natural
    content: bytes


class Reach(Request, frozen=True, kw_only=True, tag="reach"):
    """Bring the cards to ``level`` if they are not there yet; answered at once, the way there is watched."""

    level: Level
    wiring: Wiring | None = None


class Picture(Struct, frozen=True):
    """One image in canonical form."""

    frame: Natural
    image: bytes


class Submit(Request, frozen=True, kw_only=True, tag="submit"):
    """Give images to the ingress card."""

    pictures: tuple[Picture, ...]


class Watch(Request, frozen=True, kw_only=True, tag="watch"):
    """Ask what is new after news number ``after`` and level ``level``; held back until something is, or ``wait_ms`` passed.

    It acknowledges older news, renews the lease, and its answer is the agent's sign of life.
    """

    after: Natural
    level: Level
    wait_ms: Natural


class Release(Request, frozen=True, kw_only=True, tag="release"):
    """Stop the cards and give them back."""


class Reply(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every reply says: which request it answers (empty where that could not be read)."""

    id: str


class Welcome(Reply, frozen=True, kw_only=True, tag="welcome"):
    """Who is there. ``epoch`` is the highest ever seen: a lease needs a higher one."""

    host: str
    pid: Natural
    version: str
    epoch: Natural
    drivers: tuple[str, ...]


class Done(Reply, frozen=True, kw_only=True, tag="done"):
    """The request was obeyed, or noted."""


class Want(Struct, frozen=True):
    """A piece of a blob that the agent lacks; asking for it is giving credit for it."""

    sha256: Digest
    offset: Natural
    size: Natural


class Wants(Reply, frozen=True, kw_only=True, tag="wants"):
    """The next pieces to bring; ``complete`` once nothing is missing. ``drivers`` names each card's."""

    pieces: tuple[Want, ...]
    complete: bool
    drivers: tuple[str, ...] = ()


class Trouble(Struct, frozen=True, kw_only=True):
    """Why a host cannot go on: one line, the place, and the exit code that it deserves."""

    place: str
    reason: str
    exit_code: int


class CardFault(Struct, frozen=True, kw_only=True):
    """A fault with the card that saw it."""

    card: int
    fault: PortFault


class News(Struct, frozen=True, kw_only=True):
    """Things that happened since the last news, numbered so that none is lost or told twice."""

    number: Natural
    answers: tuple[Answered, ...] = ()
    faults: tuple[CardFault, ...] = ()
    digests: tuple[FrameDigest, ...] = ()


class Report(Reply, frozen=True, kw_only=True, tag="report"):
    """The state of the host's cards and what is new."""

    level: Level
    news: tuple[News, ...] = ()
    traffic: tuple[Seen, ...] = ()
    weights: tuple[WeightsRead, ...] = ()
    in_flight: Natural = 0
    endpoints: tuple[Endpoint, ...] = ()
    trouble: Trouble | None = None
    closing: bool = False


class Failed(Reply, frozen=True, kw_only=True, tag="failed"):
    """The request was not obeyed, and nothing changed."""

    cause: Cause
    reason: str
    exit_code: int = 2


AnyRequest = Union[Hello, Lease, Load, Chunk, Reach, Submit, Watch, Release]  # noqa: UP007 - msgspec on 3.10 takes both
AnyReply = Union[Welcome, Done, Wants, Report, Failed]  # noqa: UP007
