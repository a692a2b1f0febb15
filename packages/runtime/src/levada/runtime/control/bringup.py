# SPDX-License-Identifier: Apache-2.0
"""From agents that are there to cards that wait for images: lease, blobs, then level after level with a barrier at each."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from secrets import token_bytes

from msgspec import Struct

from levada.core.artefact import Artefact
from levada.core.errors import HostError
from levada.core.interfaces import Injection, Wiring
from levada.core.manifests import Deployment
from levada.core.progress import Progress
from levada.runtime.control.fleet import HEARTBEAT_S, Fleet, host_fault
from levada.runtime.control.peer import Answer
from levada.runtime.protocol.messages import Chunk, Failed, Level, Load, Wants

GREET_S, LOAD_S, PROGRAM_S, STEP_S, LINK_S = 5.0, 600.0, 300.0, 30.0, 20.0
GREET_CHILDREN_S = 60.0
TOKEN_BYTES = 32


class Setting(Struct, frozen=True, kw_only=True):
    """What a run is about: the deployment, who runs it, whether on emulated cards that this run started, which faults."""

    deployment: Artefact[Deployment]
    owner: str
    emulate: bool
    injections: tuple[Injection, ...]


def bring_up(fleet: Fleet, setting: Setting, progress: Progress) -> None:
    """Bring every host to INPUT. Raise HostError, RunFault or UnreachableError naming the place that cannot."""
    with progress.task("bringing up", total=8) as task:
        fleet.greet(GREET_CHILDREN_S if setting.emulate else GREET_S)
        task.advance()
        fleet.lease(setting.owner)
        task.advance()
        load(fleet, setting)
        for level, seconds in ((Level.PROGRAMMED, PROGRAM_S), (Level.CONFIGURED, STEP_S), (Level.LINKED, LINK_S)):
            task.advance()
            fleet.reach(level, seconds, _wiring(fleet, setting) if level == Level.CONFIGURED else None)
        for level in (Level.OUTPUTS, Level.WEIGHTS, Level.INPUT):
            task.advance()
            fleet.reach(level, STEP_S)


def load(fleet: Fleet, setting: Setting) -> None:
    """Have every host fetch the deployment's manifest and the payloads that its drivers need."""
    blobs = _blobs(setting.deployment)
    manifest = setting.deployment.manifest_path()
    request = Load(id="", deployment=setting.deployment.digest, size=manifest.stat().st_size, emulate=setting.emulate)
    drivers: dict[str, tuple[str, ...]] = {}
    waiting = {use.host for use in fleet.uses}
    for host in waiting:
        fleet.post(host, request)
    until_s = time.monotonic() + LOAD_S
    while waiting:
        for answer in fleet.turn(HEARTBEAT_S):
            if _serve(fleet, answer, blobs, drivers):
                waiting.discard(answer.host)
        if time.monotonic() > until_s:
            raise host_fault(min(waiting), f"did not fetch its payloads within {LOAD_S:.0f} s")
    fleet.name_drivers(drivers)


def _serve(fleet: Fleet, answer: Answer, blobs: Mapping[str, Path], drivers: dict[str, tuple[str, ...]]) -> bool:
    """Send the pieces that a host wants; say whether it has everything."""
    if isinstance(answer.reply, Failed):
        msg = f"host {answer.host}: {answer.reply.reason}"
        raise HostError(msg)
    if not isinstance(answer.reply, Wants):
        return False
    for want in answer.reply.pieces:
        if want.sha256 not in blobs:
            msg = f"host {answer.host} asks for blob {want.sha256[:12]}…, which the deployment does not hold"
            raise HostError(msg)
        with blobs[want.sha256].open("rb") as file:
            file.seek(want.offset)
            content = file.read(want.size)
        fleet.post(answer.host, Chunk(id="", sha256=want.sha256, offset=want.offset, content=content))
    drivers[answer.host] = answer.reply.drivers
    return answer.reply.complete


def _blobs(deployment: Artefact[Deployment]) -> dict[str, Path]:
    files = {blob.sha256: deployment.folder / blob.path for blob in deployment.manifest.files.values()}
    return {**files, deployment.digest: deployment.manifest_path()}


def _wiring(fleet: Fleet, setting: Setting) -> Wiring:
    return Wiring(endpoints=fleet.endpoints, token=token_bytes(TOKEN_BYTES), injections=setting.injections)


def hosts_of(deployment: Deployment) -> Sequence[str]:
    """Return the hosts of a deployment's cards, each once, in the order of the cards."""
    return tuple(dict.fromkeys(card.host for card in deployment.cards))
