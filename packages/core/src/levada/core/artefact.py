# SPDX-License-Identifier: Apache-2.0
"""Manifests on disk: load with everything checked, save so that nothing is ever half-written."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

import msgspec

from levada.core.errors import ManifestError, OutputError, PayloadError
from levada.core.manifests import Blob, Manifest, kind_of
from levada.core.versions import decode

M = TypeVar("M", bound=Manifest)
MANIFEST = "manifest.json"
CHUNK = 1 << 20
READ_ONLY = 0o444
REMEDY = "make the artefact again, or copy it again from where it was made"


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


# ------------------------------------------------------------------------------------------------- loading


def load(folder: Path, kind: type[M]) -> Artefact[M]:
    """Return the artefact in ``folder``. Raise ManifestError naming the file, what was expected and what came."""
    artefact = load_any(folder)
    if not isinstance(artefact.manifest, kind):
        msg = f"expected an artefact of kind {kind_of(kind)!r} at {folder}, found one of kind {kind_of(artefact.manifest)!r}"
        raise ManifestError(msg)
    return Artefact(folder, artefact.manifest, artefact.digest, artefact.notices)


def load_any(folder: Path) -> Artefact[Manifest]:
    """Return the artefact in ``folder``, whatever its kind."""
    path = folder / MANIFEST
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        inside = ", ".join(sorted(found.parent.name for found in folder.glob(f"*/{MANIFEST}")))
        hint = f"; the artefacts inside it are {inside}" if inside else ""
        msg = f"expected an artefact at {folder} (a folder with {MANIFEST}), found none{hint}"
        raise ManifestError(msg) from None
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise ManifestError(msg) from error
    manifest, notices = decode(content, path)
    _check_files(manifest, path)
    return Artefact(folder, manifest, hashlib.sha256(content).hexdigest(), notices)


# -------------------------------------------------------------------------------------------------- saving


def save(
    folder: Path,
    manifest: M,
    payloads: Mapping[str, Path],
    *,
    beside: Mapping[str, bytes] | None = None,
    replace: bool = False,
) -> Artefact[M]:
    """Write ``manifest`` with its payloads into a folder, whole or not at all; ``files`` is filled from ``payloads``.

    A payload is linked where the file system allows it, copied elsewhere, and becomes read-only; its file is named for the payload.
    ``beside`` are further files, outside the digest. What ``replace`` replaces is there until the new artefact is whole.
    Raise OutputError where ``folder`` exists (and is not to be replaced) or cannot be written; ManifestError where a payload that
    the kind demands is missing, or the manifest could not be read back.
    """
    if not replace:
        _refuse(folder)
    _check_demanded(type(manifest), payloads.keys(), str(folder))
    partial = _partial(folder)
    try:
        whole = msgspec.structs.replace(manifest, files=_place_all(payloads, partial, beside or {}))
        content = _content(whole, folder / MANIFEST)
        _write_all({**(beside or {}), MANIFEST: content}, partial)
        _move(partial, folder, replace=replace)
    except OSError as error:
        msg = f"cannot write {folder}: {error.strerror or error}"
        raise OutputError(msg) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Artefact(folder, whole, hashlib.sha256(content).hexdigest())


def encode(manifest: Manifest) -> bytes:
    """Return the bytes of ``manifest.json``: the same for equal manifests, readable, one final newline.

    Read back before it is written, so that an integer given where a float belongs becomes one at once, and not on the next load.
    """
    whole = msgspec.json.decode(msgspec.json.encode(manifest), type=type(manifest))
    return msgspec.json.format(msgspec.json.encode(whole, order="deterministic"), indent=1) + b"\n"


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def link_or_copy(source: Path, target: Path) -> None:
    """Make ``target`` the same read-only file as ``source``, or a copy where they cannot be one (other disk, other owner)."""
    try:
        os.link(source.resolve(), target)  # os.link would link a symbolic link itself
        _make_read_only(target)
    except OSError:
        target.unlink(missing_ok=True)
        shutil.copyfile(source, target)
        _make_read_only(target)


def _make_read_only(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) != READ_ONLY:
        path.chmod(READ_ONLY)


def _refuse(folder: Path) -> None:
    try:
        there = folder.is_symlink() or folder.exists()
    except OSError as error:
        msg = f"cannot write to {folder}: {error.strerror}"
        raise OutputError(msg) from error
    if there:
        msg = f"output {folder} exists already; choose another, or replace it with --force"
        raise OutputError(msg)


def _partial(folder: Path) -> Path:
    """Make a hidden folder beside ``folder``, on the same file system, to be moved there when it is whole."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{folder.name}.partial-", dir=folder.parent))
    except OSError as error:
        msg = f"cannot write to {folder}: {error.strerror}"
        raise OutputError(msg) from error


