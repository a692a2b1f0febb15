# SPDX-License-Identifier: Apache-2.0
"""Runs any stage: loads its inputs, asks the store, keeps its output whole, tells observers."""

import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from levada.core.artefact import MANIFEST, Artefact, load, save
from levada.core.errors import InternalFault, LevadaError, ManifestError, OutputError, PayloadError
from levada.core.keys import key_of, versions_of
from levada.core.manifests import Manifest, kind_of
from levada.core.plugins import Registry
from levada.core.progress import Progress
from levada.core.stages import Options, Stage, StageReport, Work
from levada.core.store import Store

LOG = "log.json"
Inputs = tuple[Artefact[Any], ...]


class Log(Struct, frozen=True, kw_only=True):
    """What is true of the moment and not of the work; kept beside the manifest, outside its digest."""

    stage: str
    started_utc: str
    seconds: float
    cached: bool
    host: str
    python: str
    versions: dict[str, str]


class Runner:
    """Everything a stage needs around it. ``store`` None: nothing is cached."""

    def __init__(self, registry: Registry, store: Store | None = None, progress: Progress | None = None) -> None:
        """Run stages of ``registry``, quietly unless ``progress`` shows them."""
        self.registry, self.store = registry, store
        self.progress = Progress() if progress is None else progress

    def run(
        self, stage: type[Stage[Any]], inputs: Sequence[Path], options: Options, out: Path, *, force: bool = False
    ) -> Artefact[Any]:
        """Return the artefact that ``stage`` wrote to ``out``.

        Raise OutputError where ``out`` exists and ``force`` is not set; whatever fails, ``out`` is either whole or untouched.
        """
        call = _Call(self, stage, options, out, force=force)
        _refuse(out, inputs, force=force)
        artefacts = tuple(load(folder, kind) for folder, kind in zip(inputs, stage.reads, strict=True))
        for notice in (notice for artefact in artefacts for notice in artefact.notices):
            self.progress.say(f"note: {notice}")
        artefact, cached = call.answered(artefacts)
        self.tell("levada_artifact_saved", folder=artefact.folder, manifest=artefact.manifest)
        report = StageReport(stage=stage.name, folder=out, seconds=call.seconds(), cached=cached)
        self.tell("levada_stage_ran", report=report)
        if cached:
            self.progress.say(f"{out} comes from the store")
        self._verify(stage, artefact, out)
        return artefact

    def _verify(self, stage: type[Stage[Any]], artefact: Artefact[Any], out: Path) -> None:
        try:
            stage().verify(artefact.manifest)
        except LevadaError:
            self.progress.say(f"what was found is in {out}; see it with: levada show {out}")
            raise

    def tell(self, hook: str, **facts: Any) -> None:
        """Call observers; one that raises, or exits, is reported, not obeyed."""
        for plugin, function in self.registry.observers(hook):
            error = _failure(function, facts)
            if error is not None:
                self.progress.say(f"note: plug-in {plugin!r} failed in {hook} ({type(error).__name__}: {error})")


class _Call:
    """One run of one stage."""

    def __init__(self, runner: Runner, stage: type[Stage[Any]], options: Options, out: Path, *, force: bool) -> None:
        self.runner, self.stage, self.force = runner, stage, force
        self.options = stage().settled(options, runner.registry)
        self.out = out.resolve()
        self.started = time.time()

    def seconds(self) -> float:
        return time.time() - self.started

    def answered(self, inputs: Inputs) -> tuple[Artefact[Any], bool]:
        """Return the artefact in its place, and whether the store had it."""
        store = self.runner.store if self.stage.cached else None
        if store is None:
            return self._made(inputs), False
        key = key_of(self.stage, inputs, self.options, self.runner.registry)
        restored = self._restored(store.get(key))
        if restored is not None:
            return restored, True
        made = self._made(inputs)
        store.put(key, made)
        return made, False

    def _restored(self, kept: Artefact[Manifest] | None) -> Artefact[Any] | None:
        """Deliver what the store had, or None where it had nothing, or no longer has it (others may clean it up)."""
        if kept is None:
            return None
        payloads = {name: kept.folder / blob.path for name, blob in kept.manifest.files.items()}
        try:
            return self._delivered(kept.manifest, payloads, cached=True)
        except PayloadError:
            return None

    def _made(self, inputs: Inputs) -> Artefact[Any]:
        with _scratch(self.out) as scratch:
            work = Work(self.runner.registry, self.runner.progress, scratch)
            manifest = self.stage().run(inputs, self.options, work)
            if not isinstance(manifest, self.stage.writes):
                kind, found = kind_of(self.stage.writes), type(manifest).__name__
                msg = f"stage {self.stage.name!r} must write the kind {kind!r}, it returned {found}"
                raise InternalFault(msg)
            sources = {kind_of(artefact.manifest): artefact.digest for artefact in inputs}
            whole = msgspec.structs.replace(manifest, sources={**manifest.sources, **sources})
            try:
                return self._delivered(whole, work.payloads, cached=False)
            except ManifestError as error:
                msg = f"stage {self.stage.name!r} made no sound artefact: {error}"
                raise InternalFault(msg) from error

    def _delivered(self, manifest: Manifest, payloads: dict[str, Path], *, cached: bool) -> Artefact[Any]:
        beside = {LOG: self._log(cached=cached)}
        return save(self.out, manifest, payloads, beside=beside, replace=self.force)

    def _log(self, *, cached: bool) -> bytes:
        log = Log(
            stage=self.stage.name,
            started_utc=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started)),
            seconds=round(self.seconds(), 3),
            cached=cached,
            host=platform.node(),
            python=platform.python_version(),
            versions=versions_of(self.stage, self.runner.registry),
        )
        return msgspec.json.format(msgspec.json.encode(log), indent=1) + b"\n"


def _failure(function: Callable[..., None], facts: dict[str, Any]) -> BaseException | None:
    try:
        function(**facts)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - an observer may not stop the work
        return error
    return None


def _refuse(out: Path, inputs: Sequence[Path], *, force: bool) -> None:
    if not (out.exists() or out.is_symlink()):
        return
    if not force:
        msg = f"output {out} exists already; choose another, or replace it with --force"
        raise OutputError(msg)
    if not out.is_dir() or (any(out.iterdir()) and not (out / MANIFEST).is_file()):
        msg = f"output {out} is no artefact (it has no {MANIFEST}), so --force does not replace it; choose another"
        raise OutputError(msg)
    if out.resolve() in {folder.resolve() for folder in inputs}:
        msg = f"output {out} is an input too, so --force does not replace it; choose another"
        raise OutputError(msg)


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """Yield a folder beside ``out`` (so that payloads can be linked), removed afterwards."""
    missing = next((parent for parent in out.parents if parent.exists()), Path("/"))
    try:
        folder = Path(tempfile.mkdtemp(prefix=".levada-", dir=missing))
    except OSError as error:
        msg = f"cannot write to {out}: {error.strerror} ({missing})"
        raise OutputError(msg) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
