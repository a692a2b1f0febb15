# SPDX-License-Identifier: Apache-2.0
"""Builders' manifests as real artefacts on disk, with payloads of a few bytes that agree with them."""

import hashlib
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from levada.core.artefact import Artefact, encode, save
from levada.core.manifests import Blob, Manifest, kind_of
from levada.core.testing.dataflows import EDGES, IMAGES, PICTURE, dataflow, golden
from levada.core.testing.plans import plan

M = TypeVar("M", bound=Manifest)
SUFFIXES = {
    "graph": ".onnx",
    "finn_graph": ".onnx",
    "emulation_graph": ".onnx",
    "specialised_graph": ".onnx",
    "dataflow": ".json",
    "plan": ".json",
}


def saved(folder: Path, manifest: M, payloads: Mapping[str, bytes] | None = None) -> Artefact[M]:
    """Write a manifest as an artefact: with the payloads its kind demands, or those given instead or in addition."""
    contents = {**payloads_of(manifest), **(payloads or {})}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        files = {name: Path(scratch, _file_name(name)) for name in contents}
        for name, content in contents.items():
            files[name].write_bytes(content)
        return save(folder, manifest, files)


def payloads_of(manifest: Manifest) -> dict[str, bytes]:
    """Return small payloads for a builder's manifest: graphs are no ONNX, arrays are real and agree with the digests.

    What a plan carries is the builder's dataflow; what a deployment carries is the builder's plan over two cards.
    """
    kind = kind_of(manifest)
    if kind == "model":
        return {"graph": b"a QONNX graph", "golden_inputs": golden_inputs(), "golden_labels": golden_labels()}
    if kind == "images":
        return {"images": golden_inputs(), "labels": golden_labels()}
    if kind == "build":
        return {"specialised_graph": b"a graph of HLS and RTL layers"}
    if kind == "run":
        return {"answers": golden_answers()}
    return dict(_carried(kind))


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return ``manifest.json`` as :func:`saved` writes it."""
    files = {name: _blob(name, content) for name, content in payloads_of(manifest).items()}
    return encode(msgspec.structs.replace(manifest, files=files))


def golden_inputs() -> bytes:
    """Return the golden images as the bytes of a ``.npy`` file, uint8."""
    return npy((IMAGES, *PICTURE), "|u1", b"".join(golden(0, image) for image in range(IMAGES)))


def golden_labels() -> bytes:
    """Return the true labels, int64: the first of each golden answer."""
    return npy((IMAGES,), "<i8", _as_int64(bytes(golden(len(EDGES) - 1, image)[0] for image in range(IMAGES))))


def golden_answers() -> bytes:
    """Return the golden answers, images × 5, int64, as the bytes of a ``.npy`` file."""
    answers = b"".join(golden(len(EDGES) - 1, image) for image in range(IMAGES))
    return npy((IMAGES, 5), "<i8", _as_int64(answers))


def golden_digests() -> bytes:
    """Return the digest of every cuttable stream's golden tensor for each image, as the bytes of a ``.npy`` file."""
    cuttable = [number for number, stream in enumerate(dataflow().streams) if stream.cuttable]
    digests = [hashlib.sha256(golden(number, image)).digest() for number in cuttable for image in range(IMAGES)]
    return npy((len(cuttable), IMAGES, 32), "|u1", b"".join(digests))


def npy(shape: tuple[int, ...], dtype: str, content: bytes) -> bytes:
    """Return a ``.npy`` file (version 1.0) of an array in C order, made without numpy; ``dtype`` as in ``"<i8"``."""
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    padded = header + " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded.encode() + content


@lru_cache
def _carried(kind: str) -> dict[str, bytes]:
    of_dataflow = {
        "finn_graph": b"a FINN graph",
        "emulation_graph": b"a graph of standard operators",
        "golden_inputs": golden_inputs(),
        "golden_answers": golden_answers(),
        "golden_digests": golden_digests(),
    }
    if kind == "dataflow":
        return of_dataflow
    of_plan = {"dataflow": manifest_bytes(dataflow()), **of_dataflow}
    return of_plan if kind == "plan" else {"plan": manifest_bytes(plan()), **of_plan}


def _blob(name: str, content: bytes) -> Blob:
    return Blob(path=_file_name(name), sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def _file_name(name: str) -> str:
    return name + SUFFIXES.get(name, ".npy")


def _as_int64(values: bytes) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)
