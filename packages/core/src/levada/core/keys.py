# SPDX-License-Identifier: Apache-2.0
"""What a stage's result depends on: the key under which the store keeps it."""

import hashlib
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib import metadata, util
from importlib.machinery import ModuleSpec
from math import isfinite
from pathlib import Path
from typing import Any

import msgspec

from levada.core import flags
from levada.core.artefact import MANIFEST, Artefact
from levada.core.plugins import Registry
from levada.core.stages import Options, Stage

SOURCES = {".py", ".toml"}


def key_of(stage: type[Stage[Any]], inputs: Sequence[Artefact[Any]], options: Options, registry: Registry) -> str:
    """Return the digest of all that makes the result: inputs, options with their files, versions, and code.

    The code is that of core, of the stage's own package, and of every plug-in that is no part of Levada (one under
    development changes without its version).
    """
    strangers = {package_of(plugin.module) for plugin in registry.plugins} - {"levada.core"}
    packages = {"levada.core", package_of(stage.__module__)}
    packages |= {name for name in strangers if not name.startswith("levada.")}
    parts = {
        "stage": stage.name,
        "inputs": [artefact.digest for artefact in inputs],
        "options": _options(options),
        "versions": versions_of(stage, registry),
        "code": [code_of(package) for package in sorted(packages)],
    }
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def versions_of(stage: type[Stage[Any]], registry: Registry) -> dict[str, str]:
    """Return the versions of every plug-in and of the stage's tools; a tool that is not installed is left out."""
    found = {plugin.distribution: plugin.version for plugin in registry.plugins}
    installed = {tool: _version(tool) for tool in stage.tools}
    return found | {tool: version for tool, version in installed.items() if version is not None}


@lru_cache
def package_of(module: str) -> str:
    """Return the outermost package of a module that is no namespace: ``levada.qat`` of ``levada.qat.nets.digits``."""
    parts = module.split(".")
    names = [".".join(parts[:count]) for count in range(1, len(parts))]
    return next((name for name in names if (spec := _spec(name)) and spec.origin), module)


@lru_cache
def code_of(package: str) -> str:
    """Return the digest of a package's or a module's sources, so that changed code is not answered from the store."""
    digest = hashlib.sha256(package.encode())
    for name, file in sorted(_sources(package)):
        digest.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _sources(package: str) -> list[tuple[str, Path]]:
    """Return relative name and path of every source file of a package, or the one file of a module."""
    spec = _spec(package)
    folders = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    if folders:
        files = [(path.relative_to(folder).as_posix(), path) for folder in folders for path in folder.rglob("*")]
        return [(name, path) for name, path in files if path.suffix in SOURCES]
    alone = spec.origin if spec else getattr(sys.modules.get(package), "__file__", None)
    return [("", Path(alone))] if alone and Path(alone).is_file() else []


def _spec(name: str) -> ModuleSpec | None:
    try:
        return util.find_spec(name)
    except (ImportError, ValueError):  # a module that was loaded by hand, such as __main__
        return None


def _options(options: Options) -> dict[str, Any]:
    """Return the options as JSON; the value of a file option that names a file is the digest of its content."""
    values: dict[str, Any] = msgspec.to_builtins(options)
    named = {field.name for field in flags.fields(type(options)) if field.file}
    return {name: _content(value) if name in named else _told(value) for name, value in values.items()}


def _told(value: Any) -> Any:
    """Return a value as JSON tells it apart from others: of numbers that are none it makes ``null``, as of what was not given."""
    return repr(value) if isinstance(value, float) and not isfinite(value) else value


def _content(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_content(item) for item in value]
    try:
        path = Path(value)
        if value and path.is_dir() and not (path / MANIFEST).exists():
            return _folder(path)
        return hashlib.sha256((path / MANIFEST if path.is_dir() else path).read_bytes()).hexdigest()
    except (OSError, TypeError, ValueError):  # a name, not a file; or a file that the stage itself will complain of
        return value


def _folder(folder: Path) -> str:
    """Return the digest of the names and contents of a folder that is no artefact."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