def _write_all(files: Mapping[str, bytes], folder: Path) -> None:
    """Write small files into ``folder``, and open it to readers."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    folder.chmod(0o755)


def _move(partial: Path, folder: Path, *, replace: bool) -> None:
    """Move ``partial`` to ``folder``; what is to be replaced is put aside for that moment, and back if it cannot be done."""
    if not (replace and folder.exists()):
        partial.rename(folder)
        return
    aside = partial.with_name(partial.name.replace("partial", "replaced"))
    folder.rename(aside)
    try:
        partial.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _content(manifest: Manifest, path: Path) -> bytes:
    """Return the bytes to write, or refuse a manifest that could not be read back (a negative count, not a number, …)."""
    try:
        return encode(manifest)
    except (msgspec.ValidationError, TypeError) as error:
        msg = f"{path} could not be read back: {error}"
        raise ManifestError(msg) from error


def _place_all(payloads: Mapping[str, Path], folder: Path, beside: Mapping[str, bytes]) -> dict[str, Blob]:
    """Put every payload into ``folder`` and return its blob; no two may have one file name."""
    taken = {MANIFEST, *beside}
    files = {}
    for name, source in sorted(payloads.items()):
        file_name = f"{name}{source.suffix}"
        if not _is_plain(name) or file_name in taken:
            msg = (
                f"payload {name!r} cannot be named so: its file {file_name!r} is another one's, or leaves the artefact"
            )
            raise ManifestError(msg)
        taken.add(file_name)
        files[name] = _place(source, folder / file_name, name)
    return files


def _place(source: Path, target: Path, name: str) -> Blob:
    if not source.is_file():
        msg = f"payload {name!r} was to be taken from {source}, and there is no such file"
        raise PayloadError(msg)
    link_or_copy(source, target)
    return Blob(path=target.name, sha256=sha256_of(target), size=target.stat().st_size)


# ------------------------------------------------------------------------------------------------ checking


def _verify(path: Path, blob: Blob) -> None:
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            msg = f"payload {path} is missing; {REMEDY}"
            raise PayloadError(msg)
        if size != blob.size:
            msg = f"payload {path} has {size} bytes, its manifest says {blob.size}; {REMEDY}"
            raise PayloadError(msg)
        digest = sha256_of(path)
    except OSError as error:
        msg = f"cannot read payload {path}: {error.strerror}; {REMEDY}"
        raise PayloadError(msg) from error
    if digest != blob.sha256:
        msg = (
            f"payload {path} was altered: its sha256 is {digest[:12]}…, its manifest says {blob.sha256[:12]}…; {REMEDY}"
        )
        raise PayloadError(msg)


def _check_files(manifest: Manifest, path: Path) -> None:
    for name, blob in manifest.files.items():
        place = PurePosixPath(blob.path)
        if not _is_plain(name) or place.is_absolute() or ".." in place.parts or "\0" in blob.path or not place.parts:
            msg = f"{path}: payload {name!r} must lie inside the artefact, its path is {blob.path!r}"
            raise ManifestError(msg)
    _check_demanded(type(manifest), manifest.files.keys(), str(path))


def _is_plain(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) is not None


def _check_demanded(kind: type[Manifest], names: Iterable[str], where: str) -> None:
    missing = sorted(set(kind.PAYLOADS) - set(names))
    if missing:
        msg = (
            f"{where}: the kind {kind_of(kind)!r} needs the payload {', '.join(map(repr, missing))}, which is not there"
        )
        raise ManifestError(msg)
