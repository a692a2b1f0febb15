# SPDX-License-Identifier: Apache-2.0
"""Manifests on disk: load with everything checked, save so that nothing is ever half-written."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

import msgspec

from levada.core.errors import ManifestError, OutputError, PayloadError
from levada.core.manifests import Blob, Manifest, kind_of
from levada.core.versions import decode

M = TypeVar("M", bound=Manifest)
MANIFEST = "manifest.json"
CHUNK = 1 << 20


class Artefact(Generic[M]):
    """A manifest with its folder. Payloads are verified (size and sha256) each time they are opened.

    ``digest`` is the sha256 of ``manifest.json``; ``notices`` are things a reader should hear, e.g. of a newer minor version.
    """

    def __init__(self, folder: Path, manifest: M, digest: str, notices: tuple[str, ...] = ()) -> None:
        """Hold what :func:`load` or :func:`save` made."""
        self.folder, self.manifest, self.digest, self.notices = folder, manifest, digest, notices

    def payload(self, name: str) -> Path:
        """Return the verified path of a payload. Raise PayloadError where it is missing, truncated or altered."""
        blob = self.manifest.files.get(name)
        if blob is None:
            known = ", ".join(sorted(self.manifest.files)) or "none"
            msg = f"{self.folder / MANIFEST} has no payload {name!r}; it has {known}"
            raise PayloadError(msg)
        path = self.folder / blob.path
        _verify(path, blob)
        return path

    def manifest_path(self) -> Path:
        """Return the path of ``manifest.json``, for a stage that carries the manifest itself forward."""
        return self.folder / MANIFEST


def load(folder: Path, kind: type[M]) -> Artefact[M]:
    """Return the artefact in ``folder``. Raise ManifestError naming the file, what was expected and what came."""
    artefact = load_any(folder)
    if not isinstance(artefact.manifest, kind):
        msg = f"expected a {kind_of(kind)} at {folder}, found a {kind_of(artefact.manifest)}"
        raise ManifestError(msg)
    return Artefact(folder, artefact.manifest, artefact.digest, artefact.notices)


def load_any(folder: Path) -> Artefact[Manifest]:
    """Return the artefact in ``folder``, whatever its kind."""
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        msg = f"expected an artefact at {folder} (a folder with {MANIFEST}), found none"
        raise ManifestError(msg) from None
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise ManifestError(msg) from error
    manifest, notices = decode(content, path)
    _check_files(manifest, path)
    return Artefact(folder, manifest, hashlib.sha256(content).hexdigest(), notices)


def save(folder: Path, manifest: M, payloads: dict[str, Path]) -> Artefact[M]:
    """Write ``manifest`` with its payloads into a new folder, whole or not at all; ``files`` is filled from ``payloads``.

    A payload is linked where the file system allows it, copied elsewhere, and becomes read-only; its file is named for the payload.
    Raise OutputError where ``folder`` exists, ManifestError where a payload that the kind demands is missing.
    """
    if folder.exists():
        msg = f"output {folder} exists already; choose another, or replace it with --force"
        raise OutputError(msg)
    _check_demanded(type(manifest), payloads.keys(), str(folder))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.partial-", dir=folder.parent))
    except OSError as error:
        msg = f"cannot write to {folder}: {error.strerror}"
        raise OutputError(msg) from error
    try:
        files = {name: _place(source, partial, name) for name, source in sorted(payloads.items())}
        whole = msgspec.structs.replace(manifest, files=files)
        content = encode(whole)
        (partial / MANIFEST).write_bytes(content)
        partial.chmod(0o755)
        partial.rename(folder)
    except OSError as error:
        msg = f"cannot write {folder}: {error.strerror or error}"
        raise OutputError(msg) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Artefact(folder, whole, hashlib.sha256(content).hexdigest())


def encode(manifest: Manifest) -> bytes:
    """Return the bytes of ``manifest.json``: the same for equal manifests, readable, one final newline."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=1) + b"\n"


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def link_or_copy(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``, or a copy where they lie on different file systems."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    target.chmod(0o444)


def _place(source: Path, folder: Path, name: str) -> Blob:
    target = folder / f"{name}{source.suffix}"
    link_or_copy(source, target)
    return Blob(path=target.name, sha256=sha256_of(target), size=target.stat().st_size)


def _verify(path: Path, blob: Blob) -> None:
    remedy = "make the artefact again, or copy it again from where it was made"
    try:
        size = path.stat().st_size
    except OSError:
        msg = f"payload {path} is missing; {remedy}"
        raise PayloadError(msg) from None
    if size != blob.size:
        msg = f"payload {path} has {size} bytes, its manifest says {blob.size}; {remedy}"
        raise PayloadError(msg)
    digest = sha256_of(path)
    if digest != blob.sha256:
        msg = (
            f"payload {path} was altered: its sha256 is {digest[:12]}…, its manifest says {blob.sha256[:12]}…; {remedy}"
        )
        raise PayloadError(msg)


def _check_files(manifest: Manifest, path: Path) -> None:
    for name, blob in manifest.files.items():
        place = PurePosixPath(blob.path)
        if place.is_absolute() or ".." in place.parts:
            msg = f"{path}: payload {name!r} must lie inside the artefact, its path is {blob.path!r}"
            raise ManifestError(msg)
    _check_demanded(type(manifest), manifest.files.keys(), str(path))


def _check_demanded(kind: type[Manifest], names: Iterable[str], where: str) -> None:
    missing = sorted(set(kind.PAYLOADS) - set(names))
    if missing:
        msg = f"{where}: a {kind_of(kind)} needs the payload {', '.join(map(repr, missing))}, which is not there"
        raise ManifestError(msg)
