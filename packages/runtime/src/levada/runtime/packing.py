# SPDX-License-Identifier: Apache-2.0
"""Tensors and the bytes that stand for them: canonical form, and FINN's packed stream layout.

A stream's beat is ``lanes`` consecutive elements of the innermost dimension: element 0 in the least significant bits,
two's complement (BIPOLAR -1 as 0), padded with zero bits to whole bytes, little-endian. This is what FINN's own packer
gives for a folded tensor with reversed innermost dimension and reversed bytes (FINN 0.10, ``finnpy_to_packed_bytearray``).
"""

import hashlib
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from levada.core.datatypes import DataType, datatype
from levada.core.errors import InternalFault
from levada.core.manifests import PlannedStream

Tensor: TypeAlias = NDArray[Any]


class Layout(Struct, frozen=True):
    """How one inference of a stream lies in memory: its shape, its element type, and the elements of a beat."""

    shape: tuple[int, ...]
    element: DataType
    lanes: int

    @classmethod
    def of(cls, stream: PlannedStream) -> "Layout":
        """Return the layout that a stream has on the wire: beats of its source. Raise InternalFault for ragged beats."""
        if not stream.shape or stream.shape[-1] % stream.source_lanes:
            msg = f"stream {stream.name!r}: {stream.source_lanes} lanes do not divide the innermost of {stream.shape!r}"
            raise InternalFault(msg)
        return cls(stream.shape, datatype(stream.datatype), stream.source_lanes)

    @property
    def elements(self) -> int:
        """Return how many elements one inference has."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def beat_bytes(self) -> int:
        """Return the bytes of one beat, padding included."""
        return -(-self.lanes * self.element.bits // 8)

    @property
    def stream_bytes(self) -> int:
        """Return the bytes of one inference as they cross a cut."""
        return self.elements // self.lanes * self.beat_bytes

    @property
    def canonical_bytes(self) -> int:
        """Return the bytes of one inference in canonical form."""
        return self.elements * self.element.canonical_bytes


def dtype(element: DataType) -> "np.dtype[Any]":
    """Return the little-endian numpy type of the canonical form."""
    return np.dtype(element.canonical).newbyteorder("<")


def canonical(tensor: Tensor, element: DataType) -> bytes:
    """Return a tensor in canonical form: C-contiguous, little-endian, the smallest integer type of its data type."""
    return np.ascontiguousarray(tensor, dtype=dtype(element)).tobytes()


def from_canonical(content: bytes, layout: Layout, count: int = 1) -> Tensor:
    """Return ``count`` inferences (count × shape) from their canonical bytes. Raise InternalFault for another size."""
    _fit(content, layout.canonical_bytes * count, "canonical", layout)
    return np.frombuffer(content, dtype=dtype(layout.element)).reshape(count, *layout.shape)


def digest(content: bytes) -> bytes:
    """Return the sha256 (32 bytes) of a tensor in canonical form."""
    return hashlib.sha256(content).digest()


def pack(tensor: Tensor, layout: Layout) -> bytes:
    """Return a tensor (any batch × shape) as stream bytes."""
    width, rows = layout.element.bits, tensor.reshape(-1, layout.lanes)
    if width in (8, 16, 32, 64):
        return _offset(rows, layout.element).astype(f"<u{width // 8}").tobytes()
    bits = _bits(_offset(rows, layout.element), width).reshape(len(rows), layout.lanes * width)
    return np.packbits(bits, axis=1, bitorder="little").tobytes()


def unpack(content: bytes, layout: Layout, count: int = 1) -> Tensor:
    """Return ``count`` inferences (count × shape, canonical type) from stream bytes. Raise InternalFault for another size."""
    _fit(content, layout.stream_bytes * count, "stream", layout)
    width, element = layout.element.bits, layout.element
    if width in (8, 16, 32, 64):
        codes = np.frombuffer(content, dtype=f"<u{width // 8}").astype(np.uint64)
    else:
        rows = np.frombuffer(content, dtype=np.uint8).reshape(-1, layout.beat_bytes)
        bits = np.unpackbits(rows, axis=1, bitorder="little", count=layout.lanes * width)
        codes = _codes(bits.reshape(-1, width))
    return _values(codes, element).astype(dtype(element)).reshape(count, *layout.shape)


def _offset(tensor: Tensor, element: DataType) -> NDArray[np.uint64]:
    """Return each value's code: two's complement in 64 bits, BIPOLAR as 0 and 1."""
    if element.name == "BIPOLAR":
        return (tensor > 0).astype(np.uint64)
    wide = tensor.astype(np.int64 if element.signed else np.uint64)
    return wide.view(np.uint64)


def _bits(codes: NDArray[np.uint64], width: int) -> NDArray[np.uint8]:
    """Return the low ``width`` bits of each code, least significant first, on a new last axis."""
    little = np.ascontiguousarray(codes).astype("<u8")[..., np.newaxis].view(np.uint8)
    return np.unpackbits(little, axis=-1, bitorder="little", count=width)


def _codes(bits: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the numbers of which ``bits`` (count × width) holds the bits, least significant first."""
    packed = np.zeros((len(bits), 8), dtype=np.uint8)
    narrow = np.packbits(bits, axis=1, bitorder="little")
    packed[:, : narrow.shape[1]] = narrow
    return packed.view("<u8").reshape(-1)


def _values(codes: NDArray[np.uint64], element: DataType) -> Tensor:
    if element.name == "BIPOLAR":
        return codes.astype(np.int64) * 2 - 1
    if not element.signed:
        return codes
    shift = np.uint64(64 - element.bits)
    return (codes << shift).view(np.int64) >> np.int64(shift)


def _fit(content: bytes, expected: int, form: str, layout: Layout) -> None:
    if len(content) != expected:
        msg = (
            f"expected {expected} {form} bytes for shape {layout.shape!r} of {layout.element.name}, got {len(content)}"
        )
        raise InternalFault(msg)
