# SPDX-License-Identifier: Apache-2.0
"""The stage ``run``: a deployment and images in, answers and an account of every image and hop out."""

import getpass
import io
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from levada.core.artefact import Artefact
from levada.core.cluster import Cluster
from levada.core.clusters import digest_of
from levada.core.errors import ClusterError, OptionError
from levada.core.manifests import Deployment, Event, Manifest, Run
from levada.core.stages import Flag, Options, Stage, Work

if TYPE_CHECKING:
    from levada.runtime.control.fleet import Fleet

EMULATED = "emulated"


class RunOptions(Options, frozen=True, kw_only=True):
    """Options of ``levada run``."""

    cluster: Annotated[str, Flag("preset or TOML file; its agents must run, unless --emulate starts them", file=True)]
    input: Annotated[str, Flag("images: 'golden', a .npy file, or the folder of an Images artefact")]
    emulate: Annotated[bool, Flag("start an agent per host here, and emulate every card")] = False
    keys: Annotated[str | None, Flag("folder of CURVE keys (made by `levada keys`), as the agents have them")] = None
    inject: Annotated[
        tuple[str, ...],
        Flag(
            "commit a fault on emulated cards: flip@STREAM:FRAME, drop@STREAM:FRAME or kill@HOST:FRAME; frames count "
            "from 0 (repeatable)"
        ),
    ] = ()
    window: Annotated[int, Flag("images in flight at most")] = 64
    stall_s: Annotated[float, Flag("seconds without any movement after which the run has failed")] = 10.0


class RunStage(Stage[RunOptions]):
    """Run a deployment on its cluster, or on emulated cards."""

    name = "run"
    reads = (Deployment,)
    writes = Run
    options = RunOptions
    tools = ("levada-runtime", "numpy", "onnxruntime", "pyzmq")
    cached = False

    def run(self, inputs: tuple[Artefact[Any], ...], options: RunOptions, work: Work) -> Run:
        """Return the account of one run; raise only where nothing was streamed."""
        from levada.runtime.control import campaign, injections, pictures
        from levada.runtime.control.bringup import Setting, bring_up
        from levada.runtime.control.goldens import Goldens
        from levada.runtime.control.judging import judge

        (deployment,) = inputs
        check(options, work.registry.cluster(options.cluster), deployment.manifest)
        for name in deployment.manifest.files:
            deployment.payload(name)  # verified before any host is asked to fetch it
        images = pictures.read(options.input, deployment)
        setting = Setting(
            deployment=deployment,
            owner=f"{getpass.getuser()}@{socket.gethostname()}",
            emulate=options.emulate,
            injections=injections.parse(options.inject, deployment.manifest, len(images.images)),
        )
        pace = campaign.Pace(window=options.window, stall_s=options.stall_s)
        with fleet_of(options, work.registry.cluster(options.cluster), deployment.manifest) as fleet:
            bring_up(fleet, setting, work.progress)
            streaming = campaign.Campaign(fleet, deployment.manifest, pace, _observers(work))
            outcome = streaming.run(images, work.progress)
        work.add_bytes("answers", "answers.npy", _npy(outcome.answers(deployment.manifest)))
        return judge(deployment.manifest, outcome, Goldens(deployment, images), images, fleet.uses)

    def verify(self, manifest: Manifest) -> None:
        """Raise RunFault where the run lost or falsified anything; its artefact is saved by then."""
        from levada.runtime.control.judging import verify

        if isinstance(manifest, Run):
            verify(manifest)


def check(options: RunOptions, cluster: Cluster, deployment: Deployment) -> None:
    """Raise ClusterError or OptionError for what can be seen to be wrong before any agent is asked."""
    if digest_of(cluster, len(deployment.cards)) != deployment.cluster_digest:
        msg = (
            f"deployment {deployment.name!r} was made for another state of cluster {deployment.cluster!r} than "
            f"{options.cluster!r} now is; give the cluster it was made for, or run partition and netstack again"
        )
        raise ClusterError(msg)
    drivers = {EMULATED} if options.emulate else {card.driver for card in deployment.cards}
    if deployment.hops and EMULATED in drivers and len(drivers) > 1:
        msg = f"no wire joins emulated cards with real ones (drivers: {', '.join(sorted(drivers))}); run all with --emulate"
        raise ClusterError(msg)
    if options.inject and drivers != {EMULATED}:
        msg = f"--inject needs emulated cards, this deployment has drivers {', '.join(sorted(drivers))}; add --emulate"
        raise OptionError(msg)
    if options.window < 1 or not 0 < options.stall_s < inf:
        msg = f"expected --window of at least 1 and --stall-s above 0, got {options.window} and {options.stall_s:g}"
        raise OptionError(msg)


@contextmanager
def fleet_of(options: RunOptions, cluster: Cluster, deployment: Deployment) -> "Iterator[Fleet]":
    """Yield the fleet of a run: agents of our own for ``--emulate``, else those that the cluster names."""
    from levada.runtime import keys
    from levada.runtime.control.bringup import hosts_of
    from levada.runtime.control.children import Children
    from levada.runtime.control.fleet import Fleet
    from levada.runtime.control.peer import Target

    hosts = hosts_of(deployment)
    if options.emulate:
        with (
            Children(options.cluster, hosts) as children,
            Fleet(children.targets, children.keys, children.obituary) as fleet,
        ):
            yield fleet
        return
    targets = tuple(Target(host=host.name, address=host.address) for host in cluster.hosts if host.name in hosts)
    own = keys.for_controller(Path(options.keys), hosts) if options.keys else None
    open_ones = [target.address for target in targets if not target.address.startswith("ipc://")]
    if own is None and open_ones:
        msg = f"refusing to talk to {open_ones[0]} without keys; make them with `levada keys`, give --keys DIR to agents and run"
        raise OptionError(msg)
    with Fleet(targets, own) as fleet:
        yield fleet


def _observers(work: Work) -> Callable[[Event], None]:
    """Return what tells an event to every plug-in that observes cards; one that raises is reported, not obeyed."""

    def tell(event: Event) -> None:
        for plugin, function in work.registry.observers("levada_card_event"):
            _tell(work, plugin, function, event)

    return tell


def _tell(work: Work, plugin: str, function: Callable[..., None], event: Event) -> None:
    try:
        function(event=event)
    except Exception as error:  # noqa: BLE001 - an observer may not stop the run
        work.progress.say(f"note: plug-in {plugin!r} failed in levada_card_event ({type(error).__name__}: {error})")


def _npy(array: Any) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
