# SPDX-License-Identifier: Apache-2.0
"""What must come out where an image is one of the golden ones: its answer, and the digest of every stream on its way."""

import hashlib
from collections.abc import Sequence

from levada.core.artefact import Artefact
from levada.core.datatypes import datatype
from levada.core.errors import ManifestError
from levada.core.manifests import Dataflow, Deployment
from levada.core.versions import decode
from levada.runtime.control.pictures import Pictures, load_array
from levada.runtime.packing import canonical


class Goldens:
    """The golden record of a deployment, seen by a run's images."""

    def __init__(self, deployment: Artefact[Deployment], pictures: Pictures) -> None:
        """Match each image of the run with the golden image that is equal to it, if any."""
        element = datatype(deployment.manifest.input.datatype)
        inputs = load_array(deployment.payload("golden_inputs"))
        known = {_key(canonical(image, element)): index for index, image in reversed(list(enumerate(inputs)))}
        self._match = [known.get(_key(pictures.content(i, element))) for i in range(len(pictures.images))]
        self._answers = load_array(deployment.payload("golden_answers"))
        self._digests = load_array(deployment.payload("golden_digests"))
        dataflow = _dataflow(deployment)
        cuttable = [stream for stream in dataflow.streams if stream.cuttable]
        self._rows = {stream.name: row for row, stream in enumerate(cuttable)}
        self._whole = {stream.name: stream.sha256 for stream in cuttable}
        self._same = len(inputs) == len(pictures.images) and bool((inputs == pictures.images).all())

    @property
    def any(self) -> bool:
        """Say whether any image can be compared."""
        return any(index is not None for index in self._match)

    @property
    def every(self) -> bool:
        """Say whether all images can be compared."""
        return all(index is not None for index in self._match)

    def answer(self, image: int) -> Sequence[int] | None:
        """Return the golden answer to an image, None where there is none."""
        index = self._match[image]
        return None if index is None else tuple(int(label) for label in self._answers[index])

    def digest(self, stream: str, image: int) -> bytes | None:
        """Return the golden sha256 of a stream's tensor for an image, None where there is none."""
        index, row = self._match[image], self._rows.get(stream)
        return None if index is None or row is None else bytes(self._digests[row, index].tobytes())

    def whole(self, stream: str) -> str | None:
        """Return the golden sha256 of a stream over all images, None unless the images are the golden ones, in order."""
        return self._whole.get(stream) if self._same else None


def _key(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _dataflow(deployment: Artefact[Deployment]) -> Dataflow:
    path = deployment.payload("dataflow")
    manifest, _ = decode(path.read_bytes(), path)
    if not isinstance(manifest, Dataflow):
        msg = f"expected a dataflow in {path}, found a {type(manifest).__name__}; make the deployment again"
        raise ManifestError(msg)
    return manifest
