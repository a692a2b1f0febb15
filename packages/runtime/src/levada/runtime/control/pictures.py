# SPDX-License-Identifier: Apache-2.0
"""What goes in: images from ``--input``, checked for shape, type and range before any card is touched."""

from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from levada.core.artefact import MANIFEST, Artefact, load
from levada.core.datatypes import DataType, datatype
from levada.core.errors import DatasetError
from levada.core.manifests import Deployment, Images
from levada.core.manifests import Tensor as TensorSpec
from levada.runtime.packing import Tensor, canonical

GOLDEN = "golden"


class Pictures(Struct, frozen=True):
    """Checked images (count × shape, canonical type), their true labels where known, and how messages call their source."""

    images: Any
    labels: Any | None
    source: str

    def content(self, index: int, element: DataType) -> bytes:
        """Return one image in canonical form."""
        return canonical(self.images[index], element)


def read(source: str, deployment: Artefact[Deployment]) -> Pictures:
    """Return the images that ``--input`` names: ``golden``, a ``.npy`` file, or an Images artefact. Raise DatasetError."""
    given = _given(source, deployment)
    expected = deployment.manifest.input
    images = checked(given.images, expected, given.source)
    labels = given.labels
    if labels is not None and len(labels) != len(images):
        msg = f"{given.source}: {len(images)} images but {len(labels)} labels"
        raise DatasetError(msg)
    return Pictures(images, labels, given.source)


def _given(source: str, deployment: Artefact[Deployment]) -> Pictures:
    if source == GOLDEN:
        images = load_array(deployment.payload("golden_inputs"))
        return Pictures(images, _labels(deployment, "golden_labels"), "the golden inputs")
    path = Path(source)
    if (path / MANIFEST).is_file():
        artefact = load(path, Images)
        return Pictures(load_array(artefact.payload("images")), _labels(artefact, "labels"), str(path))
    if path.is_file():
        return Pictures(load_array(path), None, str(path))
    msg = f"--input expects 'golden', a .npy file or the folder of an Images artefact; {source!r} is none of these"
    raise DatasetError(msg)


def load_array(path: Path) -> Tensor:
    """Return the array in a ``.npy`` file, never unpickled. Raise DatasetError for anything else."""
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        msg = f"{path} is no .npy file of numbers: {error}"
        raise DatasetError(msg) from None
    if not isinstance(array, np.ndarray):
        msg = f"{path} holds several arrays, expected one in a .npy file"
        raise DatasetError(msg)
    return array


def checked(images: Tensor, expected: TensorSpec, source: str) -> Tensor:
    """Return images in the canonical type. Raise DatasetError for a shape, type or range that the network does not take."""
    element = datatype(expected.datatype)
    if images.ndim != len(expected.shape) + 1 or images.shape[1:] != tuple(expected.shape):
        wanted = " × ".join(str(size) for size in expected.shape)
        msg = (
            f"{source}: expected images of {wanted} ({expected.layout}), any number of them; got shape {images.shape!r}"
        )
        raise DatasetError(msg)
    if not len(images):
        msg = f"{source}: expected at least one image, got none"
        raise DatasetError(msg)
    if not np.issubdtype(images.dtype, np.integer):
        msg = (
            f"{source}: expected integers ({expected.datatype}), got {images.dtype}; export images with `levada images`"
        )
        raise DatasetError(msg)
    low, high = int(images.min()), int(images.max())
    if low < element.minimum or high > element.maximum:
        span = f"{element.minimum} to {element.maximum}"
        msg = f"{source}: expected values of {expected.datatype} ({span}), got {low} to {high}"
        raise DatasetError(msg)
    return images.astype(element.canonical, copy=False)


def _labels(artefact: "Artefact[Any]", name: str) -> Tensor | None:
    return load_array(artefact.payload(name)) if name in artefact.manifest.files else None
