# SPDX-License-Identifier: Apache-2.0
"""The content-addressed store: finished artefacts by the digest of all that made them."""

import os
import shutil
from pathlib import Path
from typing import Any

from levada.core.artefact import Artefact, load_any, save
from levada.core.errors import ManifestError, OutputError
from levada.core.manifests import Manifest


class Store:
    """Artefacts under ``root``/<first two digits>/<key>. Safe to share between processes: entries appear whole."""

    def __init__(self, root: Path) -> None:
        """Use ``root``, which need not exist yet."""
        self.root = root

    def get(self, key: str) -> Artefact[Manifest] | None:
        """Return the artefact kept under ``key``, every payload verified, or None. A damaged one is thrown away."""
        folder = self._folder(key)
        try:
            artefact = load_any(folder)
            for name in artefact.manifest.files:
                artefact.payload(name)
        except ManifestError:
            _throw_away(folder)
            return None
        return artefact

    def put(self, key: str, artefact: Artefact[Any]) -> None:
        """Keep ``artefact`` under ``key``; payloads are linked. A store that cannot be written is no error: nothing is kept."""
        payloads = {name: artefact.folder / blob.path for name, blob in artefact.manifest.files.items()}
        try:
            save(self._folder(key), artefact.manifest, payloads)
        except (OutputError, ManifestError):
            return

    def _folder(self, key: str) -> Path:
        return self.root / key[:2] / key


def _throw_away(folder: Path) -> None:
    """Remove an entry; others see it whole or not at all."""
    doomed = folder.with_name(f".{folder.name}.damaged-{os.getpid()}")
    try:
        folder.rename(doomed)
    except OSError:
        return
    shutil.rmtree(doomed, ignore_errors=True)
