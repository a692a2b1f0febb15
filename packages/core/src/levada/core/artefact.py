# SPDX-License-Identifier: Apache-2.0
"""Manifests on disk: load with everything checked, save so that nothing is ever half-written."""

from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from levada.core.manifests import Manifest

M = TypeVar("M", bound=Manifest)
MANIFEST = "manifest.json"


class Artefact(Generic[M]):
    """A manifest with its folder. Payloads are verified (size and sha256) each time they are opened."""

    def __init__(self, folder: Path, manifest: M, digest: str) -> None:
        """Hold what :func:`load` or :func:`save` made; ``digest`` is the sha256 of ``manifest.json``."""
        self.folder, self.manifest, self.digest = folder, manifest, digest

    def payload(self, name: str) -> Path:
        """Return the verified path of a payload. Raise PayloadError where it is missing, truncated or altered."""
        raise NotImplementedError


def load(folder: Path, kind: type[M]) -> Artefact[M]:
    """Return the artefact in ``folder``. Raise ManifestError naming the file, what was expected and what came."""
    raise NotImplementedError


def save(folder: Path, manifest: M, payloads: dict[str, Path]) -> Artefact[M]:
    """Write ``manifest`` with its payloads into a new folder, whole or not at all; ``files`` is filled from ``payloads``."""
    raise NotImplementedError


_ = msgspec
