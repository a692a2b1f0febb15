# SPDX-License-Identifier: Apache-2.0
"""Runs any stage: loads its inputs, asks the store, keeps its output whole, tells observers."""

import hashlib
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import metadata, util
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from levada.core.artefact import Artefact, load, save
from levada.core.errors import InternalFault, LevadaError, OutputError
from levada.core.manifests import Manifest, kind_of
from levada.core.plugins import Registry
from levada.core.progress import Progress
from levada.core.stages import Options, Stage, StageReport, Work
from levada.core.store import Store

LOG = "log.json"


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
        self.registry, self.store, self.progress = registry, store, progress or Progress()

    def run(
        self, stage: type[Stage[Any]], inputs: Sequence[Path], options: Options, out: Path, *, force: bool = False
    ) -> Artefact[Any]:
        """Return the artefact that ``stage`` wrote to ``out``.

        Raise OutputError where ``out`` exists and ``force`` is not set; whatever fails, ``out`` is either whole or untouched.
        """
        started = time.time()
        _refuse(out, force=force)
        artefacts = tuple(load(folder, kind) for folder, kind in zip(inputs, stage.reads, strict=True))
        for notice in (notice for artefact in artefacts for notice in artefact.notices):
            self.progress.say(f"note: {notice}")
        kept = None
        key = _key(stage, artefacts, options, self.registry)
        if self.store is not None and stage.cached:
            kept = self.store.get(key)
        artefact = self._restore(kept, out) if kept else self._make(stage, artefacts, options, out)
        if self.store is not None and stage.cached and not kept:
            self.store.put(key, artefact)
        seconds = time.time() - started
        self._write_log(stage, artefact, started, cached=kept is not None)
        self.tell("levada_artifact_saved", folder=artefact.folder, manifest=artefact.manifest)
        report = StageReport(stage=stage.name, folder=out, seconds=seconds, cached=kept is not None)
        self.tell("levada_stage_ran", report=report)
        stage().verify(artefact.manifest)
        return artefact

    def tell(self, hook: str, **facts: Any) -> None:
        """Call observers; one that raises is reported, not obeyed."""
        for plugin, function in self.registry.observers(hook):
            names = function.__code__.co_varnames[: function.__code__.co_argcount]
            try:
                function(**{name: facts[name] for name in names if name in facts})
            except Exception as error:  # noqa: BLE001 - an observer may not stop the work
                self.progress.say(f"note: plug-in {plugin!r} failed in {hook} ({type(error).__name__}: {error})")

    def _make(
        self, stage: type[Stage[Any]], inputs: tuple[Artefact[Any], ...], options: Options, out: Path
    ) -> Artefact[Any]:
        with _scratch(out) as scratch:
            work = Work(self.registry, self.progress, scratch)
            manifest = stage().run(inputs, options, work)
            if not isinstance(manifest, stage.writes):
                msg = (
                    f"stage {stage.name!r} must write a {kind_of(stage.writes)}, it returned {type(manifest).__name__}"
                )
                raise InternalFault(msg)
            sources = {kind_of(artefact.manifest): artefact.digest for artefact in inputs}
            whole = msgspec.structs.replace(manifest, sources={**manifest.sources, **sources})
            return _deliver(out, whole, work.payloads)

    def _restore(self, kept: Artefact[Manifest], out: Path) -> Artefact[Any]:
        payloads = {name: kept.folder / blob.path for name, blob in kept.manifest.files.items()}
        return _deliver(out, kept.manifest, payloads)

    def _write_log(self, stage: type[Stage[Any]], artefact: Artefact[Any], started: float, *, cached: bool) -> None:
        log = Log(
            stage=stage.name,
            started_utc=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
            seconds=round(time.time() - started, 3),
            cached=cached,
            host=platform.node(),
            python=platform.python_version(),
            versions=_versions(stage, self.registry),
        )
        (artefact.folder / LOG).write_bytes(msgspec.json.format(msgspec.json.encode(log), indent=1) + b"\n")


def _refuse(out: Path, *, force: bool) -> None:
    if not out.exists():
        return
    if not force:
        msg = f"output {out} exists already; choose another, or replace it with --force"
        raise OutputError(msg)
    if not out.is_dir() or (any(out.iterdir()) and not (out / "manifest.json").is_file()):
        msg = f"output {out} is no artefact (it has no manifest.json), so --force does not replace it; choose another"
        raise OutputError(msg)


def _deliver(out: Path, manifest: Manifest, payloads: dict[str, Path]) -> Artefact[Any]:
    """Save to ``out``; an artefact that was there is put aside first and put back if saving fails."""
    aside = out.with_name(f".{out.name}.replaced")
    if out.exists():
        shutil.rmtree(aside, ignore_errors=True)
        out.rename(aside)
    try:
        artefact = save(out, manifest, payloads)
    except LevadaError:
        if aside.exists():
            aside.rename(out)
        raise
    shutil.rmtree(aside, ignore_errors=True)
    return artefact


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """Yield a folder beside ``out`` (so that payloads can be linked), removed afterwards."""
    missing = next((parent for parent in out.absolute().parents if parent.exists()), Path("/"))
    try:
        folder = Path(tempfile.mkdtemp(prefix=".levada-", dir=missing))
    except OSError as error:
        msg = f"cannot write to {missing}: {error.strerror}"
        raise OutputError(msg) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _key(stage: type[Stage[Any]], inputs: tuple[Artefact[Any], ...], options: Options, registry: Registry) -> str:
    parts = {
        "stage": stage.name,
        "inputs": [artefact.digest for artefact in inputs],
        "options": _options(options),
        "versions": _versions(stage, registry),
        "code": sorted({_code("levada.core"), _code(stage.__module__.rpartition(".")[0] or stage.__module__)}),
    }
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _options(options: Options) -> dict[str, Any]:
    """Return the options as JSON; the value of a file option that names a file is the digest of its content."""
    values = msgspec.to_builtins(options)
    for field in msgspec.inspect.type_info(type(options)).fields:  # type: ignore[attr-defined]
        extra = getattr(field.type, "extra", None) or {}
        text = values.get(field.name)
        if extra.get("file") and isinstance(text, str) and Path(text).is_file():
            values[field.name] = hashlib.sha256(Path(text).read_bytes()).hexdigest()
    return values  # type: ignore[no-any-return]


def _versions(stage: type[Stage[Any]], registry: Registry) -> dict[str, str]:
    """Return the versions of every plug-in and of the stage's tools; a tool that is not installed is left out."""
    found = {plugin.distribution: plugin.version for plugin in registry.plugins}
    installed = {tool: _version(tool) for tool in stage.tools}
    return found | {tool: version for tool, version in installed.items() if version is not None}


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


@lru_cache
def _code(package: str) -> str:
    """Return the digest of a package's sources, so that changed code is not answered from the store."""
    spec = util.find_spec(package)
    origins = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    digest = hashlib.sha256(package.encode())
    for file in sorted(path for origin in origins for path in origin.rglob("*") if path.suffix in {".py", ".toml"}):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
