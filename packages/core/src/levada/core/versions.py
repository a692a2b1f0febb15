# SPDX-License-Identifier: Apache-2.0
"""Manifest versions: which JSON this release reads, and what it says of the rest.

Same major: an unknown field is an error at an equal or older minor and a notice at a newer one. One major back is
upgraded by a function in :data:`UPGRADES`. Any other major is an error that names the package to upgrade.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from levada.core.errors import ManifestError
from levada.core.manifests import KINDS, Manifest, kind_of
from levada.core.manifests.common import Record

Json = Any
UPGRADES: dict[tuple[str, int], Callable[[Json], Json]] = {}
"""(kind, old major) → a pure function from the old JSON object to one of the present major."""


class Version(Record, frozen=True, kw_only=True):
    """A manifest's kind and version, written ``plan/1.0``."""

    kind: str
    major: int
    minor: int


def decode(content: bytes, path: Path) -> tuple[Manifest, tuple[str, ...]]:
    """Return the manifest in ``content`` and notices about what was left out. Raise ManifestError naming ``path``."""
    try:
        raw = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = f"{path} is no JSON: {error}"
        raise ManifestError(msg) from None
    found = _version(raw, path)
    target = next(kind for kind in KINDS if kind_of(kind) == found.kind)
    known = present(target)
    raw = _upgraded(raw, found, known, path)
    notices: tuple[str, ...] = ()
    if found.major == known.major and found.minor > known.minor:
        raw, unknown = _without_unknown(raw, inspect.type_info(target))
        notices = tuple(f"{path}: field {name!r} is newer than this levada-core and was left out" for name in unknown)
    raw["kind"] = f"{known.kind}/{known.major}.{known.minor}"
    try:
        return msgspec.convert(raw, target), notices
    except msgspec.ValidationError as error:
        msg = f"{path}: {error}"
        raise ManifestError(msg) from None


def present(target: type[Manifest]) -> Version:
    """Return the version of ``target`` that this release writes."""
    kind, _, version = str(target.__struct_config__.tag).partition("/")
    major, _, minor = version.partition(".")
    return Version(kind=kind, major=int(major), minor=int(minor))


def _version(raw: Json, path: Path) -> Version:
    text = raw.get("kind") if isinstance(raw, dict) else None
    match = re.fullmatch(r"([a-z]+)/(\d+)\.(\d+)", text) if isinstance(text, str) else None
    kinds = [kind_of(kind) for kind in KINDS]
    if match is None or match[1] not in kinds:
        known = ", ".join(f"{present(kind).kind}/{present(kind).major}.x" for kind in KINDS)
        msg = f"{path}: expected a field 'kind' with one of {known}; found {text!r}"
        raise ManifestError(msg)
    return Version(kind=match[1], major=int(match[2]), minor=int(match[3]))


def _upgraded(raw: Json, found: Version, known: Version, path: Path) -> Json:
    if found.major == known.major:
        return raw
    upgrade = UPGRADES.get((found.kind, found.major))
    if upgrade is not None:
        try:
            return upgrade(raw)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            msg = f"{path} is no valid {found.kind}/{found.major}.{found.minor}, so it cannot be upgraded ({error!r})"
            raise ManifestError(msg) from None
    remedy = "upgrade levada-core" if found.major > known.major else "make it again with this release"
    msg = f"{path} is of kind {found.kind}/{found.major}.{found.minor}; this levada-core reads {known.kind}/{known.major}.x: {remedy}"
    raise ManifestError(msg)


def _without_unknown(raw: Json, expected: inspect.Type) -> tuple[Json, list[str]]:
    """Return ``raw`` without the fields that its struct does not know, and their names."""
    if isinstance(expected, inspect.StructType) and isinstance(raw, dict):
        return _known_fields(raw, expected)
    if isinstance(expected, inspect.VarTupleType) and isinstance(raw, list):
        pairs = [_without_unknown(item, expected.item_type) for item in raw]
        return [item for item, _ in pairs], sorted({name for _, names in pairs for name in names})
    if isinstance(expected, inspect.DictType) and isinstance(raw, dict):
        cleaned = {key: _without_unknown(value, expected.value_type) for key, value in raw.items()}
        return {key: item for key, (item, _) in cleaned.items()}, [n for _, names in cleaned.values() for n in names]
    if isinstance(expected, inspect.UnionType) and raw is not None:
        inner = next((t for t in expected.types if isinstance(t, inspect.StructType)), None)
        return _without_unknown(raw, inner) if inner else (raw, [])
    return raw, []


def _known_fields(raw: Json, expected: inspect.StructType) -> tuple[Json, list[str]]:
    fields = {field.encode_name: field.type for field in expected.fields}
    unknown = [name for name in raw if name not in fields and name != expected.tag_field]
    kept: dict[str, Json] = {}
    for name, value in raw.items():
        if name in fields:
            kept[name], deeper = _without_unknown(value, fields[name])
            unknown += deeper
        elif name == expected.tag_field:
            kept[name] = value
    return kept, unknown
